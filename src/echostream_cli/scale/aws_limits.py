"""Limits of AWS in us-east-1, and times that are assumed. Compare them with AWS's pages."""

API_REQUESTS = 10_000
"""Requests a second of all APIs of an account; can be raised.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
CONCURRENCY = 1_000
"""Lambda functions that run at a time in an account; can be raised, and a new account has 10.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
CALLS_A_PROCESS = 10
"""Invocations a second for each of these, however short they are (same page)."""
NEW_TABLE_UNITS = 4_000
"""Write units a second of a new table on demand. It takes twice its former peak at once, and more
after 30 minutes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"""
TABLE_UNITS = 40_000
"""Write units a second of a table on demand; can be raised.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
PARTITION_BYTES = 10_000_000_000
"""Of a table: DynamoDB divides larger partitions (same page)."""
PREFIX_PUTS = 3_500
"""PUT requests a second of a prefix in S3, until S3 divides the prefix.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html"""
SHARD_BYTES = 1024**2
SHARD_RECORDS = 1_000
"""A second, of a shard of Kinesis.
https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html"""
ATHENA_MINUTES = 30
"""Of a query; can be raised.
https://docs.aws.amazon.com/athena/latest/ug/service-limits.html"""
LISTED_KEYS = 1_000
"""In one call that lists objects of S3."""
LIST_SECONDS = 0.1
"""Of such a call: an assumption."""
