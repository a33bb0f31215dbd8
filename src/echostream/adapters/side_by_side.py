"""Calls that run at the same time, in a few threads."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

THREADS = 8
"""Below the 10 connections of a botocore client."""

_Value = TypeVar("_Value")
_Result = TypeVar("_Result")


class SideBySide:
    """Calls a function for each of several values. The threads are made on first use."""

    def map(self, call: Callable[[_Value], _Result], values: Sequence[_Value]) -> list[_Result]:
        """The results, in order. Raises the first error; calls that did not begin are dropped."""
        if len(values) <= 1:
            return [call(value) for value in values]
        return list(self._threads.map(call, values))

    @cached_property
    def _threads(self) -> "ThreadPoolExecutor":
        from concurrent.futures import ThreadPoolExecutor  # not a part of a function's start

        return ThreadPoolExecutor(THREADS)
