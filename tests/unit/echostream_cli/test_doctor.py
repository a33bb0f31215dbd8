"""What the doctor makes of answers, and the page it writes. No engine is needed for these."""

import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from echostream_cli.doctor import parity, suite
from echostream_cli.doctor.probe_context import Endpoint, expect, refused
from echostream_cli.doctor.probes import (
    DIFFERS,
    MISSING,
    NOT_RUN,
    PROBES,
    WORKS,
    Finding,
    Probe,
    run,
)
from echostream_cli.errors import UserError
from echostream_cli.ports import free_port


@pytest.fixture
def nobody():
    """An endpoint where nothing listens."""
    return Endpoint(f"http://localhost:{free_port()}", "us-east-1")


def error(code, message=""):
    return ClientError({"Error": {"Code": code, "Message": message}}, "DoIt")


def raising(problem):
    def act(scene):
        raise problem

    return Probe("S3", "it works", "the lake", "we wait", act)


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (error("NotImplemented"), MISSING),
        (error("InternalFailure", "API for service 'glue' not yet implemented"), MISSING),
        (error("400"), MISSING),
        (error("InternalError", "exception while calling dynamodb.CreateTable"), NOT_RUN),
        (error("AccessDenied", "no"), DIFFERS),
        (KeyError("Items"), DIFFERS),
        (ConnectionResetError("gone"), MISSING),
        (ReadTimeoutError(endpoint_url="http://slow"), NOT_RUN),
    ],
)
def test_errors_become_verdicts(nobody, problem, verdict):
    """What an engine has not at all is told from what it does otherwise."""
    assert run(raising(problem), nobody).verdict == verdict


def test_a_difference_is_said_in_a_line(nobody):
    """However long the engine's own words are."""
    one = Probe("S3", "c", "", "", lambda _: expect(False, "first\n" + "second " * 50))
    found = run(one, nobody)
    assert found.verdict == DIFFERS
    assert found.detail.startswith("first second")
    assert len(found.detail) <= 120


def test_what_was_made_is_undone_in_reverse_even_after_a_failure(nobody):
    """Later things first, and none is left for another's error."""
    calls = []

    def act(scene):
        scene.undo(lambda: calls.append("bucket"))
        scene.undo(raises)
        scene.undo(lambda: calls.append("object"))
        expect(False, "so it is")

    def raises():
        raise error("Gone")

    assert run(Probe("S3", "c", "", "", act), nobody).verdict == DIFFERS
    assert calls == ["object", "bucket"]


def test_refusals_are_told_apart():
    """Any refusal, or one of the codes that are given."""

    def call():
        raise error("PreconditionFailed")

    assert refused(call)
    assert refused(call, "PreconditionFailed")
    assert not refused(call, "AccessDenied")
    assert not refused(dict)


def test_no_engine_is_an_error(nobody):
    """The message says where nobody answers, and what to do."""
    with pytest.raises(UserError, match=f"{nobody.endpoint}.*make up"):
        suite.name_of(nobody)


def test_probes_have_names_of_their_own():
    """Runs are compared by name."""
    assert Counter(one.name for one in PROBES).most_common(1)[0][1] == 1
    assert len(PROBES) > 35


def test_a_run_is_kept_once(tmp_path):
    """The same verdicts on another day change nothing; others do, and other engines stay."""
    path = tmp_path / "parity.json"
    found = {"objects": Finding(WORKS)}
    assert parity.keep("A 1", found, path)
    assert not parity.keep("A 1", found, path)
    assert parity.keep("B 2", found, path)
    assert parity.keep("A 1", {"objects": Finding(DIFFERS, "x")}, path)
    assert parity.load(path).keys() == {"A 1", "B 2"}


def test_the_page(tmp_path):
    """One table of all engines, then what each does otherwise and what we do about it."""

    def other(scene):
        pass

    probes = [raising(None), Probe("S3", "lists", "", "", other)]
    good = ["works", ""]
    runs = {
        "A 1": {"as_of": "2026-01-02", "findings": {"act": ["differs", "a|b"]}},
        "B 2": {"as_of": "2026-01-03", "findings": {"act": good, "other": good}},
    }
    text = parity.page(runs, probes)
    assert "| S3 | it works | the lake | differs | works |" in text
    assert "| S3 | lists |  | not run | works |" in text
    assert "| S3 | it works | differs: a\\|b | we wait |" in text
    assert "## B 2\n\nEvery probe works." in text


def test_the_page_is_that_of_the_kept_runs():
    """docs/parity.md is written from docs/parity.json and these probes, by nobody's hand."""
    assert parity.PAGE.read_text() == parity.page(json.loads(parity.KEPT.read_text()), PROBES)


def test_every_shortcoming_of_the_default_engine_has_a_cure():
    """Where MiniStack differs and something leans on it, the page says what we do."""
    kept = [run for engine, run in parity.load().items() if engine.startswith("MiniStack")]
    short = [
        one
        for run in kept
        for one in PROBES
        if run["findings"].get(one.name, [WORKS])[0] != WORKS and one.leans
    ]
    assert len(short) > 5
    assert [one.claim for one in short if not one.without] == []
