"""Calls that run at the same time, in a few threads."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

THREADS = 8
"""Below the 10 connections of a botocore client."""

_local = threading.local()
"""`is_shared` is True in the threads that calls share."""

_Value = TypeVar("_Value")
_Result = TypeVar("_Result")


def growing(values: Iterable[_Value]) -> Iterator[list[_Value]]:
    """Values in batches of 1, 2, 4 and then `THREADS`, for a reader that may stop early.

    It reads few that it does not need, and many side by side.
    """
    left, size = iter(values), 1
    while batch := list(islice(left, size)):
        yield batch
        size = min(2 * size, THREADS)


class SideBySide:
    """Calls a function for each of several values, in threads that the process shares."""

    def map(self, call: Callable[[_Value], _Result], values: Sequence[_Value]) -> list[_Result]:
        """The results, in order. Raises the first error; calls that did not begin are dropped.

        A call that uses this method itself has its own calls one after another, in its thread:
        otherwise calls in all threads could wait for a free one, without an end.
        """
        if len(values) <= 1 or getattr(_local, "is_shared", False):
            return [call(value) for value in values]
        return list(_threads().map(call, values))


@cache
def _threads() -> "ThreadPoolExecutor":
    """The threads, made on first use."""
    from concurrent.futures import ThreadPoolExecutor  # not a part of a function's start

    return ThreadPoolExecutor(THREADS, initializer=_mark)


def _mark() -> None:
    _local.is_shared = True
