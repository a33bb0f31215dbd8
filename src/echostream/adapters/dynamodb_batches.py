"""Batch calls of DynamoDB, repeated with what they left unprocessed."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from echostream.adapters.aws_errors import translating
from echostream.adapters.retry import backoff
from echostream.domain.errors import TryAgain

MAX_ATTEMPTS = 8
"""In sequence that process nothing."""
BACKOFF = 0.05
"""Seconds, doubled with each such attempt."""


def read(
    call: Callable[..., Any], requests: Any, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Any]:
    """The responses of BatchGetItem until all keys are processed.

    `requests` are its RequestItems. Raises `TryAgain` and `CallRefused`.
    """
    return _repeat(call, requests, "UnprocessedKeys", _count_keys, sleep)


def write(
    call: Callable[..., Any], requests: Any, sleep: Callable[[float], None] = time.sleep
) -> None:
    """BatchWriteItem until all items are processed; otherwise like `read`."""
    for _ in _repeat(call, requests, "UnprocessedItems", _count_items, sleep):
        pass


def _repeat(
    call: Callable[..., Any],
    left: Any,
    unprocessed: str,
    count: Callable[[Any], int],
    sleep: Callable[[float], None],
) -> Iterator[Any]:
    """The responses. Each repeat waits, longer after one that processed nothing."""
    attempt = 0
    while True:
        with translating("table"):
            response = call(RequestItems=left)
        yield response
        before, left = count(left), response[unprocessed]
        if not left:
            return
        attempt = attempt + 1 if count(left) == before else 1
        if attempt == MAX_ATTEMPTS:
            raise TryAgain(f"table: {count(left)} items not processed in {attempt} attempts")
        sleep(backoff(attempt - 1, BACKOFF))


def _count_keys(requests: Mapping[str, Any]) -> int:
    return sum(len(request["Keys"]) for request in requests.values())


def _count_items(requests: Mapping[str, Any]) -> int:
    return sum(map(len, requests.values()))
