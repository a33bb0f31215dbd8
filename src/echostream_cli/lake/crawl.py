"""Runs a Glue crawler and prints its tables: `make crawl [CRAWLER=name] [FOLDER=s3://...]`."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from echostream.adapters.retry import poll_waits
from echostream_cli.console import waiting
from echostream_cli.errors import UserError
from echostream_cli.lake.crawl_report import Change, CrawlReport, Table
from echostream_cli.target import Target

FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0
"""Seconds between two polls of a crawler; each wait is twice the one before."""
CRAWLER_PARAMETER, DEPRECATED_PARAMETER = "UPDATED_BY_CRAWLER", "DEPRECATED_BY_CRAWLER"
_LINE = re.compile(r"\[[^]]*\]\s*(?P<level>[A-Z]+)\s*:\s*(?P<message>.*)", re.DOTALL)
OnPoll = Callable[[str, float], None]
"""Called after each poll with the crawler's state and the seconds since the start."""


def crawl(glue: Any, logs: Any, name: str, on_poll: OnPoll) -> CrawlReport:
    """Start a crawler, or join its current run, and wait for the end.

    Ctrl-C stops the crawler. Raises `UserError` if the crawler does not exist, `ClientError` and
    `BotoCoreError` if a call to AWS fails.
    """
    database = str(_get_crawler(glue, name).get("DatabaseName") or "default")
    before = list_tables(glue, database, name)
    start = time.time()
    try:
        glue.start_crawler(Name=name)
    except glue.exceptions.CrawlerRunningException:
        on_poll("RUNNING", 0.0)
    last_crawl = _wait_until_ready(glue, name, start, on_poll).get("LastCrawl") or {}
    after = list_tables(glue, database, name)
    return CrawlReport(
        name,
        str(last_crawl.get("Status", "FAILED")),
        str(last_crawl.get("ErrorMessage", "")),
        time.time() - start,
        tuple(_changes(before, after)),
        tuple(_warnings(logs, last_crawl)),
    )


def list_tables(glue: Any, database: str, crawler: str) -> dict[str, Table]:
    """The tables that a crawler created or updated, by name."""
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=database))
    except glue.exceptions.EntityNotFoundException:
        return {}
    return {
        table["Name"]: _table(glue, database, table)
        for page in pages
        for table in page["TableList"]
        if table.get("Parameters", {}).get(CRAWLER_PARAMETER) == crawler
    }


def set_target(glue: Any, name: str, role: str, database: str, path: str) -> None:
    """Create or update the crawler `name` so that it crawls the folder `path` (s3://...).

    Raises `UserError` if `path` is not a folder of S3 or the crawler is running.
    """
    if not re.fullmatch(r"s3://[^/]+(/.*)?", path):
        raise UserError(f"--path: must be a folder such as s3://bucket/folder/, is {path!r}")
    definition = {
        "Name": name,
        "Role": role,
        "DatabaseName": database,
        "Targets": {"S3Targets": [{"Path": path}]},
        # The files of a former folder still exist, so its tables must not be deleted.
        "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    }
    try:
        glue.create_crawler(**definition)
    except glue.exceptions.AlreadyExistsException:
        state = _get_crawler(glue, name)["State"]
        if state != "READY":
            raise UserError(f"{name} is {state.lower()}; retry when it is ready") from None
        glue.update_crawler(**definition)


def _get_crawler(glue: Any, name: str) -> Mapping[str, Any]:
    try:
        crawler: Mapping[str, Any] = glue.get_crawler(Name=name)["Crawler"]
    except glue.exceptions.EntityNotFoundException:
        names = sorted(crawler["Name"] for crawler in glue.get_crawlers()["Crawlers"])
        hint = f"existing crawlers: {', '.join(names)}" if names else "deploy one with: make up"
        raise UserError(f"crawler {name!r} does not exist; {hint}") from None
    return crawler


def _wait_until_ready(glue: Any, name: str, start: float, on_poll: OnPoll) -> Mapping[str, Any]:
    waits = poll_waits(FIRST_WAIT, LONGEST_WAIT)
    try:
        while True:
            crawler = _get_crawler(glue, name)
            if crawler["State"] == "READY":
                return crawler
            on_poll(str(crawler["State"]), time.time() - start)
            time.sleep(next(waits))
    except KeyboardInterrupt:
        with contextlib.suppress(ClientError):  # the crawl may have ended meanwhile
            glue.stop_crawler(Name=name)
        raise


def _table(glue: Any, database: str, table: Mapping[str, Any]) -> Table:
    keys = tuple(str(key["Name"]) for key in table.get("PartitionKeys", []))
    pages: Any = ()
    if keys:
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName=table["Name"], ExcludeColumnSchema=True
        )
    columns = table["StorageDescriptor"].get("Columns", [])
    return Table(
        str(table["Name"]),
        f"{table.get('VersionId')} {table.get('UpdateTime')}",
        tuple((str(column["Name"]), str(column["Type"])) for column in columns),
        keys,
        sum(len(page["Partitions"]) for page in pages),
        DEPRECATED_PARAMETER in table["Parameters"],
    )


def _changes(
    before: Mapping[str, Table], after: Mapping[str, Table]
) -> Iterator[tuple[Change, Table]]:
    for name, table in sorted({**before, **after}.items()):
        if name not in after:
            yield "deleted", table
        elif table.is_deprecated:
            yield "deprecated", table
        elif name not in before:
            yield "created", table
        else:
            yield "unchanged" if before[name] == table else "updated", table


def _warnings(logs: Any, last_crawl: Mapping[str, Any]) -> Iterator[str]:
    """The warnings in the log of a run.

    AWS logs files that do not match the table's schema at INFO; they count as warnings too.
    """
    if not last_crawl.get("LogGroup"):
        return
    request = {
        "logGroupName": last_crawl["LogGroup"],
        "logStreamNames": [last_crawl["LogStream"]],
        "startTime": int((last_crawl["StartTime"].timestamp() - 60) * 1000),
    }
    try:
        pages = list(logs.get_paginator("filter_log_events").paginate(**request))
    except logs.exceptions.ResourceNotFoundException:
        yield f"log group {last_crawl['LogGroup']} does not exist: skipped objects are not listed"
        return
    for event in (event for page in pages for event in page.get("events", [])):
        line = _LINE.fullmatch(event["message"].strip())
        if not line or str(last_crawl.get("MessagePrefix", "")) not in event["message"]:
            continue
        message = line["message"].strip()
        is_warning = line["level"] in ("WARN", "ERROR") or "do not match the schema" in message
        if is_warning and message != last_crawl.get("ErrorMessage"):
            yield message


def run(target: Target, name: str, folder: str) -> CrawlReport:
    """Run a crawler (default: the stack's) or crawl a folder, and show the state meanwhile."""
    glue, logs = target.client("glue"), target.client("logs")
    if folder:
        outputs = _outputs_with_crawler(target)
        role = str(_get_crawler(glue, outputs["CrawlerName"])["Role"])
        name = f"{target.stack_name}-adhoc"
        set_target(glue, name, role, outputs["Database"], folder)
    name = name or _outputs_with_crawler(target)["CrawlerName"]
    with waiting(f"{name}: starting") as update:
        return crawl(glue, logs, name, lambda state, _: update(f"{name}: {state.lower()}"))


def require_success(report: CrawlReport) -> None:
    """Raise `UserError` if the crawl did not succeed."""
    if report.status != "SUCCEEDED":
        reason = report.message or "the crawler was stopped"
        raise UserError(f"{report.crawler} {report.status.lower()}: {reason}")


def _outputs_with_crawler(target: Target) -> dict[str, str]:
    outputs = target.outputs()
    if "CrawlerName" not in outputs:
        raise UserError(f"{target.stack_name} has no crawler; deploy it again: make up")
    return outputs
