"""The last good answer to a query, with its age, and the requests for a newer one.

Every page fetches through this: while a service is slow or down, the page shows the last answer.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from dashboard.data.errors import ServiceError
from dashboard.data.messages import SECONDS

EVERY = SECONDS["refresh"]
"""Seconds between two requests, by default; a younger answer is not fetched again."""
FIRST, NEXT = 20.0, 2.0
"""Seconds that a page waits for the first answer, and for a newer one."""
LONGEST = SECONDS["longest_retry"]
"""Seconds between two requests to a service that keeps failing, at most."""
STALE_AFTER = SECONDS["stale_after"]
"""Seconds after which the age of an answer is shown."""

Answer = TypeVar("Answer")
_executor = ThreadPoolExecutor(32, thread_name_prefix="fetch")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[Answer]):
    """What a page shows. `error` is the reason for having no answer, or no newer one."""

    answer: Answer | None
    as_of: datetime | None
    age: float
    error: ServiceError | None
    is_late: bool


class CachedPoll(Generic[Answer]):
    """Polls one query at a time; another query starts over. One for each viewer and page."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._now = now
        self._start_over(None)

    def _start_over(self, query: object) -> None:
        self._query = query
        self._answer: Answer | None = None
        self._as_of = self._requested_as_of = self._now()
        self._answered_at = 0.0
        self._requested_at = float("-inf")
        self._pending: Future[Answer] | None = None
        self._error: ServiceError | None = None
        self._failures = 0

    def get(
        self,
        query: object,
        fetch: Callable[[], Answer],
        *,
        hold: bool = False,
        every: float = EVERY,
        is_awaited: bool = True,
    ) -> Snapshot[Answer]:
        """The newest answer within a short wait, or the one that is there without `is_awaited`.

        `fetch` runs in another thread, so it must not use Streamlit. It may raise `ServiceError`;
        its other exceptions are raised here. A good answer is fetched again after `every` seconds,
        with `hold` only after `refresh`.
        """
        if query != self._query:
            self._start_over(query)
        if self._pending is None and self._is_due(hold, every):
            self._requested_at, self._requested_as_of = self._clock(), self._now()
            self._pending = _executor.submit(fetch)
        is_first = self._answer is None and not self._error
        self._collect((FIRST if is_first else NEXT) if is_awaited else 0.0)
        return self._snapshot()

    @property
    def answer(self) -> Answer | None:
        """The last good answer."""
        return self._answer

    def replace(self, answer: Answer) -> None:
        """Replace the answer to the same query, for example by one with more documents."""
        self._answer = answer

    def refresh(self) -> None:
        """Make the next `get` fetch, regardless of the answer's age and of errors."""
        self._requested_at = float("-inf")
        self.clear_error()

    def clear_error(self) -> None:
        """Drop the error and the pending request, which belong to another session.

        A good answer stays, and is fetched again when it is old.
        """
        if self._answer is None:
            self._requested_at = float("-inf")
        if self._pending is not None:
            self._pending.cancel()
        self._pending, self._error, self._failures = None, None, 0

    def _is_due(self, hold: bool, every: float) -> bool:
        since = self._clock() - self._requested_at
        if since == float("inf"):
            return True
        if self._error is None:
            return not hold and since > every - 1
        delay = max(EVERY - 1, self._error.wait, 2.0**self._failures)
        return not self._error.is_permanent and since > min(LONGEST, delay)

    def _collect(self, timeout: float) -> None:
        """Store the result of the pending request, if it finishes within the timeout (seconds)."""
        if self._pending is None:
            return
        wait([self._pending], timeout)
        if not self._pending.done():
            return
        request, self._pending = self._pending, None
        try:
            self._answer = request.result()
        except ServiceError as error:
            self._error, self._failures = error, self._failures + 1
            return
        self._as_of, self._answered_at = self._requested_as_of, self._requested_at
        self._error, self._failures = None, 0

    def _snapshot(self) -> Snapshot[Answer]:
        is_late = self._pending is not None
        if self._answer is None:
            return Snapshot(None, None, 0.0, self._error, is_late)
        age = self._clock() - self._answered_at
        return Snapshot(self._answer, self._as_of, age, self._error, is_late)
