"""Amazon Athena over the emulator's Glue catalog and S3, with DuckDB as its engine.

`service` implements the operations, `executions` and `runner` run statements in the background,
`engine` executes one statement, `results` stores its result.
"""
