"""The runs of a crawler: the current one and the history."""

import json
import statistics
import threading
import time
import traceback
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from aws_companion.crawler.crawl import Cache, Crawl, CrawlCancelled, CrawlFailed
from aws_companion.crawler.report import LOG, LOG_GROUP, MOST_NAMED, CrawlReport

MOST_RUNS = 50
"""The most runs of a crawler that are kept."""
LONGEST_MESSAGE = 2048
Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
_HISTORY = {"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}
"""ListCrawls' names of a status, if they differ."""


class CrawlRun:
    """One run of a crawler, on its own thread."""

    def __init__(self, crawler: Mapping[str, Any], s3: Any, glue: Any, cache: Cache) -> None:
        self.report = CrawlReport(str(crawler["Name"]), str(uuid.uuid4()))
        self.status: Status = "RUNNING"
        self.message = ""
        self.started, self._clock = time.time(), time.monotonic()
        self.is_stopping = False
        self._seconds: float | None = None
        self._crawl = Crawl(crawler, s3, glue, self.report, cache)

    @property
    def seconds(self) -> float:
        """The duration, until now for the current run."""
        return time.monotonic() - self._clock if self._seconds is None else self._seconds

    def stop(self) -> None:
        """Stop the run before the next object."""
        self.is_stopping = True
        self._crawl.stop()

    def run(self, logs: Any) -> None:
        """Crawl to the end and write both logs."""
        name = self.report.crawler
        self.report.say("BENCHMARK", f"Running Start Crawl for Crawler {name}")
        status, message = self._crawl_to_end()
        unnamed = len(self.report.left_out) - MOST_NAMED
        if unnamed > 0:
            self.report.say("WARN", f"Skipped {unnamed} more objects")
        if message:
            self.report.say("ERROR", message)
        self.report.say("BENCHMARK", "Crawler has finished running and is in state READY")
        try:
            self.report.log(status, self.seconds)
            self.report.send(logs)
        finally:  # last, so that a client that sees the end can read the log
            self._seconds, self.message = self.seconds, message[:LONGEST_MESSAGE]
            self.status = status

    def _crawl_to_end(self) -> tuple[Status, str]:
        try:
            self._crawl.run()
        except CrawlCancelled:
            return "CANCELLED", ""
        except CrawlFailed as error:
            return "FAILED", str(error)
        except (ClientError, BotoCoreError) as error:
            return "FAILED", f"{error}"
        except Exception as error:  # a run needs a final state, whatever the error
            line = {"event": "crawl_failed", "crawler": self.report.crawler}
            LOG.error(json.dumps({**line, "traceback": traceback.format_exc()}))
            return "FAILED", f"Internal error: {type(error).__name__}: {error}"
        return "SUCCEEDED", ""

    def last_crawl(self) -> dict[str, Any]:
        """The run as LastCrawl of GetCrawler."""
        return {"Status": self.status, "StartTime": self.started, **self._log_location()}

    def history(self) -> dict[str, Any]:
        """The run as ListCrawls describes it; its DPU hours are 0."""
        end_time = {} if self.status == "RUNNING" else {"EndTime": self.started + self.seconds}
        identity = {
            "CrawlId": self.report.crawl_id,
            "State": _HISTORY.get(self.status, self.status),
        }
        summary = {"Summary": self.report.summary(), "DPUHour": 0.0}
        return {
            **identity,
            "StartTime": self.started,
            **end_time,
            **summary,
            **self._log_location(),
        }

    def _log_location(self) -> dict[str, Any]:
        """The location of the log, and the error if there is one."""
        message = {"ErrorMessage": self.message} if self.message else {}
        log = {"LogGroup": LOG_GROUP, "LogStream": self.report.crawler}
        return {**log, "MessagePrefix": self.report.crawl_id, **message}


class CrawlerRuns:
    """The runs of one crawler, at most one at a time. Callers serialize `start`."""

    def __init__(self) -> None:
        self.cache: Cache = {}
        self._runs: deque[CrawlRun] = deque(maxlen=MOST_RUNS)

    @property
    def current(self) -> CrawlRun | None:
        """The current run, if there is one."""
        last = self._runs[-1] if self._runs else None
        return last if last and last.status == "RUNNING" else None

    def start(self, run: CrawlRun, logs: Any) -> None:
        self._runs.append(run)
        threading.Thread(target=run.run, args=(logs,), name="crawl", daemon=True).start()

    def state(self) -> dict[str, Any]:
        """A crawler's state as GetCrawler describes it, with the milliseconds of the last run."""
        runs = list(self._runs)
        current = self.current
        state = "READY" if not current else "STOPPING" if current.is_stopping else "RUNNING"
        finished = [run for run in runs if run is not current and run.status != "RUNNING"]
        last_crawl = {"LastCrawl": finished[-1].last_crawl()} if finished else {}
        elapsed = round(runs[-1].seconds * 1000) if runs else 0
        return {"State": state, "CrawlElapsedTime": elapsed, **last_crawl}

    def metrics(self) -> dict[str, Any]:
        """The metrics of GetCrawlerMetrics; tables are those of the last finished run."""
        finished = [run for run in list(self._runs) if run.status != "RUNNING"]
        durations = [run.seconds for run in finished]
        median = statistics.median(durations) if durations else 0.0
        current = self.current
        tables = finished[-1].report.tables if finished else {}
        counts = {
            f"Tables{change.capitalize()}": len(tables.get(change, []))
            for change in ("created", "updated", "deleted")
        }
        return {
            "TimeLeftSeconds": max(0.0, median - current.seconds) if current else 0.0,
            "StillEstimating": bool(current and not finished),
            "LastRuntimeSeconds": durations[-1] if durations else 0.0,
            "MedianRuntimeSeconds": median,
            **counts,
        }

    def history(self) -> list[dict[str, Any]]:
        """Newest first."""
        return [run.history() for run in reversed(list(self._runs))]
