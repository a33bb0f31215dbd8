"""Batch calls of Comprehend: paid from reservations, a few at a time, within a budget of time.

AWS limits the calls a second of an account and a region, by default to 10 of each operation. A
call that it throttles is repeated until the budget ends; after trouble fewer calls run at once, and
waits grow. Threads make the calls; one thread decides what is reserved, repeated and given up.
"""

import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from echostream.adapters.aws_errors import is_throttle_code
from echostream.adapters.retry import backoff
from echostream.adapters.side_by_side import SideBySide
from echostream.domain.languages import UNSUPPORTED_LANGUAGE
from echostream.domain.spend import Reservations, SpendGuard, units_of

AWS_MODEL = "aws"
MODEL_HEADER = "x-echostream-model"
"""The header with the model's name in responses of a stand-in for Comprehend; AWS sends none."""
MAX_CONCURRENT = 4
"""Calls of a request that run at once."""
MAX_ATTEMPTS = 3
"""Of a call that fails for another reason than a throttle."""
MAX_SECONDS = 15.0
"""The budget of a caller without its own."""
BACKOFF, LONGEST_WAIT = 0.2, 1.0
"""Seconds, doubled after each wave of calls of which none succeeded, up to the second number."""

FAILURE = "comprehend_"
"""Begins the reasons that are a failure of Comprehend, `comprehend_<error>` among them."""
UNAVAILABLE, THROTTLED, SLOW = f"{FAILURE}unavailable", f"{FAILURE}throttled", f"{FAILURE}slow"
CAPPED = "spend_cap"

_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError)


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of one call by the index of their document, its arguments, and its failed attempts."""

    texts: Mapping[int, str]
    arguments: Mapping[str, str] = field(default_factory=dict)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one call: results by document, or why there is none.

    `billed` are the documents that AWS charges for, or perhaps does.
    """

    results: Mapping[int, Any] = field(default_factory=dict)
    model: str = AWS_MODEL
    reason: str = ""
    billed: Container[int] = ()


class TimeBudget:
    """The time in which calls of an invocation may begin; `MAX_SECONDS` without an invocation."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end: float | None = None

    def begin(self, seconds: float) -> None:
        """Begin an invocation."""
        self._end = self._clock() + seconds

    def left(self) -> float:
        """Seconds; 0 or less at the end."""
        return MAX_SECONDS if self._end is None else self._end - self._clock()


@dataclass(frozen=True, slots=True)
class PaidCalls:
    """Makes the calls of requests.

    `client` is a boto3 Comprehend client without retries, so that each attempt is paid for here.
    `seconds` returns the time within which calls of a new request may begin; a call takes up to
    its client's time-outs longer.
    """

    client: Any
    guard: SpendGuard
    seconds: Callable[[], float] = lambda: MAX_SECONDS
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def begin(self, now: datetime) -> "PaidRequest":
        """The calls for the documents of one request."""
        return PaidRequest(self, now)


class PaidRequest:
    """The calls of one request.

    `failed` has the reason for each document that was given up, `models` the model that made the
    last result of each other document. Call `release` at the end, also after an error.
    """

    def __init__(self, calls: PaidCalls, now: datetime) -> None:
        self.failed: dict[int, str] = {}
        self.models: dict[int, str] = {}
        self._calls = calls
        self._end = calls.clock() + calls.seconds()
        self._reservations = Reservations(calls.guard, now)
        self._width = MAX_CONCURRENT
        self._troubles = 0
        self._stops: dict[str, str] = {}  # reasons by operation

    def release(self) -> None:
        """Release the units that no call has used."""
        self._reservations.release()

    def fail(self, indices: Iterable[int], reason: str) -> None:
        """Give documents up."""
        for index in indices:
            self.failed[index] = reason
            self._reservations.drop(index)

    def run(
        self,
        operation: str,
        batches: Iterable[Batch],
        following: Sequence[str] = (),
        find_problem: Callable[[Any], str] = lambda _: "",
    ) -> dict[int, Any]:
        """Results by document. Each other document is given up.

        `following` are the operations that a document needs after this one; all are reserved before
        this one, and none begins if one of them has stopped. `find_problem` has the reason for
        which a document with some result is given up, or nothing. Raises `TryAgain` if the ledger
        is unavailable.
        """
        queue, results = deque(batches), dict[int, Any]()
        while wave := self._take(queue, (operation, *following)):
            attempts = self._send(operation, wave)
            pairs = zip(wave, attempts, strict=True)
            repeats = [self._settle(operation, *pair) for pair in pairs]
            for index, result in (pair for one in attempts for pair in one.results.items()):
                if problem := find_problem(result):
                    self.fail([index], problem)
                else:
                    results[index] = result
            queue.extendleft(batch for batch in reversed(repeats) if batch)
            self._adapt(operation, attempts, is_troubled=any(repeats))
        return results

    def _take(self, queue: deque[Batch], operations: Sequence[str]) -> list[Batch]:
        """The batches of the next wave, paid for; none at the end, or if the rest is given up."""
        wave = [] if self._find_stop(operations) else self._pay_wave(queue, len(operations))
        stop = self._find_stop(operations)  # again: the ledger takes time too
        if not stop:
            return wave
        for batch in (*wave, *queue):
            self.fail(batch.texts, stop)
        return []

    def _find_stop(self, operations: Sequence[str]) -> str:
        """The reason for which no call begins, or nothing."""
        stops = (self._stops[name] for name in operations if name in self._stops)
        return next(stops, SLOW if self._left() <= 0 else "")

    def _pay_wave(self, queue: deque[Batch], payments: int) -> list[Batch]:
        wave: list[Batch] = []
        while queue and len(wave) < self._width and self._left() > 0:
            batch = queue.popleft()
            number = self._pay(batch, payments)
            if number:
                wave.append(_part(batch, 0, number))
            elif wave:  # what it does not use may be enough
                queue.appendleft(batch)
                break
            else:
                self.fail(list(batch.texts)[:1], CAPPED)
            if rest := _part(batch, number or 1, len(batch.texts)).texts:
                queue.appendleft(Batch(rest, batch.arguments, batch.failures))
        return wave

    def _pay(self, batch: Batch, payments: int) -> int:
        """Reserve units for a batch, or half of it, and so on; the number of its documents."""
        needs = [(index, payments * units_of([text])) for index, text in batch.texts.items()]
        number = len(needs)
        while number and not self._reservations.hold(dict(needs[:number])):
            number //= 2
        return number

    def _send(self, operation: str, wave: Sequence[Batch]) -> list[Attempt]:
        for batch in wave:
            for index, text in batch.texts.items():
                self._reservations.use(index, units_of([text]))
        return SideBySide().map(partial(self._attempt, operation), wave)

    def _attempt(self, operation: str, batch: Batch) -> Attempt:
        indices, texts = list(batch.texts), list(batch.texts.values())
        try:
            call = getattr(self._calls.client, operation)
            response = call(TextList=texts, **batch.arguments)
        except ClientError as error:
            return Attempt(reason=_reason(error))
        except _NEVER_SENT:
            return Attempt(reason=UNAVAILABLE)
        except BotoCoreError:  # no response; the call may have been billed
            return Attempt(reason=UNAVAILABLE, billed=indices)
        results = {indices[result["Index"]]: result for result in response["ResultList"]}
        model = response["ResponseMetadata"]["HTTPHeaders"].get(MODEL_HEADER, AWS_MODEL)
        return Attempt(results, model, billed=results)

    def _settle(self, operation: str, batch: Batch, attempt: Attempt) -> Batch | None:
        """Account for an attempt; the batch to send again, if any."""
        for index, text in batch.texts.items():
            if index not in attempt.billed:
                self._reservations.refund(index, units_of([text]))
        self.models.update(dict.fromkeys(attempt.results, attempt.model))
        if attempt.reason == THROTTLED:
            return batch
        left = {i: text for i, text in batch.texts.items() if i not in attempt.results}
        if attempt.reason not in ("", UNAVAILABLE):
            self.fail(left, attempt.reason)
        elif left and batch.failures + 1 == MAX_ATTEMPTS:
            self.fail(left, UNAVAILABLE)
            if attempt.reason:
                self._stops.setdefault(operation, UNAVAILABLE)
        elif left:
            return Batch(left, batch.arguments, batch.failures + 1)
        return None

    def _adapt(self, operation: str, attempts: Sequence[Attempt], is_troubled: bool) -> None:
        """Run fewer calls at once after trouble, and wait; otherwise one more."""
        if not is_troubled:
            self._width = min(MAX_CONCURRENT, self._width + 1)
            self._troubles = 0
            return
        self._width = max(1, self._width // 2)
        self._troubles = 0 if any(attempt.results for attempt in attempts) else self._troubles + 1
        wait = backoff(self._troubles, BACKOFF, LONGEST_WAIT)
        if self._left() <= wait:
            is_throttled = any(attempt.reason == THROTTLED for attempt in attempts)
            self._stops.setdefault(operation, THROTTLED if is_throttled else UNAVAILABLE)
        elif operation not in self._stops:
            self._calls.sleep(wait)

    def _left(self) -> float:
        return self._end - self._calls.clock()


def _part(batch: Batch, start: int, end: int) -> Batch:
    texts = dict(list(batch.texts.items())[start:end])
    return Batch(texts, batch.arguments, batch.failures)


def _reason(error: ClientError) -> str:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "UnsupportedLanguageException":
        return UNSUPPORTED_LANGUAGE
    if is_throttle_code(code) or status == 429:
        return THROTTLED
    is_failure = status >= 500 or code == "InternalServerException"
    return UNAVAILABLE if is_failure else f"{FAILURE}{code}"
