"""The documents of the lake in pandas, with PyAthena as on AWS."""

from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from localstack_client.session import Session
from matplotlib.figure import Figure
from pyathena import connect as pyathena_connect

from echostream.domain.codec import time_to_wire
from echostream.domain.lake_sql import FIRST_DAY, view_definition
from echostream.domain.prices import scan_dollars
from echostream_cli.credentials import ACCESS_KEY
from echostream_cli.outputs import outputs, running_api
from echostream_cli.settings import Settings, load_running
from echostream_cli.users import DEMO_TENANT
from echostream_client.tenant_sql import restrict_to_tenant
from notebooks.figures import STYLE, NotebookFigure, escape_label

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#777777")
"""Okabe and Ito's palette for colour-blind readers; its size is the number of sources drawn."""
COUNTS = ["total", "positive", "negative", "neutral", "mixed"]
BY_DAY = """\
SELECT
    date_trunc('day', created_at) AS day,
    count(*) AS total,
    count_if(sentiment = 'POSITIVE') AS positive,
    count_if(sentiment = 'NEGATIVE') AS negative,
    count_if(sentiment = 'NEUTRAL' AND unscored IS NULL) AS neutral,
    count_if(sentiment = 'MIXED') AS mixed
FROM documents
GROUP BY 1
ORDER BY 1"""
NEWEST = "SELECT max(enriched_at) AS newest FROM documents"
BY_SOURCE = """\
SELECT
    date_trunc('day', created_at) AS day,
    source,
    count(*) AS documents,
    avg(CASE WHEN unscored IS NULL THEN compound END) AS mean_compound
FROM documents
GROUP BY 1, 2
ORDER BY 1, 2"""
COST_QUERIES = {
    "every column": "SELECT * FROM documents",
    "text alone": "SELECT text FROM documents",
    "compound alone": "SELECT compound FROM documents",
    "compound of one day": "SELECT compound FROM documents"
    " WHERE dt = date_format(current_date, '%Y-%m-%d')",
}


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a statement, and the bytes that Athena scanned."""

    frame: pd.DataFrame
    bytes_scanned: int

    @property
    def dollars(self) -> float:
        """The price on AWS (us-east-1)."""
        return scan_dollars(self.bytes_scanned)


@dataclass(frozen=True, slots=True)
class StatsByDay:
    """COUNTS of `/stats` by day (UTC), and the time up to which received documents are counted."""

    frame: pd.DataFrame
    counted_to: str | None


def connect(settings: Settings | None = None) -> Any:
    """PyAthena's connection to the running sandbox. Raises `UserError` if none runs."""
    running = settings or load_running()
    sandbox = outputs(running)
    return pyathena_connect(
        endpoint_url=sandbox["AWS_ENDPOINT_URL_ATHENA"],
        s3_staging_dir=f"s3://{sandbox['LAKE_BUCKET']}/results/",
        work_group=sandbox["WORKGROUP"],
        schema_name=sandbox["DATABASE"],
        region_name=running.aws_region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=running.secret_key,
        poll_interval=0.1,
    )


def list_folders(settings: Settings | None = None) -> pd.DataFrame:
    """Objects and bytes of each top folder of the lake's bucket, with localstack-client."""
    running = settings or load_running()
    host = f"{running.emulator_host}:{running.emulator_port}"
    keys = ACCESS_KEY, running.secret_key
    session = Session(*keys, region_name=running.aws_region, localstack_host=host)
    pages = session.client("s3").get_paginator("list_objects_v2")
    rows = [
        (item["Key"].split("/")[0], item["Size"])
        for page in pages.paginate(Bucket=outputs(running)["LAKE_BUCKET"])
        for item in page.get("Contents", [])
    ]
    frame = pd.DataFrame(rows, columns=["folder", "bytes"])
    return frame.groupby("folder").agg(objects=("bytes", "count"), bytes=("bytes", "sum"))


def query(connection: Any, sql: str, tenant: str = DEMO_TENANT) -> QueryResult:
    """Run a SELECT over a tenant's `documents` and `raw`.

    Raises `QueryRefused` and PyAthena's errors.
    """
    with connection.cursor() as cursor:
        restricted = restrict_to_tenant(sql, tenant, compacted_to=_compacted_to(cursor))
        cursor.execute(restricted)
        names = [column[0] for column in cursor.description]
        frame = pd.DataFrame(cursor.fetchall(), columns=names)
        return QueryResult(frame, int(cursor.data_scanned_in_bytes or 0))


def _compacted_to(cursor: Any) -> str:
    """The last day that the view `documents` reads from Parquet."""
    cursor.execute("SHOW CREATE VIEW documents")
    definition = view_definition("\n".join(row[0] for row in cursor.fetchall()))
    return definition[1] if definition else FIRST_DAY


def count_by_day(connection: Any) -> pd.DataFrame:
    """COUNTS of documents by the day (UTC) of `created_at`, from the lake."""
    frame = query(connection, BY_DAY).frame
    days = pd.DatetimeIndex(pd.to_datetime(frame["day"], utc=True), name="day")
    return frame[COUNTS].astype(int).set_index(days)


def stats_by_day(connection: Any) -> StatsByDay:
    """The same counts from `/stats`, for the days that it returns.

    Waits until the newest document of the lake is counted, but no longer than the client does.
    """
    api = running_api()
    newest = query(connection, NEWEST).frame["newest"][0]
    if not pd.isna(newest):
        api.wait_until_counted(time_to_wire(pd.Timestamp(newest, tz="UTC")))
    stats = api.stats(bucket="day")
    frame = pd.DataFrame(stats["buckets"], columns=["start", *COUNTS])
    days = pd.DatetimeIndex(pd.to_datetime(frame["start"], utc=True), name="day")
    return StatsByDay(frame[COUNTS].astype(int).set_index(days), stats["counted_to"])


def join_counts(lake: pd.DataFrame, stats: pd.DataFrame) -> pd.DataFrame:
    """Both counts of each day of `/stats`, and whether they are equal."""
    joined = stats.join(lake, lsuffix=" (stats)", rsuffix=" (lake)", how="left").fillna(0)
    pairs = [joined[f"{name} (stats)"] == joined[f"{name} (lake)"] for name in COUNTS]
    return joined.astype(int).assign(equal=pd.concat(pairs, axis=1).all(axis=1))


def summarize(counts: pd.DataFrame, counted_to: str | None) -> str:
    """The number of documents and of equal days, and how far `/stats` is, in Markdown."""
    total = int(counts["total (lake)"].sum())
    days = f"{int(counts['equal'].sum()):,} of {len(counts):,} days are equal"
    progress = "`/stats` counts no received document yet."
    if counted_to:
        progress = f"`/stats` counts documents received up to {counted_to}; it lacks later ones."
    return f"**{total:,} documents in the lake; {days} in the lake and in `/stats`.** {progress}"


def sentiment_by_source(connection: Any) -> pd.DataFrame:
    """Documents and mean compound score of each day and source."""
    frame = query(connection, BY_SOURCE).frame
    return frame.assign(
        day=pd.to_datetime(frame["day"], utc=True),
        mean_compound=frame["mean_compound"].astype(float),
    )


def sentiment_over_time(frame: pd.DataFrame) -> Figure:
    """Mean compound score by day: a line for each of the sources with the most documents."""
    mpl.rcParams.update(STYLE)  # type: ignore[arg-type]
    figure = NotebookFigure(figsize=(9.5, 3.8), layout="constrained")
    axis = figure.subplots()
    figure.suptitle("Mean compound score by day and source (from the lake)")
    sources = frame.groupby("source")["documents"].sum().nlargest(len(COLOURS)).index
    for name, colour in zip(sources, COLOURS, strict=False):
        rows = frame[frame["source"] == name]
        label = escape_label(name)
        axis.plot(rows["day"], rows["mean_compound"], "o-", ms=4, color=colour, label=label)
    axis.axhline(0, color="#BBBBBB", linewidth=1)
    axis.set(ylim=(-1, 1), ylabel="mean compound", xlabel="day (UTC)")
    axis.tick_params(axis="x", rotation=30)
    if len(sources):
        axis.legend(frameon=False, ncols=4, loc="lower left")
    return figure


def query_costs(connection: Any) -> pd.DataFrame:
    """Rows, scanned bytes and price on AWS (for 10 MB at least) of each of COST_QUERIES."""
    results = {name: query(connection, sql) for name, sql in COST_QUERIES.items()}
    return pd.DataFrame(
        {
            name: {
                "rows": len(result.frame),
                "bytes": result.bytes_scanned,
                "dollars": result.dollars,
            }
            for name, result in results.items()
        }
    ).T.astype({"rows": int, "bytes": int})
