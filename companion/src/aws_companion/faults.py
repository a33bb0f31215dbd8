"""Faults on demand, so that tests can see what a client does when the service misbehaves."""

import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

from aws_companion.protocol import ServiceError


class InvalidFaultPlan(Exception):
    """A description of faults that cannot be read. The message names the field."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """How many of the next requests go wrong, and how. A request meets one of each kind.

    `wait` requests wait for `latency_ms` milliseconds and are then treated like any other;
    `throttle` requests are refused with ThrottlingException, then `fail` requests with
    InternalServerException (500); of the next `partial` batches only the first `answered` texts
    get an answer, the others an entry in the ErrorList.
    """

    throttle: int = 0
    fail: int = 0
    wait: int = 0
    latency_ms: int = 0
    partial: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request; `answered` is how many texts of a batch get an answer."""

    wait_seconds: float = 0.0
    error: ServiceError | None = None
    answered: int | None = None


def parse_fault_plan(body: object) -> FaultPlan:
    """A plan from JSON: an object with any of the fields, none below zero.

    Raises `InvalidFaultPlan`.
    """
    names = [field.name for field in fields(FaultPlan)]
    if not isinstance(body, dict):
        raise InvalidFaultPlan(f"expected an object with any of {', '.join(names)}")
    for name, value in body.items():
        if name not in names:
            raise InvalidFaultPlan(f"{name}: no such fault; there are {', '.join(names)}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InvalidFaultPlan(f"{name}: expected a whole number from 0")
    return FaultPlan(**body)


class FaultInjector:
    """The faults still to come. Safe to use from several threads."""

    def __init__(self) -> None:
        self._left = dict.fromkeys(asdict(FaultPlan()), 0)
        self._lock = threading.Lock()

    def set(self, faults: FaultPlan) -> None:
        """Replace what was left with these."""
        with self._lock:
            self._left = asdict(faults)

    def clear(self) -> None:
        self.set(FaultPlan())

    def left(self) -> dict[str, Any]:
        """What is still to come, as JSON."""
        with self._lock:
            return dict(self._left)

    def next(self, is_batch: bool) -> Fault:
        """The fate of the next request, taken off what is left."""
        with self._lock:
            wait = self._left["latency_ms"] / 1000 if self._take("wait") else 0.0
            if self._take("throttle"):
                return Fault(wait, ServiceError("ThrottlingException", "Rate exceeded"))
            if self._take("fail"):
                message = "An internal server error was asked for"
                return Fault(wait, ServiceError("InternalServerException", message, 500))
            answered = self._left["answered"] if is_batch and self._take("partial") else None
            return Fault(wait, answered=answered)

    def _take(self, name: str) -> bool:
        if self._left[name] == 0:
            return False
        self._left[name] -= 1
        return True
