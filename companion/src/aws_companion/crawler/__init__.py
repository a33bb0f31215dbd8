"""Glue's crawler: looks at files in S3 and writes tables and partitions into the catalog.

`runs` keeps which crawler does what, `crawl` is one run: `files` reads samples, `schema` infers
types, `tables` makes tables of folders, `catalog` writes them, `report` says what was left out.
"""
