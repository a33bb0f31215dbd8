"""Runs the Glue crawler and tells what it found: `make crawl [CRAWLER=name] [FOLDER=s3://...]`."""

import contextlib
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from echostream.adapters.retry import poll_waits
from echostream_cli.errors import UserError
from echostream_cli.lake.crawl_report import Change, CrawlReport, Table, format_report
from echostream_cli.target import Target

FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0
"""Seconds between two looks at a crawler; each look waits twice as long."""
BY, DEPRECATED = "UPDATED_BY_CRAWLER", "DEPRECATED_BY_CRAWLER"
_LINE = re.compile(r"\[[^]]*\]\s*(?P<level>[A-Z]+)\s*:\s*(?P<message>.*)", re.DOTALL)
Waiting = Callable[[str, float], None]
"""Receives the crawler's state and the seconds since its start, at every look at it."""


def crawl(glue: Any, logs: Any, name: str, waiting: Waiting) -> CrawlReport:
    """Start a crawler, or join the run that goes on, and wait for its end.

    Someone who interrupts the wait stops the crawl. Raises `UserError` for a crawler that
    there is none of, `ClientError` and `BotoCoreError` where AWS does not do its part.
    """
    database = str(_crawler(glue, name).get("DatabaseName") or "default")
    before = tables(glue, database, name)
    started = time.time()
    try:
        glue.start_crawler(Name=name)
    except glue.exceptions.CrawlerRunningException:
        waiting("RUNNING", 0.0)
    ended = _ended(glue, name, started, waiting)
    last = ended.get("LastCrawl") or {}
    after = tables(glue, database, name)
    return CrawlReport(
        str(last.get("Status", "FAILED")),
        str(last.get("ErrorMessage", "")),
        time.time() - started,
        tuple(_changes(before, after)),
        tuple(_warnings(logs, last)),
    )


def tables(glue: Any, database: str, crawler: str) -> dict[str, Table]:
    """The tables that a crawler has made, by name."""
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=database))
    except glue.exceptions.EntityNotFoundException:
        return {}
    found = [one for page in pages for one in page["TableList"]]
    mine = [one for one in found if one.get("Parameters", {}).get(BY) == crawler]
    return {one["Name"]: _table(glue, database, one) for one in mine}


def aim(glue: Any, name: str, role: str, database: str, path: str) -> None:
    """Have the crawler of this name, which is made where there is none, crawl this folder."""
    if not re.fullmatch(r"s3://[^/]+(/.*)?", path):
        raise UserError(f"--path: must be a folder such as s3://bucket/folder/, is {path!r}")
    definition = {
        "Name": name,
        "Role": role,
        "DatabaseName": database,
        "Targets": {"S3Targets": [{"Path": path}]},
        # Tables of the folder that it was aimed at before are not gone.
        "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    }
    try:
        glue.create_crawler(**definition)
    except glue.exceptions.AlreadyExistsException:
        state = _crawler(glue, name)["State"]
        if state != "READY":
            raise UserError(f"{name} is {state.lower()}; wait for its end") from None
        glue.update_crawler(**definition)


def _crawler(glue: Any, name: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = glue.get_crawler(Name=name)["Crawler"]
    except glue.exceptions.EntityNotFoundException:
        names = sorted(one["Name"] for one in glue.get_crawlers()["Crawlers"])
        have = f"there are: {', '.join(names)}" if names else "there is none; deploy with: make up"
        raise UserError(f"no crawler {name!r}; {have}") from None
    return found


def _ended(glue: Any, name: str, started: float, waiting: Waiting) -> Mapping[str, Any]:
    waits = poll_waits(FIRST_WAIT, LONGEST_WAIT)
    try:
        while True:
            crawler = _crawler(glue, name)
            if crawler["State"] == "READY":
                return crawler
            waiting(str(crawler["State"]), time.time() - started)
            time.sleep(next(waits))
    except KeyboardInterrupt:
        with contextlib.suppress(ClientError):  # it may have ended meanwhile
            glue.stop_crawler(Name=name)
        raise


def _table(glue: Any, database: str, found: Mapping[str, Any]) -> Table:
    keys = tuple(str(key["Name"]) for key in found.get("PartitionKeys", []))
    pages: Any = ()
    if keys:
        asked = {"DatabaseName": database, "TableName": found["Name"], "ExcludeColumnSchema": True}
        pages = glue.get_paginator("get_partitions").paginate(**asked)
    columns = found["StorageDescriptor"].get("Columns", [])
    return Table(
        str(found["Name"]),
        f"{found.get('VersionId')} {found.get('UpdateTime')}",
        tuple((str(column["Name"]), str(column["Type"])) for column in columns),
        keys,
        sum(len(page["Partitions"]) for page in pages),
        DEPRECATED in found["Parameters"],
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


def _warnings(logs: Any, last: Mapping[str, Any]) -> Iterator[str]:
    """What the log of a run warns of; of AWS's lines also the one that names misfit files."""
    if not last.get("LogGroup"):
        return
    asked = {
        "logGroupName": last["LogGroup"],
        "logStreamNames": [last["LogStream"]],
        "startTime": int((last["StartTime"].timestamp() - 60) * 1000),
    }
    try:
        pages = list(logs.get_paginator("filter_log_events").paginate(**asked))
    except logs.exceptions.ResourceNotFoundException:
        yield f"there is no log {last['LogGroup']}: what was left out is not known"
        return
    for event in (event for page in pages for event in page.get("events", [])):
        line = _LINE.fullmatch(event["message"].strip())
        if not line or str(last.get("MessagePrefix", "")) not in event["message"]:
            continue
        message = line["message"].strip()
        is_warning = line["level"] in ("WARN", "ERROR") or "do not match the schema" in message
        if is_warning and message != last.get("ErrorMessage"):
            yield message


def _progress(state: str, seconds: float) -> None:
    if sys.stderr.isatty():
        print(f"\r  {state.lower()}, {seconds:.0f} s ", end="", file=sys.stderr, flush=True)


def run(target: Target, name: str, folder: str) -> None:
    """Crawl with a crawler (the stack's, unless it is named) or a folder, and print the result.

    Raises `UserError` where the crawl did not succeed.
    """
    glue, logs = target.client("glue"), target.client("logs")
    if folder:
        outputs = _outputs_with_crawler(target)
        role = str(_crawler(glue, outputs["CrawlerName"])["Role"])
        name = f"{target.stack_name}-adhoc"
        aim(glue, name, role, outputs["Database"], folder)
    name = name or _outputs_with_crawler(target)["CrawlerName"]
    report = crawl(glue, logs, name, _progress)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(format_report(report, name))
    if report.status != "SUCCEEDED":
        reason = report.message or "it was stopped"
        raise UserError(f"{name} {report.status.lower()}: {reason}")


def _outputs_with_crawler(target: Target) -> dict[str, str]:
    outputs = target.outputs()
    if "CrawlerName" not in outputs:
        raise UserError(f"{target.stack_name} has no crawler; deploy this checkout: make up")
    return outputs
