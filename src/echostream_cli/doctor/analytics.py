"""Probes of Glue, Athena and Comprehend."""

import gzip
from typing import Any

from echostream_cli.doctor.fixtures import create_bucket, create_role
from echostream_cli.doctor.probe_context import ProbeContext, expect, is_refused, wait_for
from echostream_cli.doctor.probes import probe

COMPANION = "the companion serves it"


def create_lake(context: ProbeContext) -> str:
    """Create a bucket with two partitions of one row each; returns its name."""
    name = create_bucket(context)
    for day, row in (("01", '{"id":"a","n":1}'), ("02", '{"id":"b","n":2}')):
        key = f"rows/dt=2026-01-{day}/part.json.gz"
        context.client("s3").put_object(Bucket=name, Key=key, Body=gzip.compress(row.encode()))
    return name


def create_database(context: ProbeContext, location: str, columns: list[dict[str, str]]) -> str:
    """Create a database, with a table `rows` if there are columns; returns its name."""
    glue, database = context.client("glue"), context.name.replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    context.add_cleanup(glue.delete_database, Name=database)
    if columns:
        glue.create_table(DatabaseName=database, TableInput=_table(location, columns))
        context.add_cleanup(glue.delete_table, DatabaseName=database, Name="rows")
    return database


def _table(location: str, columns: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "Name": "rows",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": columns,
            "Location": location,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
        },
    }


def query(context: ProbeContext, sql: str) -> str:
    """The first field of an Athena query over the rows. Raises `Differs` if the query fails."""
    bucket = create_lake(context)
    columns = [{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "int"}]
    database = create_database(context, f"s3://{bucket}/rows/", columns)
    athena = context.client("athena")
    execution = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": f"s3://{bucket}/results/"},
    )["QueryExecutionId"]

    def read_final_status() -> dict[str, Any]:
        response = athena.get_query_execution(QueryExecutionId=execution)
        status: dict[str, Any] = response["QueryExecution"]["Status"]
        return status if status["State"] not in ("QUEUED", "RUNNING") else {}

    status = wait_for(read_final_status, 60)
    expect(status.get("State") == "SUCCEEDED", status.get("StateChangeReason", "it fails")[:120])
    rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    return str(rows[1]["Data"][0].get("VarCharValue")) if len(rows) > 1 else ""


@probe("Glue", "a crawler creates a table with its partitions", needed_for="", workaround=COMPANION)
def crawler(context: ProbeContext) -> None:
    bucket, glue = create_lake(context), context.client("glue")
    database = create_database(context, f"s3://{bucket}/rows/", [])
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/rows/"}]}
    statement = {"Effect": "Allow", "Action": ["glue:*", "s3:*"], "Resource": "*"}
    role = create_role(context, statement)
    glue.create_crawler(Name=context.name, Role=role, DatabaseName=database, Targets=targets)
    context.add_cleanup(glue.delete_crawler, Name=context.name)
    glue.start_crawler(Name=context.name)
    timeout = 60 if context.engine.endpoint else 300
    tables = wait_for(lambda: glue.get_tables(DatabaseName=database)["TableList"], timeout)
    expect(tables, "it runs and creates no table")


@probe("Athena", "SQL over the lake's files", needed_for="", workaround=COMPANION)
def select(context: ProbeContext) -> None:
    total = query(context, "SELECT sum(n) AS total FROM rows")
    expect(total == "3", f"the sum is {total}")


@probe("Athena", "functions of Trino", needed_for="", workaround=COMPANION)
def trino(context: ProbeContext) -> None:
    sql = "SELECT date_diff('day', from_iso8601_timestamp('2026-01-01T00:00:00Z'),"
    days = query(context, sql + " from_iso8601_timestamp('2026-01-03T00:00:00Z'))")
    expect(days == "2", f"the difference is {days}")


@probe("Athena", "CREATE TABLE AS SELECT", needed_for="", workaround=COMPANION)
def create_table_as(context: ProbeContext) -> None:
    glue, database = context.client("glue"), context.name.replace("-", "_")
    context.add_cleanup(glue.delete_database, Name=database)
    context.add_cleanup(glue.delete_table, DatabaseName=database, Name="copied")
    query(context, "CREATE TABLE copied WITH (format = 'PARQUET') AS SELECT id, n FROM rows")
    is_absent = is_refused(glue.get_table, DatabaseName=database, Name="copied")
    expect(not is_absent, "the query succeeds, and the catalog has no table")


@probe("Comprehend", "sentiment of a batch", needed_for="ENGINE=comprehend", workaround=COMPANION)
def sentiment(context: ProbeContext) -> None:
    response = context.client("comprehend").batch_detect_sentiment(
        TextList=["I love it", "I hate it"], LanguageCode="en"
    )
    sentiments = [result["Sentiment"] for result in response["ResultList"]]
    expect(sentiments == ["POSITIVE", "NEGATIVE"], f"the sentiments are {sentiments}")
