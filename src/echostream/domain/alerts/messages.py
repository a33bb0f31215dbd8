"""Alerts in English, the same in the API, in messages to destinations and on the frontends.

A message is plain text and JSON. Names of sources and texts of documents may have any character:
in plain text each is on one line.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from echostream.domain.alerts.alert import Alert, Subject
from echostream.domain.alerts.destinations import Destination
from echostream.domain.alerts.deviations import HOUR, Deviation, Metric
from echostream.domain.codec import time_to_wire
from echostream.domain.model import in_words
from echostream.domain.picture import Picture
from echostream.domain.quotations import Quotations
from echostream.domain.themes.corpus import Mention

PICTURE = "cid:picture"
"""The address of the picture of a message in its HTML."""
MAX_DOCUMENTS = 3
"""Documents of an alert that a message quotes."""
_QUOTATIONS = Quotations(is_masked=True)
"""Messages leave EchoStream, so that slurs and personal data are masked."""
Documents = Mapping[str, Sequence[Mention]]
"""The documents to quote, by the id of an alert."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message about alerts, a report, or a test. What is sent again has the same id.

    `html` shows `picture` by `PICTURE`, for senders that can.
    """

    id: str
    at: datetime
    subject: str
    text: str
    payload: Mapping[str, Any]
    html: str = ""
    picture: Picture | None = None


def describe(alert: Alert) -> str:
    """What an alert is about and what is unusual, in a sentence without a period."""
    changes = "; ".join(map(_change, alert.changes))
    return f"{subject_text(alert.subject)}: {changes}{_length(alert)}"


def subject_text(subject: Subject) -> str:
    """The documents of a subject; the name of a source is not escaped."""
    if subject.terms:
        return f"Theme {', '.join(subject.terms)}"
    return "All sources" if subject.source is None else f"Source {subject.source}"


def alert_to_wire(alert: Alert) -> dict[str, Any]:
    """An alert as the API returns it. Numbers are rounded."""
    subject = alert.subject
    return {
        "id": alert.id,
        "subject": {
            "kind": subject.id.partition(":")[0],
            "source": subject.source,
            "terms": list(subject.terms),
        },
        "from": time_to_wire(alert.start),
        "to": time_to_wire(alert.end),
        "changes": [_change_to_wire(one) for one in alert.changes],
        "text": describe(alert),
        "noticed_at": time_to_wire(alert.noticed_at),
    }


def alerts_message(
    destination: Destination, alerts: Sequence[Alert], documents: Documents, page: str, at: datetime
) -> Message:
    """A message about alerts. `page` is the address of the page that shows them; may be empty."""
    several = f"{len(alerts)} alerts of {destination.tenant}"
    subject = _described(alerts[0]) if len(alerts) == 1 else several
    parts = [_paragraph(alert, documents.get(alert.id, ())) for alert in alerts]
    wire = [{**_masked(one), "documents": _quoted(documents.get(one.id, ()))} for one in alerts]
    return Message(
        message_id(destination, *sorted(alert.id for alert in alerts)),
        at,
        f"EchoStream: {subject}",
        "\n\n".join(filter(None, (*parts, page, reason(destination)))),
        {"type": "alerts", "tenant": destination.tenant, "alerts": wire},
    )


def trial_message(destination: Destination, page: str, at: datetime) -> Message:
    """A message that shows whether a destination works."""
    about = f"This is a test. Messages of {destination.tenant} will arrive like this one."
    return Message(
        message_id(destination, "test", time_to_wire(at)),
        at,
        f"EchoStream: test of the destination {destination.name}",
        "\n\n".join(filter(None, (about, page, reason(destination)))),
        {"type": "test", "tenant": destination.tenant, "alerts": []},
    )


def message_id(destination: Destination, *parts: str) -> str:
    """The id of a message to a destination that has these parts."""
    text = "\n".join((destination.id, *parts))
    return f"msg_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def reason(destination: Destination) -> str:
    """Why somebody gets a message: they may not have asked for it."""
    sent = f"{destination.tenant} sends this to its destination {destination.name}."
    return f"{sent} Its admins can remove it."


def _paragraph(alert: Alert, documents: Sequence[Mention]) -> str:
    quoted = map(_quotation, documents[:MAX_DOCUMENTS])
    return "\n".join((_described(alert), _period(alert), *quoted))


def _described(alert: Alert) -> str:
    return one_line(_QUOTATIONS.words(describe(alert)))


def _masked(alert: Alert) -> dict[str, Any]:
    """An alert as webhooks get it: the terms of its theme are words of documents."""
    wire = alert_to_wire(alert)
    terms = _QUOTATIONS.all_words(alert.subject.terms)
    subject = {**wire["subject"], "terms": terms}
    return {**wire, "subject": subject, "text": _QUOTATIONS.words(wire["text"])}


def _period(alert: Alert) -> str:
    start, end = alert.start.astimezone(UTC), alert.end.astimezone(UTC)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} to {last} UTC"


def _quotation(one: Mention) -> str:
    at = one.created_at.astimezone(UTC)
    label = in_words(one.label)
    text = _QUOTATIONS.excerpt(one.text)
    return f"- {one_line(text)} ({one_line(one.source)}, {at:%Y-%m-%d %H:%M}, {label})"


def _quoted(documents: Sequence[Mention]) -> list[dict[str, Any]]:
    return _QUOTATIONS.cited(documents[:MAX_DOCUMENTS])


def one_line(text: str) -> str:
    """A text on one line, without invisible characters that could change what it seems to say."""
    shown = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(shown).split())


def _change(one: Deviation) -> str:
    if one.metric is Metric.VOLUME:
        expected = math.floor(one.expected + 0.5)  # as the tables of frontends round it
        return f"{one.value:,.0f} documents in an hour, about {expected:,} expected"
    return f"mean score {one.value:+.2f}, about {one.expected:+.2f} expected"


def _change_to_wire(one: Deviation) -> dict[str, Any]:
    is_volume = one.metric is Metric.VOLUME
    return {
        "metric": one.metric.value,
        "hour": time_to_wire(one.hour),
        "value": round(one.value) if is_volume else round(one.value, 4),
        "expected": round(one.expected, 1 if is_volume else 4),
        "deviations": round(one.deviations, 1),
    }


def _length(alert: Alert) -> str:
    hours = round((alert.end - alert.start) / HOUR)
    return f" (within {hours} hours)" if hours > 1 else ""
