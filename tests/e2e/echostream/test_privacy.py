"""Privacy options of a tenant, set by the command, seen in everything that the sandbox stores."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
import urllib3

from tests.accounts import Account
from tests.commands import run
from tests.polling import wait_until
from tests.traces import traces

HTTP = urllib3.PoolManager(timeout=60)


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


@pytest.fixture
def command(settings, sandbox):
    """A function that runs a command of the tenant's operator; what it prints."""

    def call(*arguments):
        process = run(settings.environment(), "tenant", *arguments)
        assert process.returncode == 0, process.stderr
        return process.stdout

    return call


@pytest.fixture
def item(settings, sandbox):
    """A function that returns an item of the table."""
    client, table = settings.target.client("dynamodb"), sandbox["TABLE_NAME"]

    def get(pk, sk):
        return client.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]

    return get


@pytest.fixture
def call(sandbox, account):
    """A function that sends a request as the user; returns the JSON body."""

    def send(method, path):
        headers = {"Authorization": f"Bearer {account.user.token()}"}
        return json.loads(HTTP.request(method, sandbox["API_URL"] + path, headers=headers).data)

    return send


@pytest.fixture
def search(settings, sandbox):
    """A function that returns where texts are stored."""
    clients = [settings.target.client(name) for name in ("dynamodb", "s3")]
    return lambda *texts: traces(*clients, sandbox["TABLE_NAME"], sandbox["LAKE_BUCKET"], *texts)


@pytest.fixture
def logged(settings, sandbox):
    """A function that returns whether a log line of a function has a text."""
    logs = settings.target.client("logs")

    def is_logged(text):
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
        pages = [
            page
            for group in groups
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        ]
        messages = [event["message"] for page in pages for event in page["events"]]
        assert any("ingested" in message for message in messages)
        return any(text in message for message in messages)

    return is_logged


def test_author_and_address_are_not_stored(account, command, search, logged, name):
    """Neither address nor author is in the table, the lake, a response or a log; a repeat is one
    document; the author is erased by the real name, in all places."""
    address, author = f"ann.{name}@example.org", f"Ann Keller of {name}"
    command("privacy", name, "--authors", "pseudonym", "--redact", "on")
    document = {
        "text": f"{name}: write to {address} or call 020 7946 0123",
        "author": author,
        "url": f"https://example.org/?by={address}",
    }
    response = account.api.ingest([document, {"text": f"{name}: kept", "author": "Bea"}])
    assert account.api.ingest([document])["ids"] == response["ids"][:1]
    assert wait_until(lambda: any("enriched/" in key for key in search(name)))
    stored = {one["text"]: one for one in account.api.query()["documents"]}
    one = stored[f"{name}: write to [email] or call [phone]"]
    assert one["url"] == "https://example.org/?by=[email]"
    assert one["author"].startswith("anon-")
    assert len(stored) == 2
    assert {key.split("/")[0].split("#")[0] for key in search(one["author"])} >= {"doc", "raw"}
    assert search(address, author) == []
    assert not logged(address)


def test_author_is_erased_by_the_real_name(account, call, command, search, name):
    """Documents that were stored plainly, and those that were stored under the pseudonym."""
    author = f"Ann Keller of {name}"
    account.api.ingest([{"text": f"{name}: plain", "author": author}])
    command("privacy", name, "--authors", "pseudonym")

    def is_hidden():
        account.api.ingest([{"text": f"{name}: hidden", "author": author, "id": uuid4().hex}])
        authors = {one["author"] for one in account.api.query()["documents"]}
        return len(authors) == 2

    assert wait_until(is_hidden)
    account.api.ingest([{"text": f"{name}: kept", "author": "Bea"}])
    assert wait_until(lambda: any("enriched/" in key for key in search(f"{name}: hidden")))
    erasure = call("DELETE", f"/authors/{quote(author, safe='')}")
    assert wait_until(lambda: call("GET", f"/erasures/{erasure['id']}")["state"] == "done", 120)
    assert search(author, f"{name}: plain", f"{name}: hidden") == []
    assert [kept["text"] for kept in account.api.query()["documents"]] == [f"{name}: kept"]


def test_options_are_shown_without_the_key(account, command, item, search, name):
    """By `tenant show` and `GET /usage`; the key is in the tenant's item and nowhere else."""
    command("privacy", name, "--authors", "pseudonym")
    command("retention", name, "--table-days", "7")
    key = item("tenants", name)["pseudonym_key"]["S"]
    shown = command("show", name), command("show", name, "--json"), command("list", "--json")
    assert "authors pseudonym, redact off, table days 7" in shown[0]
    usage = account.api.usage()
    assert usage["privacy"] == {
        "authors": "pseudonym",
        "redact": False,
        "table_days": 7,
        "lake_days": None,
    }
    assert not any(key in text for text in (*shown, json.dumps(usage)))
    assert search(key) == ["tenants"]
    command("privacy", name, "--authors", "plain", "--redact", "off")
    command("privacy", name, "--authors", "pseudonym")
    assert search(key) == ["tenants"]


def test_table_keeps_documents_for_fewer_days(account, command, item, name):
    """An older document goes to the lake only, and one that is stored expires earlier."""
    command("retention", name, "--table-days", "7")
    created_at = datetime.now(UTC).replace(microsecond=0)
    account.api.ingest([{"id": "a", "text": "recent", "created_at": created_at.isoformat()}])
    expiry = int(item(f"doc#{name}#a", "doc")["expires_at"]["N"])
    assert expiry == (created_at + timedelta(days=7)).timestamp()
    old = (created_at - timedelta(days=8)).isoformat()
    response = account.api.ingest([{"text": "new"}, {"text": "old", "created_at": old}])
    assert (response["accepted"], response["lake_only"]) == (2, 1)
    assert "old" not in [one["text"] for one in account.api.query()["documents"]]
