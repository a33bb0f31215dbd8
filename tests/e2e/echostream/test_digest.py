"""`GET /digest` of the deployed stack, with the companion in the place of Bedrock."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.domain.codec import time_to_wire
from echostream.domain.spend import BEDROCK, account_of
from tests.accounts import Account
from tests.unit.echostream.injections import INJECTIONS
from tests.unit.echostream.theme_texts import texts

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def account(settings, sandbox):
    """The admin of a tenant with couriers, a bad battery, and attacks on models."""
    name = f"digest-{uuid.uuid4().hex[:8]}"
    account = Account(settings, sandbox, name, tenant=name).with_password()
    contents = [*texts("courier", 40), *(f"{text} is terrible" for text in texts("battery", 40))]
    contents += [text for text, _ in INJECTIONS]
    at = time_to_wire(datetime.now(UTC) - HOUR)
    sent = [
        {"text": text, "author": f"author{n}", "source": "forum", "created_at": at}
        for n, text in enumerate(contents)
    ]
    response = account.api.ingest(sent)
    assert response["accepted"] == len(sent), response
    assert account.api.wait_until_counted(response["received_at"])
    return account


@pytest.fixture
def faults(sandbox):
    """A function that injects faults into Bedrock, which are removed afterwards."""
    companion = sandbox["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]
    address = f"{companion}/_companion/faults?service=bedrock-runtime"
    yield lambda **plan: urllib3.request("POST", address, json=plan)
    urllib3.request("DELETE", address)


def check(account, content):
    """Every citation exists, and every number is one of the themes or counts."""
    stored = {one["id"]: one["text"] for one in account.api.query(limit=500)["documents"]}
    themes = account.api.themes(to=content["period"]["to"], **{"from": content["period"]["from"]})
    for sentence in content["sentences"]:
        assert all(stored[name] for name in sentence["citations"])
        text = sentence["text"]
        for number in sentence["numbers"].values():
            text = text.replace(number, "", 1)
        assert not re.search(r"\d", text)
        name = next((n.split(".")[0] for n in sentence["numbers"] if n.startswith("t")), None)
        if name:
            numbers = {n.split(".")[1]: value for n, value in sentence["numbers"].items()}
            assert (int(numbers["documents"]), numbers["share"]) in {
                (theme["total"], f"{theme['share']:.1%}") for theme in themes["themes"]
            }
    assert content["period"]["total"] == themes["period"]["total"]


def test_digest_is_written_by_the_stand_in(account):
    """It says who wrote it, what it cites, and nothing that a document told it."""
    content = account.api.digest()
    assert content["written_by"] == "model"
    assert content["model"].startswith("echostream-")
    text = " ".join(sentence["text"] for sentence in content["sentences"])
    assert "battery" in text
    assert "courier" in text
    assert not re.search("recall|bankrupt|evil|Acme|555", text)
    check(account, content)
    assert {one["author"] for one in account.api.digest(mask="true")["documents"]} == {None}


@pytest.mark.parametrize("plan", [{"throttle": 9}, {"fail": 9}], ids=str)
def test_digest_is_written_by_rules_if_bedrock_fails(account, faults, plan):
    """It says why, and has the same facts."""
    faults(**plan)
    content = account.api.digest()
    assert (content["written_by"], content["reason"]) == ("rules", "bedrock_unavailable")
    check(account, content)


def test_spend_is_in_the_ledger(account, settings):
    """What the stand-in says it used, in an account of Bedrock's own; Comprehend's has nothing."""
    account.api.digest()
    client, month = settings.target.client("dynamodb"), f"{datetime.now(UTC):%Y-%m}"
    ledger = DynamoDBLedger(client, settings.target.resource("Table"))
    spent = ledger.spent(account_of(account.username, BEDROCK), month)
    assert 0 < spent < 20_000
    shown = account.api.usage()["quotas"]["model_dollars_this_month"]
    assert shown == {"limit": 2.0, "used": pytest.approx(spent / 1e6)}
    assert ledger.spent(account_of(account.username), month) == 0
