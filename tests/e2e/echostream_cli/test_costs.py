"""A metered sandbox: the bill of documents that were really sent, and the month by command."""

import pytest

from echostream_cli.costs import run
from tests.commands import run as command


@pytest.fixture(scope="module")
def scene(mode):
    if mode == "docker":
        pytest.skip("the meter stands between processes of this machine")
    with run.metered_sandbox("echostream-metered") as found:
        yield found


def counted(scene, prefix):
    s3 = scene.settings.target.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=scene.found["LAKE_BUCKET"], Prefix=prefix
    )
    return sum(len(page.get("Contents", [])) for page in pages)


def test_the_meter_counts_what_documents_use(scene):
    """Two requests of 100: two invocations, four objects, two writes a document and an index's."""
    before = counted(scene, "raw/") + counted(scene, "enriched/")
    kept = run.ingest(scene, 200, 100)
    calls = {name: one["times"] for name, one in kept["calls"].items()}
    made = counted(scene, "raw/") + counted(scene, "enriched/") - before
    of_first = 2  # the call that started the function, which is not counted
    assert calls["execute-api POST /ingest"] == calls["lambda processor"] == 2
    assert calls["s3 PutObject"] == made - of_first == 4
    assert kept["calls"]["s3 PutObject"]["usage"] == {"s3_put": 4}
    units = kept["calls"]["dynamodb TransactWriteItems"]["usage"]["dynamodb_write"]
    counts = units - 200 * 3
    assert 0 < counts <= 200
    assert counts % 2 == 0
    assert kept["gauges"]["put_units"] == 200 * 2
    assert set(calls) == {
        "dynamodb TransactWriteItems",
        "execute-api POST /ingest",
        "lambda processor",
        "logs access",
        "s3 PutObject",
    }


def test_single_documents_use_more(scene):
    """One call each: five units with its count, two objects, an invocation."""
    kept = run.ingest(scene, 20, 1)
    assert kept["calls"]["dynamodb TransactWriteItems"] == {
        "times": 20,
        "usage": {"dynamodb_write": 20 * 5},
    }
    assert kept["calls"]["s3 PutObject"]["usage"] == {"s3_put": 40}
    assert kept["calls"]["lambda processor"]["usage"]["lambda_request"] == 20
    assert kept["calls"]["execute-api POST /ingest"]["usage"]["api_request"] == 20


def test_questions_and_sign_ins_are_metered_too(scene):
    """Each asks the table once at least, and runs a function."""
    kept = run.acts(scene)
    assert kept["sign_in"]["calls"]["cognito-idp InitiateAuth"]["times"] == 5
    assert kept["sign_in"]["calls"]["dynamodb GetItem"]["usage"] == {"dynamodb_read": 5 * 0.5}
    for name in ("query", "stats"):
        assert kept[name]["calls"][f"execute-api GET /{name}"]["times"] == 20
        assert kept[name]["calls"]["dynamodb Query"]["usage"]["dynamodb_read"] >= 20 * 0.5
        assert kept[name]["calls"]["lambda query"]["times"] == 20
    assert "lambda compact" in kept["night"]["calls"]


def test_a_month_by_command():
    """`make cost DOCS_PER_DAY=5000` starts nothing, and says what is wrong with a bad engine."""
    done = command({}, "cost", "--per-day", "5000", "--engine", "cascade")
    assert done.returncode == 0, done.stderr
    assert "after the free tier" in done.stdout
    assert "Comprehend: units" in done.stdout
    wrong = command({}, "cost", "--per-day", "5000", "--engine", "oracle")
    assert wrong.returncode == 1
    assert "ENGINE: must be one of" in wrong.stderr
