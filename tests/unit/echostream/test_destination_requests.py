"""What requests about destinations name, and what is refused. Destinations as JSON."""

import json
from dataclasses import replace

import pytest

from echostream.domain.alerts.destinations import Destination, Kind, Listed
from echostream.domain.errors import BadRequest
from echostream.entrypoints import destination_requests
from tests.builders import NOW
from tests.destinations_contract import AT, LATER, destination
from tests.unit.echostream.test_member_requests import event

NEW = {"name": "mail", "kind": "email", "address": "ann@example.org"}


def test_body_names_a_destination():
    """Its tenant is the caller's, and its address is apart; texts are not sent by default."""
    wanted, address = destination_requests.new_destination(event(json.dumps(NEW)), "acme", NOW)
    assert wanted == Destination("acme", "mail", Kind.EMAIL, NOW, False, "")
    assert address == "ann@example.org"
    body = json.dumps({**NEW, "with_texts": True})
    assert destination_requests.new_destination(event(body), "acme", NOW)[0].with_texts


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": None}, "name: is required, as a string"),
        ({"kind": "fax"}, "kind: must be one of email, webhook, slack"),
        ({"kind": []}, "kind: is required, as a string"),
        ({"address": 1}, "address: is required, as a string"),
        ({"with_texts": "yes"}, "with_texts: must be true or false"),
        ({"with_texts": 1}, "with_texts: must be true or false"),
        ({"with_texts": None}, "with_texts: must be true or false"),
        (
            {"tenant": "globex"},
            "tenant: unknown field; known: name, kind, address, with_texts, sends",
        ),
        ({"secret": "a"}, "secret: unknown field"),
        ({"sends": []}, "sends: must be a list of one or more of alerts, daily, weekly"),
        ({"sends": ["daily", "hourly"]}, "sends: must be a list of one or more of"),
        ({"sends": "daily"}, "sends: must be a list"),
        ({"sends": [["daily"]]}, "sends: must be a list"),
        ({"sends": [1]}, "sends: must be a list"),
        ({"sends": {"daily": True}}, "sends: must be a list"),
        ({"sends": None}, "sends: must be a list"),
    ],
)
def test_wrong_field_is_named(changes, message):
    with pytest.raises(BadRequest, match=message):
        destination_requests.new_destination(event(json.dumps({**NEW, **changes})), "acme", NOW)


def test_body_says_what_is_sent():
    """Alerts, unless it says so; a word that is repeated counts once."""
    bodies = [NEW, {**NEW, "sends": ["weekly", "daily", "daily"]}]
    found = [
        destination_requests.new_destination(event(json.dumps(b)), "acme", NOW)[0] for b in bodies
    ]
    assert [one.sends for one in found] == [{"alerts"}, {"daily", "weekly"}]
    shown = destination_requests.to_wire(Listed(found[1]))["sends"]
    assert shown == ["daily", "weekly"]


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize("end", ["", "/test"])
def test_path_names_a_destination(prefix, end):
    """Also one whose name is that of the operation."""
    for name in ("mail", "test"):
        path = f"{prefix}/destinations/{name}{end}"
        assert destination_requests.name_of_destination(event(path=path)) == name


def test_destination_as_json_has_no_credentials():
    """Nor the ARN of a subscription; the error is that of a destination that fails now."""
    one = destination(secret="secret-name", subscription="arn:secret")
    failing = destination_requests.to_wire(Listed(one, AT, LATER, "HTTP 500"))
    assert failing == {
        "name": "chat",
        "kind": "slack",
        "address": "hooks.slack.com",
        "with_texts": True,
        "sends": ["alerts"],
        "added_at": "2026-05-20T12:30:15.123456Z",
        "state": "failing",
        "error": "HTTP 500",
        "sent_at": "2026-05-20T12:30:15.123456Z",
        "failed_at": "2026-05-20T13:30:15.123456Z",
    }
    recovered = destination_requests.to_wire(Listed(replace(one, with_texts=False), LATER, AT, "x"))
    assert (recovered["state"], recovered["error"], recovered["with_texts"]) == ("ok", "", False)
    new = destination_requests.to_wire(Listed(one), destination_requests.PENDING)
    assert (new["state"], new["sent_at"], new["failed_at"]) == ("pending", None, None)
