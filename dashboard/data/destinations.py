"""What the page Alerts shows of destinations, and what admins change there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.data.changes import Change, said, translate_changes
from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import OWN_TEXTS
from echostream.domain.alerts.destination_addresses import SLACK_HOST
from echostream.domain.alerts.destinations import Kind
from echostream_client.admin_calls import AdminCalls

COLUMNS = ("Name", "Kind", "Address", "Sends", "Texts", "State", "Last message", "Last error")
SEND_LABELS = {"alerts": "Alerts", "daily": "Daily report", "weekly": "Weekly report"}
"""Names of what can be sent to a destination, by the API's."""
STATES = {
    "pending": "the address must confirm the message from AWS. Until then it gets no messages.",
    "new": "no message was sent yet.",
    "ok": "the last message was sent.",
    "failing": "the last message was not sent, for the reason in the last column.",
}
"""What the states of destinations mean, in Markdown."""


@dataclass(frozen=True, slots=True)
class AboutKind:
    """What a form says about a kind of destination; `about` is Markdown.

    An address that `is_secret` is a credential: the API returns its host only.
    """

    label: str
    address: str
    example: str
    about: str
    is_secret: bool


KINDS: Mapping[str, AboutKind] = {
    Kind.EMAIL.value: AboutKind(
        "E-mail",
        "E-mail address",
        "ann@example.org",
        "AWS sends a message to the address first. The address gets alerts and reports after"
        " somebody has opened the link in that message.",
        is_secret=False,
    ),
    Kind.WEBHOOK.value: AboutKind(
        "Webhook",
        "Address of the webhook",
        "https://hooks.example.org/alerts",
        "The address takes POST requests with JSON, and begins with `https://`. An operator must"
        " allow its host: `echostream source allow HOST`. Requests are signed as [Standard"
        " Webhooks](https://www.standardwebhooks.com) says; the signing secret is shown once, when"
        " the webhook is added.",
        is_secret=True,
    ),
    Kind.SLACK.value: AboutKind(
        "Slack",
        "Address of Slack's incoming webhook",
        f"https://{SLACK_HOST}/services/...",
        "Slack makes the address when you add an incoming webhook to a channel. It begins with"
        f" `https://{SLACK_HOST}/`. Messages arrive in that channel.",
        is_secret=True,
    ),
}
"""By the API's names of kinds."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The destinations of a tenant: their names, and a table with COLUMNS.

    `explained` says in Markdown what the states in the table mean.
    """

    names: Sequence[str]
    table: pd.DataFrame
    explained: str


def list_destinations(api: AdminCalls) -> Listed:
    """Fetch the destinations. Raises `ServiceError`."""
    with translate_errors():
        listed = api.destinations()["destinations"]
        table = pd.DataFrame(map(_row, listed), columns=list(COLUMNS))
        return Listed([one["name"] for one in listed], table, _explained(set(table["State"])))


def _row(destination: Mapping[str, Any]) -> tuple[Any, ...]:
    kind, sent_at = destination["kind"], destination["sent_at"]
    sends = [SEND_LABELS.get(one, one) for one in destination["sends"]]
    return (
        destination["name"],
        KINDS[kind].label if kind in KINDS else kind,
        destination["address"],
        ", ".join(sends),
        "Quoted, masked" if destination["with_texts"] else "Not quoted",
        destination["state"],
        pd.Timestamp(sent_at) if sent_at else None,
        destination["error"],
    )


def _explained(states: set[str]) -> str:
    return "  \n".join(f"**{name}**: {text}" for name, text in STATES.items() if name in states)


def add(api: AdminCalls, destination: Mapping[str, Any]) -> Change:
    """Add a destination with the fields of the API's request. Raises `ServiceError`.

    The change has the signing secret of a webhook.
    """
    if not destination["sends"]:
        raise ServiceError("not_changed", OWN_TEXTS["sends_empty"])
    texts = {name: destination[name].strip() for name in ("name", "address")}
    with translate_changes():
        made = api.add_destination({**destination, **texts})
        text = "destination_pending" if made["state"] == "pending" else "destination_added"
        key = made.get("signing_secret")
        return Change(said(text, made["name"]), {OWN_TEXTS["signing_secret"]: key} if key else {})


def send_test(api: AdminCalls, name: str) -> Change:
    """Send a test message now. Raises `ServiceError`, with the reason of the destination."""
    with translate_changes(refused="not_sent"):
        return Change(said("destination_tested", api.test_destination(name)["name"]))


def remove(api: AdminCalls, name: str) -> Change:
    """Remove a destination with its credentials. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("destination_removed", api.remove_destination(name)["name"]))
