"""The lake's documents in pandas, through PyAthena, as on AWS."""

from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from localstack_client.session import Session
from matplotlib.figure import Figure
from pyathena import connect as pyathena_connect

from echostream.domain.prices import scan_dollars
from echostream_cli.outputs import outputs, running_api
from echostream_cli.settings import Settings, load_running
from echostream_cli.users import DEMO_TENANT
from echostream_client.tenant_sql import restrict_to_tenant
from notebooks.figures import STYLE, Plate, drawable

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#777777")
"""Okabe and Ito's, which colour-blind readers can tell apart; as many sources are drawn."""
COUNTS = ["total", "positive", "negative", "neutral", "mixed"]
BY_DAY = """\
SELECT
    date_trunc('day', created_at) AS day,
    count(*) AS total,
    count_if(sentiment = 'POSITIVE') AS positive,
    count_if(sentiment = 'NEGATIVE') AS negative,
    count_if(sentiment = 'NEUTRAL') AS neutral,
    count_if(sentiment = 'MIXED') AS mixed
FROM documents
GROUP BY 1
ORDER BY 1"""
BY_SOURCE = """\
SELECT
    date_trunc('day', created_at) AS day,
    source,
    count(*) AS documents,
    avg(compound) AS mean_compound
FROM documents
GROUP BY 1, 2
ORDER BY 1, 2"""
COSTS = {
    "every column": "SELECT * FROM documents",
    "text alone": "SELECT text FROM documents",
    "compound alone": "SELECT compound FROM documents",
    "compound of one day": "SELECT compound FROM documents"
    " WHERE dt = date_format(current_date, '%Y-%m-%d')",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement's rows, and the bytes that Athena read for them."""

    frame: pd.DataFrame
    bytes_scanned: int

    @property
    def dollars(self) -> float:
        """What it costs on AWS (us-east-1)."""
        return scan_dollars(self.bytes_scanned)


def connection(settings: Settings | None = None) -> Any:
    """PyAthena's connection to the sandbox that runs here. Raises `UserError`."""
    running = settings or load_running()
    found = outputs(running)
    return pyathena_connect(
        endpoint_url=found["AWS_ENDPOINT_URL_ATHENA"],
        s3_staging_dir=f"s3://{found['LAKE_BUCKET']}/results/",
        work_group=found["WORKGROUP"],
        schema_name=found["DATABASE"],
        region_name=running.aws_region,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (the emulator's)
        poll_interval=0.1,
    )


def folders(settings: Settings | None = None) -> pd.DataFrame:
    """What the lake's bucket holds, by top folder: objects and bytes. With localstack-client."""
    running = settings or load_running()
    host = f"{running.emulator_host}:{running.emulator_port}"
    session = Session("test", "test", region_name=running.aws_region, localstack_host=host)
    pages = session.client("s3").get_paginator("list_objects_v2")
    listed = pages.paginate(Bucket=outputs(running)["LAKE_BUCKET"])
    rows = [
        (found["Key"].split("/")[0], found["Size"])
        for page in listed
        for found in page.get("Contents", [])
    ]
    frame = pd.DataFrame(rows, columns=["folder", "bytes"])
    return frame.groupby("folder").agg(objects=("bytes", "count"), bytes=("bytes", "sum"))


def ask(connected: Any, sql: str, tenant: str = DEMO_TENANT) -> Asked:
    """A SELECT over `documents` and `raw` of a tenant. Raises `QueryRefused`, PyAthena's errors."""
    with connected.cursor() as cursor:
        cursor.execute(restrict_to_tenant(sql, tenant))
        names = [column[0] for column in cursor.description]
        frame = pd.DataFrame(cursor.fetchall(), columns=names)
        return Asked(frame, int(cursor.data_scanned_in_bytes or 0))


def by_day(connected: Any) -> pd.DataFrame:
    """Documents by the day (UTC) that they were written on: COUNTS, indexed by day."""
    frame = ask(connected, BY_DAY).frame
    days = pd.DatetimeIndex(pd.to_datetime(frame["day"], utc=True), name="day")
    return frame[COUNTS].astype(int).set_index(days)


def by_day_of_stats() -> pd.DataFrame:
    """The same, counted by the pipeline: what `/stats` answers for the time that it keeps."""
    found = pd.DataFrame(running_api().stats(bucket="day")["buckets"], columns=["start", *COUNTS])
    days = pd.DatetimeIndex(pd.to_datetime(found["start"], utc=True), name="day")
    return found[COUNTS].astype(int).set_index(days)


def beside(lake: pd.DataFrame, stats: pd.DataFrame) -> pd.DataFrame:
    """Both counts of each day that `/stats` still keeps, and whether they are equal."""
    joined = stats.join(lake, lsuffix=" (stats)", rsuffix=" (lake)", how="left").fillna(0)
    pairs = [joined[f"{name} (stats)"] == joined[f"{name} (lake)"] for name in COUNTS]
    return joined.astype(int).assign(equal=pd.concat(pairs, axis=1).all(axis=1))


def verdict(both: pd.DataFrame) -> str:
    """How many days are equal, in Markdown."""
    total = int(both["total (lake)"].sum())
    days = f"{int(both['equal'].sum()):,} of {len(both):,} days are equal"
    return f"**{total:,} documents in the lake; {days} in the lake and in `/stats`.**"


def by_source(connected: Any) -> pd.DataFrame:
    """Documents and mean compound score of each day and source."""
    frame = ask(connected, BY_SOURCE).frame
    typed = {"day": pd.to_datetime(frame["day"], utc=True)}
    return frame.assign(**typed, mean_compound=frame["mean_compound"].astype(float))


def sentiment_over_time(found: pd.DataFrame) -> Figure:
    """Mean compound score by day, a line for each of the sources with most documents."""
    mpl.rcParams.update(STYLE)  # type: ignore[arg-type]
    figure = Plate(figsize=(9.5, 3.8), layout="constrained")
    axis = figure.subplots()
    figure.suptitle("Mean compound score by day and source (from the lake)")
    most = found.groupby("source")["documents"].sum().nlargest(len(COLOURS)).index
    for name, colour in zip(most, COLOURS, strict=False):
        rows = found[found["source"] == name]
        label = drawable(name)
        axis.plot(rows["day"], rows["mean_compound"], "o-", ms=4, color=colour, label=label)
    axis.axhline(0, color="#BBBBBB", linewidth=1)
    axis.set(ylim=(-1, 1), ylabel="mean compound", xlabel="day (UTC)")
    axis.tick_params(axis="x", rotation=30)
    if len(most):
        axis.legend(frameon=False, ncols=4, loc="lower left")
    return figure


def costs(connected: Any) -> pd.DataFrame:
    """Bytes that each of COSTS reads, and what it costs on AWS, where 10 MB are the least."""
    asked = {what: ask(connected, sql) for what, sql in COSTS.items()}
    return pd.DataFrame(
        {
            what: {"rows": len(one.frame), "bytes": one.bytes_scanned, "dollars": one.dollars}
            for what, one in asked.items()
        }
    ).T.astype({"rows": int, "bytes": int})
