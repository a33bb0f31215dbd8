"""What the page Alerts has of destinations, and what admins are told of a change."""

from typing import Any

import pytest

from dashboard.data import destinations
from dashboard.data.errors import ServiceError
from dashboard.data.messages import OWN_TEXTS
from echostream.domain.alerts.destinations import SENDS, Kind
from echostream_client.api import ApiFailed
from tests.unit.dashboard.destination_responses import SECRET, Destinations, destination

WANTED = {
    "kind": "webhook",
    "name": " hook ",
    "address": " https://hooks.example/x ",
    "sends": ["alerts", "weekly"],
    "with_texts": True,
}
FAILED = ApiFailed(409, "destination_failed", "HTTP 409: hooks.example: HTTP 500")


def api_of(*stored: Any, refusal: Any = None) -> Any:
    api = Destinations(*stored)
    api.refusal = refusal
    return api


def test_destinations_are_a_row_each():
    """With the labels of the kind and of what is sent, and the time of the last message."""
    report = destination(
        "hook",
        "webhook",
        "https://hooks.example",
        sends=["alerts", "daily", "weekly"],
        with_texts=True,
        state="failing",
        sent_at="2026-05-20T11:00:00Z",
        error="hooks.example: HTTP 500",
    )
    listed = destinations.list_destinations(api_of(report, destination()))
    assert listed.names == ["hook", "mail"]
    hook, mail = listed.table.astype(object).to_dict("records")
    assert tuple(hook) == destinations.COLUMNS
    assert (hook["Kind"], mail["Kind"]) == ("Webhook", "E-mail")
    assert hook["Sends"] == "Alerts, Daily report, Weekly report"
    assert (hook["Texts"], mail["Texts"]) == ("Quoted, masked", "Not quoted")
    assert hook["Last message"].isoformat() == "2026-05-20T11:00:00+00:00"
    assert (hook["Last error"], mail["Last error"]) == ("hooks.example: HTTP 500", "")
    assert listed.table["Last message"].isna().tolist() == [False, True]


def test_only_states_of_the_table_are_explained():
    """One on each line; a state without an explanation is in the table only."""
    pending = destination(state="pending")
    listed = destinations.list_destinations(api_of(pending, destination("new"), destination("a")))
    pending_line, new_line = listed.explained.split("  \n")
    assert pending_line.startswith("**pending**: the address must confirm the message from AWS")
    assert new_line.startswith("**new**")
    unknown = destinations.list_destinations(api_of(destination(state="late", kind="fax")))
    assert (unknown.explained, unknown.table["Kind"][0]) == ("", "fax")


def test_tenant_without_destinations_has_an_empty_table():
    """With all columns."""
    listed = destinations.list_destinations(api_of())
    assert (listed.names, listed.explained) == ([], "")
    assert tuple(listed.table.columns) == destinations.COLUMNS


def test_unreadable_response_is_an_error():
    """For example one of another version of the API."""
    with pytest.raises(ServiceError) as caught:
        destinations.list_destinations(api_of({"name": "a"}))
    assert caught.value.kind == "unreadable"


def test_forms_have_each_kind_and_what_can_be_sent():
    """Those of the API."""
    assert set(destinations.KINDS) == set(Kind)
    assert set(destinations.SEND_LABELS) == set(SENDS)


def test_webhook_has_a_signing_secret_once():
    """It is not in a repr, which a log or an error would have; the fields have no spaces around."""
    api = api_of()
    change = destinations.add(api, WANTED)
    assert list(change.secrets.values()) == [SECRET]
    assert SECRET not in repr(change)
    sent = {**WANTED, "name": "hook", "address": "https://hooks.example/x"}
    assert api.destination_calls == [("add", sent)]


@pytest.mark.parametrize(
    ("kind", "text"), [("email", "AWS sends a message"), ("slack", "Send a test message")]
)
def test_other_kinds_have_no_secret(kind, text):
    """Somebody must open the link in the message to an e-mail address."""
    change = destinations.add(api_of(), {**WANTED, "kind": kind})
    assert not change.secrets
    assert text in change.text


def test_destination_that_gets_nothing_is_refused():
    """Without a request."""
    api = api_of()
    with pytest.raises(ServiceError, match="choose at least one") as caught:
        destinations.add(api, {**WANTED, "sends": []})
    assert caught.value.kind == "not_changed"
    assert api.destination_calls == []


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ApiFailed(400, "invalid_value", "HTTP 400: address: must begin"), "address: must begin"),
        (ApiFailed(403, "host_not_allowed", "HTTP 403: address: x is no"), "address: x is no"),
        (ApiFailed(409, "exists", "HTTP 409: name: acme has"), "name: acme has"),
    ],
)
def test_refused_destination_has_the_reason_of_the_api(error, text):
    """Which names the field."""
    with pytest.raises(ServiceError) as caught:
        destinations.add(api_of(refusal=error), WANTED)
    assert caught.value.kind == "not_changed"
    assert text in caught.value.message.replace("\\", "")


def test_test_message_that_was_not_sent_has_the_reason():
    """That of the destination."""
    with pytest.raises(ServiceError, match=r"^The test message was not sent\.") as caught:
        destinations.send_test(api_of(destination("hook"), refusal=FAILED), "hook")
    assert (caught.value.kind, caught.value.is_permanent) == ("not_sent", True)
    assert "hooks.example: HTTP 500" in caught.value.message.replace("\\", "")


def test_changes_name_the_destination():
    """As plain text."""
    name = "*a*"
    api = api_of(destination(name))
    assert r"\*a\*" in destinations.send_test(api, name).text
    assert r"\*a\*" in destinations.remove(api, name).text
    assert api.destination_calls == [("test", name), ("remove", name)]


def test_member_without_the_role_is_told_who_has_it():
    """Their token can be older than their roles."""
    denied = ApiFailed(403, "role_needed", "HTTP 403: no")
    for change in (destinations.send_test, destinations.remove):
        with pytest.raises(ServiceError, match="the role admin"):
            change(api_of(destination(), refusal=denied), "mail")


def test_empty_state_says_what_a_destination_is_and_who_adds_one():
    """The page shows it to readers too, who have no form."""
    assert "A destination is an e-mail address" in OWN_TEXTS["no_destinations"]
    assert "Admins of the tenant add" in OWN_TEXTS["no_destinations"]
