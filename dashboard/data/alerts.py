"""The data of the page Alerts, and of the notice on the page Live."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from dashboard.data.errors import translate_errors
from echostream.domain.alerts.alert import Subject
from echostream.domain.alerts.deviations import Metric
from echostream.domain.alerts.messages import subject_text
from echostream.domain.codec import time_to_wire
from echostream_client.api import ApiClient

DAYS = 30
"""Of alerts that the page shows."""
MOST = 500
"""Alerts that the page shows."""
RECENT = timedelta(hours=24)
"""The time after its end in which an alert is on the page Live."""
RECENT_DAYS = 7
"""In which an alert begins that is on the page Live: unusual hours may follow each other long."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is unusual: a number of documents or a mean score, and what is expected."""

    value: float
    expected: float
    deviations: float


@dataclass(frozen=True, slots=True)
class Alert:
    """Unusual hours in [start, end) of a subject.

    `changes` has the largest deviation by the API's name of the metric. `text` says all this in
    English; neither it nor the subject is escaped.
    """

    id: str
    subject: Subject
    start: datetime
    end: datetime
    changes: Mapping[str, Change]
    text: str

    @property
    def volume(self) -> Change | None:
        """How the number of documents differs; None if it is usual."""
        return self.changes.get(Metric.VOLUME)

    @property
    def sentiment(self) -> Change | None:
        """How the mean score differs; None if it is usual."""
        return self.changes.get(Metric.SENTIMENT)


@dataclass(frozen=True, slots=True)
class History:
    """Alerts of a period of days, newest first; it has more if they are not `complete`.

    `watched_to` is the end of the last hour that was compared; None before the first.
    """

    alerts: Sequence[Alert]
    days: int
    is_complete: bool
    watched_to: datetime | None


def load(api: ApiClient, now: datetime, days: int = DAYS) -> History:
    """Fetch the alerts that began in the last days. Raises `ServiceError`."""
    start = time_to_wire(now - timedelta(days=days))
    with translate_errors():
        response = api.alerts(**{"from": start}, limit=MOST)
        watched_to = response["watched_to"]
        return History(
            [_alert(one) for one in response["alerts"]],
            days,
            bool(response["complete"]),
            datetime.fromisoformat(watched_to) if watched_to else None,
        )


def _alert(one: Mapping[str, Any]) -> Alert:
    subject = one["subject"]
    return Alert(
        id=str(one["id"]),
        subject=Subject(subject["source"], tuple(subject["terms"])),
        start=datetime.fromisoformat(one["from"]),
        end=datetime.fromisoformat(one["to"]),
        changes={str(change["metric"]): _change(change) for change in one["changes"]},
        text=str(one["text"]),
    )


def _change(one: Mapping[str, Any]) -> Change:
    return Change(*(float(one[name]) for name in ("value", "expected", "deviations")))


def recent(history: History, now: datetime) -> list[Alert]:
    """The alerts that ended in the last 24 hours, newest first."""
    return [alert for alert in history.alerts if alert.end > now - RECENT]


def table(alerts: Sequence[Alert]) -> pd.DataFrame:
    """A row for each alert; what is usual is NaN."""
    volumes, means = [one.volume for one in alerts], [one.sentiment for one in alerts]
    return pd.DataFrame(
        {
            "When (UTC)": [period(one) for one in alerts],
            "What": [subject_text(one.subject) for one in alerts],
            "Documents": _values(volumes),
            "Expected documents": _expected(volumes),
            "Mean score": _values(means),
            "Expected mean score": _expected(means),
            "How unusual": _numbers(map(_largest, alerts)),
        }
    )


def _values(changes: Sequence[Change | None]) -> pd.Series:
    return _numbers(one.value if one else None for one in changes)


def _expected(changes: Sequence[Change | None]) -> pd.Series:
    return _numbers(one.expected if one else None for one in changes)


def _largest(alert: Alert) -> float | None:
    """The largest deviation in any direction."""
    return max((abs(one.deviations) for one in alert.changes.values()), default=None)


def _numbers(values: Iterable[float | None]) -> pd.Series:
    return pd.Series(list(values), dtype="float64")


def period(alert: Alert) -> str:
    """From when to when, in UTC; a second time of the same day has no date."""
    start, end = alert.start, alert.end
    ending = "%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M"
    return f"{start:%Y-%m-%d %H:%M} to {end:{ending}}"
