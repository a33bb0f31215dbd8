"""How a crawler fares: the run that goes on, and those that ended."""

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
"""How many runs of a crawler are remembered."""
LONGEST_MESSAGE = 2048
Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
_HISTORY = {"SUCCEEDED": "COMPLETED", "CANCELLED": "STOPPED"}
"""ListCrawls' names of a status, where they differ."""


class CrawlRun:
    """One run of a crawler, in a thread of its own once it has started."""

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
        """How long it has taken so far, or took."""
        return time.monotonic() - self._clock if self._seconds is None else self._seconds

    def stop(self) -> None:
        """Have it end before the next object."""
        self.is_stopping = True
        self._crawl.stop()

    def run(self, logs: Any) -> None:
        """Crawl to the end, whatever that is, and tell it to both logs."""
        name = self.report.crawler
        self.report.say("BENCHMARK", f"Running Start Crawl for Crawler {name}")
        status, message = self._crawled()
        more = len(self.report.left_out) - MOST_NAMED
        if more > 0:
            self.report.say("WARN", f"Left out {more} objects more")
        if message:
            self.report.say("ERROR", message)
        self.report.say("BENCHMARK", "Crawler has finished running and is in state READY")
        try:
            self.report.log(status, self.seconds)
            self.report.send(logs)
        finally:  # last, so that who sees the end can read the log
            self._seconds, self.message = self.seconds, message[:LONGEST_MESSAGE]
            self.status = status

    def _crawled(self) -> tuple[Status, str]:
        try:
            self._crawl.run()
        except CrawlCancelled:
            return "CANCELLED", ""
        except CrawlFailed as error:
            return "FAILED", str(error)
        except (ClientError, BotoCoreError) as error:
            return "FAILED", f"{error}"
        except Exception as error:  # a run must end, and say how, whatever went wrong
            line = {"event": "crawl_broke", "crawler": self.report.crawler}
            LOG.error(json.dumps({**line, "traceback": traceback.format_exc()}))
            return "FAILED", f"Internal error: {type(error).__name__}: {error}"
        return "SUCCEEDED", ""

    def last_crawl(self) -> dict[str, Any]:
        """As GetCrawler tells it."""
        return {"Status": self.status, "StartTime": self.started, **self._where()}

    def history(self) -> dict[str, Any]:
        """As ListCrawls tells it; here it costs nothing."""
        ended = {} if self.status == "RUNNING" else {"EndTime": self.started + self.seconds}
        told = {"CrawlId": self.report.crawl_id, "State": _HISTORY.get(self.status, self.status)}
        summary = {"Summary": self.report.summary(), "DPUHour": 0.0}
        return {**told, "StartTime": self.started, **ended, **summary, **self._where()}

    def _where(self) -> dict[str, Any]:
        """Where its log is, and what went wrong."""
        message = {"ErrorMessage": self.message} if self.message else {}
        log = {"LogGroup": LOG_GROUP, "LogStream": self.report.crawler}
        return {**log, "MessagePrefix": self.report.crawl_id, **message}


class CrawlerRuns:
    """The runs of one crawler, of which one at most goes on. `start` is for one thread a time."""

    def __init__(self) -> None:
        self.cache: Cache = {}
        self._runs: deque[CrawlRun] = deque(maxlen=MOST_RUNS)

    @property
    def current(self) -> CrawlRun | None:
        """The run that goes on."""
        last = self._runs[-1] if self._runs else None
        return last if last and last.status == "RUNNING" else None

    def start(self, run: CrawlRun, logs: Any) -> None:
        self._runs.append(run)
        threading.Thread(target=run.run, args=(logs,), name="crawl", daemon=True).start()

    def state(self) -> dict[str, Any]:
        """What GetCrawler tells of a crawler's state; elapsed milliseconds are of the last run."""
        runs = list(self._runs)
        current = self.current
        name = "READY" if not current else "STOPPING" if current.is_stopping else "RUNNING"
        ended = [run for run in runs if run is not current and run.status != "RUNNING"]
        last = {"LastCrawl": ended[-1].last_crawl()} if ended else {}
        elapsed = round(runs[-1].seconds * 1000) if runs else 0
        return {"State": name, "CrawlElapsedTime": elapsed, **last}

    def metrics(self) -> dict[str, Any]:
        """As GetCrawlerMetrics tells it; tables are those of the last run that ended."""
        ended = [run for run in list(self._runs) if run.status != "RUNNING"]
        took = [run.seconds for run in ended]
        median = statistics.median(took) if took else 0.0
        current = self.current
        tables = ended[-1].report.tables if ended else {}
        counts = {
            f"Tables{what.capitalize()}": len(tables.get(what, []))
            for what in ("created", "updated", "deleted")
        }
        return {
            "TimeLeftSeconds": max(0.0, median - current.seconds) if current else 0.0,
            "StillEstimating": bool(current and not ended),
            "LastRuntimeSeconds": took[-1] if took else 0.0,
            "MedianRuntimeSeconds": median,
            **counts,
        }

    def history(self) -> list[dict[str, Any]]:
        """Newest first."""
        return [run.history() for run in reversed(list(self._runs))]
