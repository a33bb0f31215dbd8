"""AWS Glue's crawlers. The emulator stores their definitions; this service runs them.

Running crawls and the history of runs are kept in memory until the companion stops. The tables
that a crawl creates are in the emulator's catalog.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aws_companion.crawler.runs import CrawlerRuns, CrawlRun
from aws_companion.emulator import ClientFactory
from aws_companion.protocol import ServiceError, service_model
from aws_companion.services import Options, ServiceResponse

PAGE_SIZE = 100
Crawler = dict[str, Any]
"""A crawler as GetCrawler describes it, times as seconds since 1970."""
Members = Mapping[str, Any]
"""The members of a request."""
_CRAWL_FIELDS = {
    "CRAWL_ID": "CrawlId",
    "STATE": "State",
    "DPU_HOUR": "DPUHour",
    "START_TIME": "StartTime",
    "END_TIME": "EndTime",
}
"""Fields of a crawl by the name that a filter of ListCrawls gives them."""
_OPERATORS = {"GT": (1,), "GE": (0, 1), "LT": (-1,), "LE": (-1, 0), "EQ": (0,), "NE": (-1, 1)}
"""The results of a three-way comparison that satisfy an operator."""


def create(emulator: ClientFactory, _: Options) -> "CrawlerService":
    return CrawlerService(emulator)


class CrawlerService:
    """StartCrawler, StopCrawler, and the operations that describe a crawler's state."""

    status: Mapping[str, Any] = {}

    def __init__(self, emulator: ClientFactory) -> None:
        self.model = service_model("glue")
        self._emulator = emulator
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, float], CrawlerRuns] = {}
        self._handlers: Mapping[str, Callable[[Members], dict[str, Any]]] = {
            "StartCrawler": self._start,
            "StopCrawler": self._stop,
            "GetCrawler": self._get,
            "GetCrawlers": self._list,
            "BatchGetCrawlers": self._get_batch,
            "GetCrawlerMetrics": self._list_metrics,
            "ListCrawls": self._list_crawls,
        }
        self.operations = frozenset(self._handlers)

    def close(self) -> None:
        """Crawls run on daemon threads, which end with the process."""

    @cached_property
    def _glue(self) -> Any:
        return self._emulator.client("glue")

    @cached_property
    def _s3(self) -> Any:
        return self._emulator.client("s3")

    @cached_property
    def _logs(self) -> Any:
        return self._emulator.client("logs")

    def respond(
        self,
        operation: str,
        parameters: dict[str, Any],
        answered: int | None,  # noqa: ARG002 (no batch of Glue's has an ErrorList)
    ) -> ServiceResponse:
        """The response to a request. EntityNotFoundException for an unknown crawler.

        InternalServiceException (500) if the emulator is unreachable.
        """
        try:
            return ServiceResponse(self._handlers[operation](parameters))
        except ClientError as error:
            raise _service_error(error) from error
        except BotoCoreError as error:
            raise ServiceError("InternalServiceException", str(error), 500) from error

    def _start(self, members: Members) -> dict[str, Any]:
        crawler = self._crawler(members["Name"])
        runs = self._runs_of(crawler)
        with self._lock:
            if runs.current:
                message = f"Crawler with name {crawler['Name']} has already started"
                raise ServiceError("CrawlerRunningException", message)
            runs.start(CrawlRun(crawler, self._s3, self._glue, runs.cache), self._logs)
        return {}

    def _stop(self, members: Members) -> dict[str, Any]:
        crawler = self._crawler(members["Name"])
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

    def _get(self, members: Members) -> dict[str, Any]:
        return {"Crawler": self._with_state(self._crawler(members["Name"]))}

    def _list(self, members: Members) -> dict[str, Any]:
        crawlers = [self._with_state(crawler) for crawler in self._crawlers()]
        return _page("Crawlers", crawlers, members)

    def _get_batch(self, members: Members) -> dict[str, Any]:
        by_name = {crawler["Name"]: crawler for crawler in self._crawlers()}
        names = members["CrawlerNames"]
        crawlers = [self._with_state(by_name[name]) for name in names if name in by_name]
        return {"Crawlers": crawlers, "CrawlersNotFound": [n for n in names if n not in by_name]}

    def _list_metrics(self, members: Members) -> dict[str, Any]:
        names = members.get("CrawlerNameList")
        metrics = [
            {"CrawlerName": crawler["Name"], **self._runs_of(crawler).metrics()}
            for crawler in self._crawlers()
            if not names or crawler["Name"] in names
        ]
        return _page("CrawlerMetricsList", metrics, members)

    def _list_crawls(self, members: Members) -> dict[str, Any]:
        runs = self._runs_of(self._crawler(members["CrawlerName"]))
        filters = members.get("Filters") or []
        crawls = [
            crawl for crawl in runs.history() if all(_matches(crawl, each) for each in filters)
        ]
        return _page("Crawls", crawls, members)

    def _crawler(self, name: str) -> Crawler:
        return _definition(self._glue.get_crawler(Name=name)["Crawler"])

    def _crawlers(self) -> Iterator[Crawler]:
        token: dict[str, str] = {}
        while True:
            page = self._glue.get_crawlers(**token)
            yield from (_definition(crawler) for crawler in page["Crawlers"])
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _with_state(self, crawler: Crawler) -> Crawler:
        """The emulator's definition of a crawler with the state that it has here."""
        return {**crawler, **self._runs_of(crawler).state()}

    def _runs_of(self, crawler: Crawler) -> CrawlerRuns:
        """The runs of a crawler. A crawler that was deleted and created again has none."""
        key = crawler["Name"], float(crawler.get("CreationTime", 0))
        with self._lock:
            return self._runs.setdefault(key, CrawlerRuns())


def _definition(crawler: Mapping[str, Any]) -> Crawler:
    """A crawler from the emulator in the wire's format, without the emulator's own state."""
    state = ("State", "CrawlElapsedTime", "LastCrawl")
    return {
        name: value.timestamp() if isinstance(value, datetime) else value
        for name, value in crawler.items()
        if name not in state and value not in ("", None, {})
    }


def _service_error(error: ClientError) -> ServiceError:
    details = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return ServiceError(details.get("Code", "InternalServiceException"), details["Message"], status)


def _page(name: str, items: Sequence[Any], members: Members) -> dict[str, Any]:
    """A page of items. Its token is the number of items before the next page."""
    token = members.get("NextToken") or "0"
    if not (token.isascii() and token.isdigit()):
        raise ServiceError("InvalidInputException", "NextToken: not a token of this service")
    first, size = int(token), members.get("MaxResults") or PAGE_SIZE
    next_token = {"NextToken": str(first + size)} if first + size < len(items) else {}
    return {name: items[first : first + size], **next_token}


def _matches(crawl: Mapping[str, Any], crawl_filter: Mapping[str, str]) -> bool:
    """Whether a crawl matches a filter, whose times are milliseconds since 1970."""
    name, operand = crawl_filter["FieldName"], crawl_filter["FieldValue"]
    value = crawl.get(_CRAWL_FIELDS[name])
    if value is None:
        return False
    if name in ("CRAWL_ID", "STATE"):
        order = (value > operand) - (value < operand)
    else:
        number = value if name == "DPU_HOUR" else round(value * 1000)
        order = (number > _number(operand)) - (number < _number(operand))
    return order in _OPERATORS[crawl_filter["FilterOperator"]]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ServiceError("InvalidInputException", f"{text!r} is no number") from error
