"""Fault injection: tests make the next requests fail, wait or end in part.

One plan applies to the requests of all services; each service can have one of its own beside it.
"""

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from aws_companion.protocol import ServiceError


class InvalidFaultPlan(Exception):
    """A fault plan that cannot be read. The message names the field."""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """How many of the next requests fail, and how. A request can meet one fault of each kind.

    `wait` requests are delayed by `latency_ms` milliseconds and then treated like any other.
    `throttle` requests get ThrottlingException, the next `fail` requests InternalServerException
    (500). In the next `partial` batches only the first `answered` items succeed; the others are
    in the ErrorList.
    """

    throttle: int = 0
    fail: int = 0
    wait: int = 0
    latency_ms: int = 0
    partial: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request; `answered` is the number of batch items that succeed."""

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
            raise InvalidFaultPlan(f"{name}: unknown fault; known: {', '.join(names)}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise InvalidFaultPlan(f"{name}: expected a whole number from 0")
    return FaultPlan(**body)


class FaultInjector:
    """The faults still to be injected. Threads may share it."""

    def __init__(self) -> None:
        self._remaining = asdict(FaultPlan())
        self._lock = threading.Lock()

    def set(self, plan: FaultPlan) -> None:
        """Replace the remaining faults."""
        with self._lock:
            self._remaining = asdict(plan)

    def clear(self) -> None:
        self.set(FaultPlan())

    def remaining(self) -> dict[str, Any]:
        """The remaining faults, as JSON."""
        with self._lock:
            return dict(self._remaining)

    def next(self, is_batch: bool) -> Fault:
        """Take the fault of the next request."""
        with self._lock:
            wait = self._remaining["latency_ms"] / 1000 if self._take("wait") else 0.0
            if self._take("throttle"):
                return Fault(wait, ServiceError("ThrottlingException", "Rate exceeded"))
            if self._take("fail"):
                message = "Injected internal server error"
                return Fault(wait, ServiceError("InternalServerException", message, 500))
            is_partial = is_batch and self._take("partial")
            return Fault(wait, answered=self._remaining["answered"] if is_partial else None)

    def _take(self, name: str) -> bool:
        if self._remaining[name] == 0:
            return False
        self._remaining[name] -= 1
        return True


class Faults:
    """The plan for all services, and one for each service. Threads may share it."""

    def __init__(self, services: Iterable[str]) -> None:
        self._shared = FaultInjector()
        self._own = {service: FaultInjector() for service in services}

    def plan_of(self, service: str | None) -> FaultInjector:
        """The plan of a service, None for the shared one. Raises `InvalidFaultPlan`."""
        if service is None:
            return self._shared
        if service not in self._own:
            known = ", ".join(sorted(self._own))
            raise InvalidFaultPlan(f"service: no such service here; known: {known}")
        return self._own[service]

    def clear(self, service: str | None) -> None:
        """Remove the faults of a service, or all. Raises `InvalidFaultPlan`."""
        self.plan_of(service).clear()
        if service is None:
            for injector in self._own.values():
                injector.clear()

    def next(self, service: str, is_batch: bool) -> Fault:
        """Take the fault of a service's next request: one of its own, else a shared one."""
        own = self._own[service].next(is_batch)
        return own if own != Fault() else self._shared.next(is_batch)


def check_injected(index: int, answered: int | None) -> None:
    """Raise the error of a batch item that an injected fault rejects."""
    if answered is not None and index >= answered:
        raise ServiceError("InternalServerException", "Injected error of a batch item")
