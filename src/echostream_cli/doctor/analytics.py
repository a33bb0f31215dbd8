"""Probes of the lake's tools and of the paid engine: Glue, Athena, Comprehend."""

import gzip
from typing import Any

from echostream_cli.doctor.fixtures import bucket, role
from echostream_cli.doctor.probe_context import ProbeContext, becomes, expect
from echostream_cli.doctor.probes import probe

COMPANION = "the companion answers for it"


def lake(at: ProbeContext) -> str:
    """A bucket with two partitions of rows."""
    name = bucket(at)
    for day, row in (("01", '{"id":"a","n":1}'), ("02", '{"id":"b","n":2}')):
        key = f"rows/dt=2026-01-{day}/part.json.gz"
        at.client("s3").put_object(Bucket=name, Key=key, Body=gzip.compress(row.encode()))
    return name


def catalogued(at: ProbeContext, location: str, columns: list[dict[str, str]]) -> str:
    """A database with the table `rows`."""
    glue, database = at.client("glue"), at.name.replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    at.undo(glue.delete_database, Name=database)
    if columns:
        glue.create_table(DatabaseName=database, TableInput=_table(location, columns))
        at.undo(glue.delete_table, DatabaseName=database, Name="rows")
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


def answer(at: ProbeContext, sql: str) -> str:
    """The first field of what Athena answers over the rows, or its error."""
    name = lake(at)
    columns = [{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "int"}]
    database = catalogued(at, f"s3://{name}/rows/", columns)
    athena = at.client("athena")
    asked = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": f"s3://{name}/results/"},
    )

    def ended() -> dict[str, Any]:
        found = athena.get_query_execution(**{k: asked[k] for k in ("QueryExecutionId",)})
        state: dict[str, Any] = found["QueryExecution"]["Status"]
        return state if state["State"] not in ("QUEUED", "RUNNING") else {}

    state = becomes(ended, 60)
    expect(state.get("State") == "SUCCEEDED", state.get("StateChangeReason", "it fails")[:120])
    found = athena.get_query_results(QueryExecutionId=asked["QueryExecutionId"])
    rows = found["ResultSet"]["Rows"]
    return str(rows[1]["Data"][0].get("VarCharValue")) if len(rows) > 1 else ""


@probe("Glue", "a crawler makes a table with its partitions", leans="", without=COMPANION)
def crawler(at: ProbeContext) -> None:
    name, glue = lake(at), at.client("glue")
    database = catalogued(at, f"s3://{name}/rows/", [])
    targets = {"S3Targets": [{"Path": f"s3://{name}/rows/"}]}
    may = {"Effect": "Allow", "Action": ["glue:*", "s3:*"], "Resource": "*"}
    glue.create_crawler(Name=at.name, Role=role(at, may), DatabaseName=database, Targets=targets)
    at.undo(glue.delete_crawler, Name=at.name)
    glue.start_crawler(Name=at.name)
    patience = 60 if at.engine.endpoint else 300
    tables = becomes(lambda: glue.get_tables(DatabaseName=database)["TableList"], patience)
    expect(tables, "it runs and makes none")


@probe("Athena", "SQL over the lake's files", leans="", without=COMPANION)
def select(at: ProbeContext) -> None:
    found = answer(at, "SELECT sum(n) AS total FROM rows")
    expect(found == "3", f"the sum is {found}")


@probe("Athena", "functions of Trino", leans="", without=COMPANION)
def trino(at: ProbeContext) -> None:
    sql = "SELECT date_diff('day', from_iso8601_timestamp('2026-01-01T00:00:00Z'),"
    found = answer(at, sql + " from_iso8601_timestamp('2026-01-03T00:00:00Z'))")
    expect(found == "2", f"the difference is {found}")


@probe("Athena", "CREATE TABLE AS SELECT", leans="", without=COMPANION)
def create_table_as(at: ProbeContext) -> None:
    answer(at, "CREATE TABLE copied WITH (format = 'PARQUET') AS SELECT id, n FROM rows")


@probe("Comprehend", "sentiment of a batch", leans="ENGINE=comprehend", without=COMPANION)
def sentiment(at: ProbeContext) -> None:
    found = at.client("comprehend").batch_detect_sentiment(
        TextList=["I love it", "I hate it"], LanguageCode="en"
    )
    said = [one["Sentiment"] for one in found["ResultList"]]
    expect(said == ["POSITIVE", "NEGATIVE"], f"it says {said}")
