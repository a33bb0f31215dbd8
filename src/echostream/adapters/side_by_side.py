"""Calls that run at the same time, in a few threads."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

THREADS = 8
"""Below the 10 connections of a botocore client."""

_Value = TypeVar("_Value")
_Result = TypeVar("_Result")


class SideBySide:
    """Calls a function for each of several values, in threads that the process shares."""

    def map(self, call: Callable[[_Value], _Result], values: Sequence[_Value]) -> list[_Result]:
        """The results, in order. Raises the first error; calls that did not begin are dropped.

        A call must not use this method itself: it would wait for a thread.
        """
        if len(values) <= 1:
            return [call(value) for value in values]
        return list(_threads().map(call, values))


@cache
def _threads() -> "ThreadPoolExecutor":
    """The threads, made on first use."""
    from concurrent.futures import ThreadPoolExecutor  # not a part of a function's start

    return ThreadPoolExecutor(THREADS)
