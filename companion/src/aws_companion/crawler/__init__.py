"""Glue's crawlers: read files in S3, and write tables and partitions to the catalog.

`service` implements the operations and `runs` the history. `crawl` is one run: `sampling` reads
samples, `schema` infers types, `tables` groups folders into tables, `catalog` writes them, `report`
logs the objects that were skipped.
"""
