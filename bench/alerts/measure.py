"""Counts the false alarms of a method in made-up tenants, and the events that it finds.

- A false alarm is an alert in days without events: in the first 30 of a tenant, and in 30 that have
  four weeks before them.
- An event is found if an alert in its hours has its metric and direction. Each is put into hours
  without other events, after four weeks, at any time of day.
- The delay is the time from its begin to the end of the first unusual hour, so that it is an hour
  at least. The time until documents are counted comes on top.
"""

from dataclasses import dataclass, field

import numpy as np

from bench.alerts.events import EVENTS, Event, put
from bench.alerts.methods import METHODS, Method
from bench.alerts.tenants import Draw, Hours, Tenant, hours
from echostream.domain.alerts.deviations import HOUR

PERIOD, HISTORY = 30, 28
"""Days that are measured, and days before them."""
DAYS = HISTORY + PERIOD
OF_ALL, OF_ONE = 3, 6
"""Events of a kind in each made-up tenant: of all sources, and of one."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: a method with a tenant."""

    method: str
    tenant: Tenant
    seed: int


@dataclass(slots=True)
class Found:
    """Events: their number, and the delay in hours and the alerts of each that was found."""

    number: int = 0
    delays: list[float] = field(default_factory=list)
    alerts: list[int] = field(default_factory=list)

    def __add__(self, other: "Found") -> "Found":
        return Found(
            self.number + other.number, self.delays + other.delays, self.alerts + other.alerts
        )


@dataclass(frozen=True, slots=True)
class Result:
    """False alarms of the first 30 days and of later ones; events of all sources and of one."""

    case: Case
    false_alarms: tuple[int, int]
    of_all: list[Found]
    of_one: list[Found]


def measure(case: Case) -> Result:
    """What a method finds. Events of one source are ours only: other methods do not see sources."""
    method, made = METHODS[case.method], hours(case.tenant, DAYS, case.seed)
    draw = np.random.default_rng(case.seed)
    one = EVENTS if case.method == "ours" and case.tenant.sources > 1 else ()
    return Result(
        case,
        false_alarms(method, made),
        [_found(method, made, event, OF_ALL, draw) for event in EVENTS],
        [_found(method, made, event, OF_ONE, draw) for event in one],
    )


def false_alarms(method: Method, made: Hours) -> tuple[int, int]:
    """Alerts of the first 30 days, and of the 30 days after four weeks; there is no event."""
    young = method(made, 0, PERIOD * 24)
    return len(young), len(method(made, HISTORY * 24, DAYS * 24))


def _found(method: Method, made: Hours, event: Event, number: int, draw: Draw) -> Found:
    """What is found of events of a kind, each by itself."""
    found = (_find(method, made, event, number == OF_ONE, draw) for _ in range(number))
    return sum(found, Found())


def _find(method: Method, made: Hours, event: Event, is_of_one: bool, draw: Draw) -> Found:
    length = int(draw.integers(event.length[0], event.length[1], endpoint=True))
    first = int(draw.integers(HISTORY * 24, DAYS * 24 - length))
    source = int(draw.integers(len(made.totals)))
    sources = slice(source, source + 1) if is_of_one else slice(None)
    sign = int(draw.choice((-1, 1)))
    changed = put(made, event, (sources, slice(first, first + length)), sign, draw)
    raised = method(changed, first, first + length)
    right = [
        alert for alert in raised if {change.kind for change in alert.changes} & event.kinds(sign)
    ]
    if not right:
        return Found(1)
    delay = (min(alert.start for alert in right) + HOUR - made.at(first)) / HOUR
    return Found(1, [delay], [len(raised)])
