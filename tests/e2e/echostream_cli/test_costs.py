"""A metered sandbox: the usage of documents that were sent, and the plan of a month."""

import pytest

from echostream_cli.costs import run
from echostream_cli.costs.counting import SHARDS, random_arrivals
from echostream_cli.costs.documents import SPACING
from tests.commands import run as command


@pytest.fixture(scope="module")
def metered_sandbox(mode):
    if mode == "docker":
        pytest.skip("the meter is a process on this machine; MODE=local runs it")
    with run.start_metered_sandbox("echostream-metered") as sandbox:
        yield sandbox


def count_objects(sandbox, prefix):
    s3 = sandbox.settings.target.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=sandbox.outputs["LAKE_BUCKET"], Prefix=prefix
    )
    return sum(len(page.get("Contents", [])) for page in pages)


def test_usage_of_two_batches(metered_sandbox):
    """Two invocations, their objects, two write units a document, and those of the counts.

    The index of times has an entry for each hour and shard, which a function writes once: a unit.
    A function reads the caller's entry in the directory once a minute.
    """
    before = sum(count_objects(metered_sandbox, zone) for zone in ("raw/", "enriched/"))
    usage = run.meter_ingest(metered_sandbox, 200, 100)
    after = sum(count_objects(metered_sandbox, zone) for zone in ("raw/", "enriched/"))
    of_first_call = 2  # of the cold start, whose usage is dropped
    calls = {name: call["times"] for name, call in usage["calls"].items()}
    derived = calls["lambda derive"]
    assert calls["execute-api POST /ingest"] == calls["lambda processor"] == 2
    assert calls["s3 PutObject"] == 2
    objects = after - before - of_first_call - 2
    assert derived <= calls["s3 PutObject (derive)"] == objects <= 2 * derived  # for each hour
    assert usage["calls"]["s3 PutObject (derive)"]["usage"] == {"s3_put": objects}
    inserts = usage["calls"]["dynamodb BatchExecuteStatement"]
    assert inserts == {"times": 200 / 25, "usage": {"dynamodb_write": 200 * 2}}
    assert usage["gauges"]["insert_units"] == 200 * 2
    assert SHARDS <= derived <= 2 * SHARDS
    counts = usage["calls"]["dynamodb TransactWriteItems (derive)"]
    assert counts["times"] == derived
    assert 0 < counts["usage"]["dynamodb_write"] <= 200
    assert counts["usage"]["dynamodb_write"] % 2 == 0
    index = usage["calls"].get("dynamodb BatchWriteItem", {"usage": {"dynamodb_write": 0}})
    assert index["usage"]["dynamodb_write"] <= 2 + 2 * 4
    assert calls.get("dynamodb BatchGetItem", 0) <= 2
    assert set(calls) - {"dynamodb BatchWriteItem", "dynamodb BatchGetItem"} == {
        "dynamodb BatchExecuteStatement",
        "dynamodb GetItem (derive)",
        "dynamodb PutItem",
        "dynamodb TransactWriteItems (derive)",
        "dynamodb UpdateItem (derive)",
        "execute-api POST /ingest",
        "lambda derive",
        "lambda processor",
        "logs access",
        "s3 PutObject",
        "s3 PutObject (derive)",
    }


def test_usage_of_single_documents(metered_sandbox):
    """An invocation, an object and two write units for each, and one unit of the time of receipt.

    They arrive within `DeriveWindow`, so that those of a shard share an object and a count.
    """
    usage = run.meter_ingest(metered_sandbox, 20, 1)
    assert usage["calls"]["dynamodb BatchExecuteStatement"] == {
        "times": 20,
        "usage": {"dynamodb_write": 20 * 2},
    }
    assert usage["calls"]["dynamodb PutItem"] == {"times": 20, "usage": {"dynamodb_write": 20}}
    assert usage["calls"]["s3 PutObject"]["usage"] == {"s3_put": 20}
    assert 1 <= usage["calls"]["s3 PutObject (derive)"]["times"] <= 2 * SHARDS
    assert usage["calls"]["lambda processor"]["usage"]["lambda_request"] == 20
    assert 1 <= usage["calls"]["lambda derive"]["usage"]["lambda_request"] <= SHARDS
    assert usage["calls"]["execute-api POST /ingest"]["usage"]["api_request"] == 20


def test_documents_are_counted_once(metered_sandbox):
    """By the invocations of the meter alone: the emulator makes none."""
    client = metered_sandbox.make_api_client()
    before = sum(source["total"] for source in client.stats()["sources"])
    run.meter_ingest(metered_sandbox, 30, 10)
    after = sum(source["total"] for source in client.stats()["sources"])
    of_first_call = 1
    assert after - before == 30 + of_first_call


@pytest.fixture
def drained_sandbox(metered_sandbox):
    """The sandbox, whose stream has no changes of a test afterwards."""
    yield metered_sandbox
    metered_sandbox.stream.count(random_arrivals(SPACING), lambda _: None)


def test_usage_of_other_calls(drained_sandbox):
    """Each read of the API reads the table at least once, and invokes a function.

    The emulator runs the trigger of a sign-in for each of two tokens, AWS once for both.
    """
    drained_sandbox.make_api_client().ingest([{"text": "to be erased", "author": "ann"}])
    acts = run.meter_acts(drained_sandbox)
    assert acts["sign_in"]["calls"]["cognito-idp InitiateAuth"]["times"] == 5
    assert acts["sign_in"]["calls"]["dynamodb GetItem"]["usage"] == {"dynamodb_read": 5 * 2 * 1.0}
    for name in ("query", "stats"):
        assert acts[name]["calls"][f"execute-api GET /{name}"]["times"] == 20
        assert acts[name]["calls"]["dynamodb Query"]["usage"]["dynamodb_read"] >= 20 * 0.5
        assert acts[name]["calls"]["lambda query"]["times"] == 20
    assert acts["audit"]["calls"]["dynamodb Query"]["usage"]["dynamodb_read"] >= 20 * 0.5
    assert "lambda compact" in acts["night"]["calls"]
    rounds = acts["erase"]["calls"]
    assert rounds["lambda erase"]["times"] >= 1 + 2  # the request, and two rounds of the job
    assert rounds["sqs SendMessage"]["usage"]["sqs_request"] >= 2
    assert rounds["dynamodb DeleteItem"]["times"] >= 1


def test_plan_of_a_month():
    """`make cost DOCS_PER_DAY=5000` needs no sandbox; an unknown engine is an error."""
    process = command({}, "cost", "--per-day", "5000", "--engine", "cascade")
    assert process.returncode == 0, process.stderr
    assert "after the free tier" in process.stdout
    assert "Comprehend: units" in process.stdout
    process = command({}, "cost", "--per-day", "5000", "--engine", "oracle")
    assert process.returncode == 1
    assert "ENGINE: must be one of" in process.stderr
