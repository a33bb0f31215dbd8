"""Amazon Athena over the emulator's Glue catalog and S3, with DuckDB as its engine.

`service` speaks the protocol and keeps executions, `results` writes what they came to;
`engine` runs one statement.
"""
