"""AWS Glue's crawlers. The emulator keeps their definitions; here they run.

What this keeps (which crawler runs, how its runs ended) lives in memory, and is gone with the
companion. The tables that a crawl makes are in the emulator.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from aws_companion.crawler.runs import CrawlerRuns, CrawlRun
from aws_companion.protocol import ServiceError, service_model
from aws_companion.services import ServiceResponse

PAGE = 100
Crawler = dict[str, Any]
"""A crawler as GetCrawler describes it, times as seconds since 1970."""


class ClientFactory(Protocol):
    """Where clients of AWS's services come from: the emulator."""

    def client(self, service: str) -> Any: ...


class CrawlerService:
    """Answers StartCrawler, StopCrawler, and whatever tells how a crawler fares."""

    def __init__(self, emulator: ClientFactory) -> None:
        self.model = service_model("glue")
        self._emulator = emulator
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, float], CrawlerRuns] = {}
        self._answers: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "StartCrawler": self._start,
            "StopCrawler": self._stop,
            "GetCrawler": lambda asked: {"Crawler": self._described(self._crawler(asked["Name"]))},
            "GetCrawlers": self._crawlers,
            "BatchGetCrawlers": self._batch,
            "GetCrawlerMetrics": self._metrics,
            "ListCrawls": self._crawls,
        }
        self.operations = frozenset(self._answers)

    @cached_property
    def _glue(self) -> Any:
        return self._emulator.client("glue")

    @cached_property
    def _s3(self) -> Any:
        return self._emulator.client("s3")

    @cached_property
    def _logs(self) -> Any:
        return self._emulator.client("logs")

    def answer(
        self,
        operation: str,
        parameters: dict[str, Any],
        answered: int | None,  # noqa: ARG002 (Glue has no batch that a fault cuts short)
    ) -> ServiceResponse:
        """The answer to a request. EntityNotFoundException for a crawler that is none.

        InternalServiceException (500) where the emulator does not answer.
        """
        try:
            return ServiceResponse(self._answers[operation](parameters))
        except ClientError as error:
            raise _as_service_error(error) from error
        except BotoCoreError as error:
            raise ServiceError("InternalServiceException", str(error), 500) from error

    def _start(self, asked: dict[str, Any]) -> dict[str, Any]:
        crawler = self._crawler(asked["Name"])
        runs = self._runs_of(crawler)
        with self._lock:
            if runs.current:
                message = f"Crawler with name {crawler['Name']} has already started"
                raise ServiceError("CrawlerRunningException", message)
            runs.start(CrawlRun(crawler, self._s3, self._glue, runs.cache), self._logs)
        return {}

    def _stop(self, asked: dict[str, Any]) -> dict[str, Any]:
        crawler = self._crawler(asked["Name"])
        runs = self._runs_of(crawler)
        with self._lock:
            if not runs.current:
                message = f"Crawler with name {crawler['Name']} isn't running"
                raise ServiceError("CrawlerNotRunningException", message)
            if runs.current.is_stopping:
                message = f"Crawler with name {crawler['Name']} is stopping"
                raise ServiceError("CrawlerStoppingException", message)
            runs.current.stop()
        return {}

    def _crawlers(self, asked: dict[str, Any]) -> dict[str, Any]:
        return _page("Crawlers", [self._described(one) for one in self._all()], asked)

    def _batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = {one["Name"]: one for one in self._all()}
        names = asked["CrawlerNames"]
        found = [self._described(known[name]) for name in names if name in known]
        return {"Crawlers": found, "CrawlersNotFound": [n for n in names if n not in known]}

    def _metrics(self, asked: dict[str, Any]) -> dict[str, Any]:
        names = asked.get("CrawlerNameList")
        crawlers = [one for one in self._all() if not names or one["Name"] in names]
        found = [{"CrawlerName": one["Name"], **self._runs_of(one).metrics()} for one in crawlers]
        return _page("CrawlerMetricsList", found, asked)

    def _crawls(self, asked: dict[str, Any]) -> dict[str, Any]:
        runs = self._runs_of(self._crawler(asked["CrawlerName"]))
        filters = asked.get("Filters") or []
        found = [one for one in runs.history() if all(_passes(one, wanted) for wanted in filters)]
        return _page("Crawls", found, asked)

    def _crawler(self, name: str) -> Crawler:
        return _plain(self._glue.get_crawler(Name=name)["Crawler"])

    def _all(self) -> Iterator[Crawler]:
        token: dict[str, str] = {}
        while True:
            answer = self._glue.get_crawlers(**token)
            yield from (_plain(one) for one in answer["Crawlers"])
            if not answer.get("NextToken"):
                return
            token = {"NextToken": answer["NextToken"]}

    def _described(self, crawler: Crawler) -> Crawler:
        """A crawler as the emulator defines it and as it fares here."""
        return {**crawler, **self._runs_of(crawler).state()}

    def _runs_of(self, crawler: Crawler) -> CrawlerRuns:
        """The runs of a crawler; one that was made anew under the same name has none yet."""
        key = crawler["Name"], float(crawler.get("CreationTime", 0))
        with self._lock:
            return self._runs.setdefault(key, CrawlerRuns())


def _plain(found: Mapping[str, Any]) -> Crawler:
    """What the emulator's client gave, as the wire wants it, without the emulator's own state."""
    own = ("State", "CrawlElapsedTime", "LastCrawl")
    return {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in found.items()
        if name not in own and value not in ("", None, {})
    }


def _as_service_error(error: ClientError) -> ServiceError:
    found = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return ServiceError(found.get("Code", "InternalServiceException"), found["Message"], status)


def _page(name: str, found: Sequence[Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """A page of an answer; its token is the number of what came before."""
    token = asked.get("NextToken") or "0"
    if not (token.isascii() and token.isdigit()):
        raise ServiceError("InvalidInputException", "NextToken: not one that was given out")
    first, size = int(token), asked.get("MaxResults") or PAGE
    more = {"NextToken": str(first + size)} if first + size < len(found) else {}
    return {name: found[first : first + size], **more}


def _passes(crawl: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Whether a crawl passes a filter of ListCrawls; times are milliseconds since 1970 there."""
    field = {"CRAWL_ID": "CrawlId", "STATE": "State", "DPU_HOUR": "DPUHour"}
    field |= {"START_TIME": "StartTime", "END_TIME": "EndTime"}
    name, value = wanted["FieldName"], wanted["FieldValue"]
    found = crawl.get(field[name])
    if found is None:
        return False
    if name in ("CRAWL_ID", "STATE"):
        order = (found > value) - (found < value)
    else:
        number = found if name == "DPU_HOUR" else round(found * 1000)
        order = (number > _number(value)) - (number < _number(value))
    operators = {"GT": (1,), "GE": (0, 1), "LT": (-1,), "LE": (-1, 0), "EQ": (0,), "NE": (-1, 1)}
    return order in operators[wanted["FilterOperator"]]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ServiceError("InvalidInputException", f"{text!r} is no number") from error
