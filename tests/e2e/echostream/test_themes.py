"""`GET /themes` of the deployed stack, for documents that were sent through the API."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from echostream.domain.codec import time_to_wire
from echostream_client.api import ApiFailed
from tests.accounts import Account
from tests.unit.echostream.theme_texts import TOPICS, texts

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def account(settings, sandbox):
    """The admin of a tenant with couriers yesterday and today, and a bad battery today."""
    name = f"themes-{uuid.uuid4().hex[:8]}"
    account = Account(settings, sandbox, name, tenant=name).with_password()
    now = datetime.now(UTC)
    bad = [f"{text} is terrible" for text in texts("battery", 40)]
    sent = [*documents("courier", texts("courier", 40), now - 1.5 * DAY)]
    sent += [*documents("now", texts("courier", 40), now - DAY / 2)]
    sent += [*documents("bad", bad, now - DAY / 2)]
    response = account.api.ingest(sent)
    assert response["accepted"] == len(sent), response
    assert account.api.wait_until_counted(response["received_at"])
    return account


def documents(name, contents, at):
    """A document a second, each of an author of its own."""
    for place, text in enumerate(contents):
        created_at = time_to_wire(at + timedelta(seconds=place))
        author = f"{name}{place}"
        yield {"text": text, "author": author, "source": "forum", "created_at": created_at}


def test_themes_are_those_of_the_documents(account):
    """With their sentiment and change; the numbers are those of /stats, the citations exist."""
    content = account.api.themes()
    found = {topic(theme): theme for theme in content["themes"]}
    assert found.keys() == {"battery", "courier"}
    assert found["battery"]["negative"] == found["battery"]["total"] == 40
    assert found["battery"]["share_before"] == 0
    assert found["courier"]["share_before"] == 1
    assert {one["term"] for one in content["drivers"] if one["z"] > 0} >= {"terrible"}
    stored = {one["id"]: one for one in account.api.query(limit=200)["documents"]}
    for theme in content["themes"]:
        for example in theme["examples"]:
            assert stored[example["id"]]["text"] == example["text"]
    assert (content["period"]["total"], content["against"]["total"]) == (80, 40)
    masked = account.api.themes(mask="true")["themes"]
    assert {one["author"] for theme in masked for one in theme["examples"]} == {None}
    counted = account.api.stats(bucket="day")["buckets"]
    assert sum(bucket["total"] for bucket in counted) == 120


def topic(theme):
    """The topic whose word the best term is."""
    return next(name for name, words in TOPICS.items() if theme["label"].split(" ")[0] in words)


def test_aspects_are_those_of_the_documents(account):
    """The bad battery is criticised, by documents that exist."""
    found = {aspect["phrase"]: aspect for aspect in account.api.aspects()["aspects"]}
    assert found
    criticised = [aspect for aspect in found.values() if aspect["criticised"]]
    stored = {one["id"]: one["text"] for one in account.api.query(limit=200)["documents"]}
    for aspect in criticised:
        assert all("terrible" in stored[one["id"]] for one in aspect["criticism"])
    assert criticised


def test_bad_parameter_is_named(account):
    """As a 400 with the parameter in the message."""
    with pytest.raises(ApiFailed, match="against: must be previous") as failed:
        account.api.themes(against="always")
    assert failed.value.status == 400
