"""Verdicts of probes, and the page docs/parity.md. Needs no engine."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from echostream_cli.doctor import parity, suite, template_types
from echostream_cli.doctor.probe_context import (
    Endpoint,
    Missing,
    NotStarted,
    expect,
    is_refused,
)
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
def no_engine():
    """An endpoint where nothing listens."""
    return Endpoint(f"http://localhost:{free_port()}", "us-east-1")


def client_error(code, message="", status=400):
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "DoIt")


def failing_probe(error):
    def fail(context):
        raise error

    return Probe("S3", "it works", "the lake", "wait", fail)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (client_error("NotImplemented"), MISSING),
        (client_error("InternalFailure", "API for service 'glue' not yet implemented"), MISSING),
        (client_error("400"), MISSING),
        (client_error("InternalError", "exception while calling dynamodb.CreateTable"), NOT_RUN),
        (client_error("AccessDenied", "no"), DIFFERS),
        (client_error("InternalFailure", "gone", status=501), MISSING),
        (Missing("the stack lacks it"), MISSING),
        (NotStarted("the function: no Docker"), NOT_RUN),
        (ResponseParserError("no XML"), DIFFERS),
        (KeyError("Items"), DIFFERS),
        (ConnectionResetError("gone"), MISSING),
        (ReadTimeoutError(endpoint_url="http://slow"), NOT_RUN),
    ],
)
def test_error_becomes_verdict(no_engine, error, verdict):
    """An absent service is distinguished from a different behaviour."""
    assert run(failing_probe(error), no_engine).verdict == verdict


def test_detail_of_difference_is_one_short_line(no_engine):
    """Line breaks become spaces, and the text is cut at 120 characters."""
    probe = Probe("S3", "b", "", "", lambda _: expect(False, "first\n" + "second " * 50))
    finding = run(probe, no_engine)
    assert finding.verdict == DIFFERS
    assert finding.detail.startswith("first second")
    assert len(finding.detail) == 120


def test_cleanup_runs_in_reverse_after_failure(no_engine):
    """An error of one cleanup does not stop the others."""
    calls = []

    def differ(context):
        context.add_cleanup(lambda: calls.append("bucket"))
        context.add_cleanup(fail)
        context.add_cleanup(lambda: calls.append("object"))
        expect(False, "it differs")

    def fail():
        calls.append("failure")
        raise client_error("Gone")

    assert run(Probe("S3", "b", "", "", differ), no_engine).verdict == DIFFERS
    assert calls == ["object", "failure", "bucket"]


def test_refusal_is_recognised_by_code():
    """Without codes, any client error is a refusal."""

    def call():
        raise client_error("PreconditionFailed")

    assert is_refused(call)
    assert is_refused(call, "PreconditionFailed")
    assert not is_refused(call, "AccessDenied")
    assert not is_refused(dict)


def test_missing_engine_is_an_error(no_engine):
    """The message has the address and the command that starts an engine."""
    with pytest.raises(UserError, match=f"{no_engine.endpoint}.*make up"):
        suite.name_of(no_engine)


def test_probe_names_are_unique():
    """Saved runs identify probes by name."""
    assert Counter(probe.name for probe in PROBES).most_common(1)[0][1] == 1
    assert len(PROBES) > 35


def test_run_is_saved_if_verdicts_change(tmp_path):
    """Runs of other engines stay."""
    path = tmp_path / "parity.json"
    findings = {"objects": Finding(WORKS)}
    assert parity.save_run("A 1", findings, path)
    assert not parity.save_run("A 1", findings, path)
    assert parity.save_run("B 2", findings, path)
    assert parity.save_run("A 1", {"objects": Finding(DIFFERS, "x")}, path)
    runs = parity.load_runs(path)
    assert runs["A 1"]["findings"] == {"objects": [DIFFERS, "x"]}
    assert runs["B 2"]["findings"] == {"objects": [WORKS, ""]}


def test_page_has_table_and_differences():
    """A table of behaviours, one of types of resources, then each engine's differences."""

    def other(context):
        pass

    probes = [failing_probe(None), Probe("S3", "lists", "", "", other)]
    works = ["works", ""]
    runs = {
        "A 1": {"as_of": "2026-01-02", "findings": {"fail": ["differs", "a|b"]}},
        "B 2": {
            "as_of": "2026-01-03",
            "findings": {"fail": works, "other": works, "AWS::S3::Bucket": works},
        },
    }
    text = parity.format_page(runs, probes)
    assert "| S3 | it works | the lake | differs | works |" in text
    assert "| S3 | lists |  | not run | works |" in text
    assert "| S3 | it works | differs: a\\|b | wait |" in text
    assert "| AWS::S3::Bucket | not run | works |" in text
    assert "## B 2\n\nEvery probe works." in text


def test_page_is_generated_from_saved_runs():
    """docs/parity.md is equal to the page of docs/parity.json and the present probes."""
    assert parity.PAGE.read_text() == parity.page()


def test_saved_runs_name_existing_probes():
    """A renamed probe would be shown as `not run` on every engine."""
    names = {probe.name for probe in (*PROBES, *template_types.probes())}
    runs = parity.load_runs()
    assert runs
    assert {name for run in runs.values() for name in run["findings"]} <= names


def test_every_difference_of_ministack_has_a_workaround():
    """Unless no part of EchoStream needs the behaviour."""
    runs = [run for engine, run in parity.load_runs().items() if engine.startswith("MiniStack")]
    differing = [
        probe
        for run in runs
        for probe in PROBES
        if run["findings"].get(probe.name, [WORKS])[0] != WORKS and probe.needed_for
    ]
    assert len(differing) > 5
    assert [probe.behaviour for probe in differing if not probe.workaround] == []


def test_findings_as_json_have_a_field_for_each_fact():
    """In the order of the probes."""
    probes = [failing_probe(None), Probe("S3", "lists", "", "scan", lambda _: None)]
    findings = {"fail": Finding(WORKS), "<lambda>": Finding(DIFFERS, "x")}
    first, second = suite.to_json(findings, probes)
    assert (first["verdict"], first["detail"]) == ("works", "")
    assert second == {
        "name": "<lambda>",
        "service": "S3",
        "behaviour": "lists",
        "verdict": "differs",
        "detail": "x",
        "workaround": "scan",
    }
