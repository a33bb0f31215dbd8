"""The last good answer to a question, with its age, and the attempts to get a newer one.

Every page asks through this: a slow or dead service leaves what was seen last on the screen.
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
"""Seconds between two requests; a younger answer is not fetched again."""
FIRST, NEXT = 20.0, 2.0
"""Seconds that the page waits for a first answer, and for a newer one."""
LONGEST = SECONDS["longest_retry"]
"""Seconds between two requests to a service that keeps failing, at most."""
STALE_AFTER = SECONDS["stale_after"]
"""Seconds after which the age of an answer is shown."""

Answer = TypeVar("Answer")
_at_work = ThreadPoolExecutor(32, thread_name_prefix="asking")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[Answer]):
    """What there is to show. Without an answer, `problem` says why; with one, why none is newer."""

    answer: Answer | None
    as_of: datetime | None
    age: float
    problem: ServiceError | None
    is_late: bool


class CachedPoll(Generic[Answer]):
    """One question at a time; another question begins anew. One for each viewer and page."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._now = now
        self._forget(None)

    def _forget(self, question: object) -> None:
        self._question = question
        self._answer: Answer | None = None
        self._as_of = self._asking_as_of = self._now()
        self._seen_at = 0.0
        self._asked_at = float("-inf")
        self._pending: Future[Answer] | None = None
        self._problem: ServiceError | None = None
        self._failures = 0

    def get(
        self, question: object, fetch: Callable[[], Answer], *, hold: bool = False
    ) -> Snapshot[Answer]:
        """The newest answer that there is without waiting long. `fetch` raises `ServiceError`.

        It runs beside the page, so it must not use Streamlit. With `hold`, a good answer stays
        until `refresh`. What `fetch` raises beyond `ServiceError` comes out here.
        """
        if question != self._question:
            self._forget(question)
        if self._pending is None and self._is_due(hold):
            self._asked_at, self._asking_as_of = self._clock(), self._now()
            self._pending = _at_work.submit(fetch)
        self._collect(FIRST if self._answer is None and not self._problem else NEXT)
        return self._seen()

    def replace(self, answer: Answer) -> None:
        """Replace the answer to the same question by one that has more in it."""
        self._answer = answer

    def refresh(self) -> None:
        """Have the next look ask anew, however young the answer is and whatever went wrong."""
        self._asked_at = float("-inf")
        self.clear_error()

    def clear_error(self) -> None:
        """Forget what went wrong and what is pending, as that of another session.

        A good answer stays, and is asked for again when it is old.
        """
        if self._answer is None:
            self._asked_at = float("-inf")
        if self._pending is not None:
            self._pending.cancel()
        self._pending, self._problem, self._failures = None, None, 0

    def _is_due(self, hold: bool) -> bool:
        since = self._clock() - self._asked_at
        if since == float("inf"):
            return True
        if self._problem is None:
            return not hold and since > EVERY - 1
        longer = max(EVERY - 1, self._problem.wait, 2.0**self._failures)
        return not self._problem.is_permanent and since > min(LONGEST, longer)

    def _collect(self, patience: float) -> None:
        """Take what the pending question has brought, if it comes in time."""
        if self._pending is None:
            return
        wait([self._pending], patience)
        if not self._pending.done():
            return
        done, self._pending = self._pending, None
        try:
            self._answer = done.result()
        except ServiceError as problem:
            self._problem, self._failures = problem, self._failures + 1
            return
        self._as_of, self._seen_at = self._asking_as_of, self._asked_at
        self._problem, self._failures = None, 0

    def _seen(self) -> Snapshot[Answer]:
        is_late = self._pending is not None
        if self._answer is None:
            return Snapshot(None, None, 0.0, self._problem, is_late)
        age = self._clock() - self._seen_at
        return Snapshot(self._answer, self._as_of, age, self._problem, is_late)
