"""Alerts of real documents at their real times.

The tweets of two candidates in 2016 have texts and times (`bench.themes.data`). The Numenta Anomaly
Benchmark has numbers of tweets about ten companies, for 55 days of 2015, and periods that people
labelled as anomalous. It is in no package registry, and has another licence (AGPL); whoever has a
copy can measure with it.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.alerts.methods import METHODS, Method
from bench.alerts.tenants import Hours, compounds
from bench.themes.data import election
from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.deviations import HOUR
from echostream.domain.alerts.messages import describe
from echostream.domain.model import hour_of

Row = tuple[datetime, int, float]
"""A time, a number of documents, and the sum of their compounds."""


@dataclass(frozen=True, slots=True)
class Series:
    """The hours of a company, and the labelled periods."""

    made: Hours
    periods: list[tuple[datetime, datetime]]


def tweets() -> Iterator[str]:
    """The alerts of the candidates' tweets, and their number by method."""
    rows = election()
    scores = compounds([text for _, text in rows]).tolist()
    made = _hours([(at, 1, score) for (at, _), score in zip(rows, scores, strict=True)])
    yield from ("| hour (UTC) | |", "|---|---|")
    for alert in _all(METHODS["ours"], made):
        yield f"| {alert.start:%Y-%m-%d %H:%M} | {describe(alert).partition(': ')[2]} |"
    for name, method in METHODS.items():
        yield f"| {name} | {len(_all(method, made))} alerts in {made.totals.size:,} hours |"


def companies(folder: Path) -> Iterator[str]:
    """Alerts about the companies by method: their number, and those in labelled periods."""
    series = list(_series(folder))
    hours = sum(one.made.totals.size for one in series)
    yield "| method | alerts | in 1,000 hours | in labelled periods | periods with an alert |"
    yield "|---" * 5 + "|"
    for name, method in METHODS.items():
        raised = [(one, _all(method, one.made)) for one in series]
        number = sum(len(own) for _, own in raised)
        inside = sum(any(_meet(a, p) for p in one.periods) for one, own in raised for a in own)
        found = [any(_meet(a, p) for a in own) for one, own in raised for p in one.periods]
        share = f"{sum(found)} of {len(found)}"
        yield f"| {name} | {number} | {number / hours * 1000:.1f} | {inside} | {share} |"


def _all(method: Method, made: Hours) -> list[Alert]:
    return method(made, 0, made.totals.size)


def _series(folder: Path) -> Iterator[Series]:
    labels: dict[str, Any] = json.loads((folder / "labels" / "combined_windows.json").read_text())
    for file in sorted((folder / "data" / "realTweets").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as text:
            rows = [
                (_time(row["timestamp"]), int(row["value"]), 0.0) for row in csv.DictReader(text)
            ]
        periods = [(_time(a), _time(b)) for a, b in labels[f"realTweets/{file.name}"]]
        yield Series(_hours(rows), periods)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _meet(alert: Alert, period: tuple[datetime, datetime]) -> bool:
    return alert.start < period[1] and period[0] < alert.end


def _hours(rows: Iterable[Row]) -> Hours:
    """The hours of one source."""
    ordered = sorted(rows)
    start = hour_of(ordered[0][0])
    number = (ordered[-1][0] - start) // HOUR + 1
    totals, sums = np.zeros((1, number), np.int64), np.zeros((1, number))
    for at, total, in_sum in ordered:
        totals[0, (at - start) // HOUR] += total
        sums[0, (at - start) // HOUR] += in_sum
    return Hours(totals, sums.round(4), start)
