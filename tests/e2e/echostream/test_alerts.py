"""Alerts of the deployed stack, from documents that were sent through the API."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from echostream.adapters.webhooks import signature
from echostream.domain.codec import time_to_wire
from echostream.domain.model import hour_of
from echostream_cli.operate import alerts
from echostream_client.api import ApiFailed
from tests.accounts import Account
from tests.builders import TABLE
from tests.web_server import allowed_webhook, send

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def last_hour():
    """The start of the last hour that has ended."""
    return hour_of(datetime.now(UTC)) - HOUR


@pytest.fixture(scope="module")
def account(settings, sandbox, last_hour):
    """The admin of a tenant with ten good hours, and a bad one after them."""
    name = f"alerts-{uuid.uuid4().hex[:8]}"
    account = Account(settings, sandbox, name, tenant=name).with_password()
    sent = [one for n in range(1, 11) for one in documents(last_hour - n * HOUR, 10, "is great")]
    sent += documents(last_hour, 25, "is terrible")
    response = account.api.ingest(sent)
    assert response["accepted"] == len(sent), response
    return account


@pytest.fixture(scope="module")
def hook(settings, sandbox, account):
    """A webhook of the tenant: the headers and the bodies that it got, and its key."""
    received = []

    def receive(request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        received.append((dict(request.headers), body))
        send(request, b"")

    with allowed_webhook(settings, sandbox) as server:
        server.pages["/hook"] = receive
        destination = {"name": "hook", "kind": "webhook", "address": f"{server.url}/hook"}
        added = account.api.add_destination({**destination, "with_texts": True})
        yield received, added["signing_secret"]


@pytest.fixture(scope="module")
def report(settings, sandbox, account, hook):
    """What `make alerts` reports."""
    return watch(settings, sandbox)


def documents(hour, number, text):
    """A document a minute of an hour, each of an author of its own."""
    for minute in range(number):
        at = time_to_wire(hour + timedelta(minutes=minute))
        author = f"{hour:%H}-{minute}"
        yield {"text": f"The shop {text}", "author": author, "source": "shop", "created_at": at}


def watch(settings, sandbox):
    table = replace(TABLE, name=sandbox["TABLE_NAME"])
    return alerts.watch(settings.target, table, timedelta(days=2))


def test_bad_hour_is_an_alert(account, report, last_hour):
    """Of its source, with the mean score and what was expected; GET /alerts has it, too."""
    tenant = account.username
    [alert] = report["raised"][tenant]
    assert alert["subject"] == {"kind": "source", "source": "shop", "terms": []}
    [change] = alert["changes"]
    assert (change["metric"], change["hour"]) == ("sentiment", time_to_wire(last_hour))
    assert change["value"] < -0.4 < 0.4 < change["expected"]
    response = account.api.alerts()
    assert response["alerts"] == [alert]
    assert response["watched_to"] >= alert["to"]


def test_second_run_finds_nothing_new(settings, sandbox, account, report):
    """The alert stays as it is."""
    assert account.username not in watch(settings, sandbox)["raised"]
    assert account.api.alerts()["alerts"] == report["raised"][account.username]


def test_documents_behind_an_alert_are_those_of_its_period(account, report):
    """The parameters of an alert are those of GET /themes and GET /query."""
    [alert] = report["raised"][account.username]
    period = {"from": alert["from"], "to": alert["to"]}
    found = account.api.query(**period, source="shop", sentiment="NEGATIVE")["documents"]
    assert len(found) == 25
    terms = {one["term"] for one in account.api.themes(**period, against="week")["drivers"]}
    assert "terrible" in terms


def test_webhook_gets_the_alert(account, hook, report):
    """Once, signed, with documents behind it."""
    received, key = hook
    [(headers, body)] = received
    message = json.loads(body)
    [alert] = report["raised"][account.username]
    [sent] = message["alerts"]
    documents = sent.pop("documents")
    assert (message["type"], message["tenant"], sent) == ("alerts", account.username, alert)
    assert {one["text"] for one in documents} == {"The shop is terrible"}
    assert headers["webhook-signature"] == signature(
        key, headers["webhook-id"], headers["webhook-timestamp"], body
    )
    [destination] = [
        one for one in account.api.destinations()["destinations"] if one["name"] == "hook"
    ]
    assert (destination["state"], destination["error"]) == ("ok", "")


def test_destination_is_tested_and_removed(account, report):
    """An e-mail address confirms first, on AWS; a removed destination is in no list."""
    name = f"mail-{uuid.uuid4().hex[:8]}"
    address = f"{name}@example.com"
    account.api.add_destination({"name": name, "kind": "email", "address": address})
    assert account.api.test_destination(name)["state"] == "ok"
    account.api.remove_destination(name)
    assert name not in {one["name"] for one in account.api.destinations()["destinations"]}


@pytest.mark.parametrize(
    ("address", "code"),
    [("https://169.254.169.254/latest", "host_not_allowed"), ("ftp://127.0.0.1/", "invalid_value")],
)
def test_bad_address_is_refused(account, address, code):
    """With the field in the message; nothing is stored."""
    with pytest.raises(ApiFailed, match="address: ") as failed:
        account.api.add_destination({"name": "bad", "kind": "webhook", "address": address})
    assert failed.value.code == code
    assert "bad" not in {one["name"] for one in account.api.destinations()["destinations"]}


def test_tenants_see_their_own_alerts(settings, sandbox, account, report):
    """A tenant without documents has none."""
    name = f"alerts-{uuid.uuid4().hex[:8]}"
    other = Account(settings, sandbox, name, tenant=name).with_password()
    assert other.api.alerts()["alerts"] == []
