"""Metrics of a call: one log line in CloudWatch's format, also after an error."""

import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from echostream.domain.compaction import Report
from echostream.domain.consume import Consumed
from echostream.domain.door import Receipt, Rejection
from echostream.entrypoints import telemetry
from tests.builders import NOW, scored
from tests.unit.echostream.test_http import CONTEXT
from tests.unit.test_architecture import TEMPLATE

FREE = scored("a").enrichment
Logger()  # as every handler makes one


class MeasuredCall:
    """Runs a function inside a measured handler and returns the metrics of its log line."""

    def __init__(self, capsys):
        self.capsys = capsys
        self.line = {}

    def __call__(self, inside=lambda: None, response=None):
        @telemetry.measured
        def handler(event, context):
            inside()
            return response

        self.capsys.readouterr()
        try:
            handler({}, CONTEXT)
        finally:
            (line,) = self.capsys.readouterr().out.splitlines()
            self.line = json.loads(line)
        [directive] = self.line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "EchoStream"
        names = [metric["Name"] for metric in directive["Metrics"]]
        return {name: self.line[name] for name in names}


@pytest.fixture
def metrics_of(capsys):
    return MeasuredCall(capsys)


@pytest.mark.parametrize(
    ("response", "failed"),
    [(None, 0), ({"statusCode": 202}, 0), ({"statusCode": 400}, 0), ({"statusCode": 503}, 100)],
)
def test_status_of_500_or_above_is_a_failure(metrics_of, response, failed):
    """Errors of callers are no failures."""
    assert metrics_of(response=response) == {"Failed": [failed]}


def test_exception_is_counted_and_raised(metrics_of):
    """Lambda gets the exception, and decides on a retry."""

    def broken():
        raise RuntimeError("unexpected")

    with pytest.raises(RuntimeError):
        metrics_of(broken)
    assert metrics_of.line["Failed"] == [100]


def test_documents_are_counted_by_outcome(metrics_of):
    """Accepted includes repeats; stored, paid and fallen back are of new documents."""
    paid = replace(FREE, engine="comprehend")
    capped = replace(FREE, fallback="spend_cap")
    receipt = Receipt(list("abcde"), [Rejection(5, "empty", "")], [FREE, paid, capped])
    end = NOW + timedelta(milliseconds=250)
    assert metrics_of(lambda: telemetry.ingested(receipt, NOW, end)) == {
        "Accepted": [5],
        "Rejected": [1],
        "Stored": [3],
        "PaidFor": [1],
        "FellBack": [1],
        "Lag": [0.25],
        "Failed": [0],
    }


def test_documents_that_comprehend_failed_are_counted(metrics_of):
    """Not those of a cap or of a language without scores; the line has all reasons."""
    reasons = ["comprehend_slow", "comprehend_AccessDenied", "spend_cap", "unsupported_language"]
    stored = [replace(FREE, fallback=reason) for reason in [*reasons, "spend_cap"]]
    metrics = metrics_of(lambda: telemetry.consumed(Consumed(["a"], stored, NOW), NOW))
    assert (metrics["FellBack"], metrics["EngineFailed"]) == ([5], [2])
    assert metrics_of.line["fallbacks"] == {**dict.fromkeys(reasons, 1), "spend_cap": 2}


def test_each_share_of_the_cap_is_a_value(metrics_of):
    """A call with several payments has several values; the next call starts empty."""

    def pay():
        telemetry.spent(0.5)
        telemetry.spent(0.50125)

    assert metrics_of(pay)["SpendShare"] == [50.0, 50.12]
    assert "SpendShare" not in metrics_of()


def test_units_that_were_not_released_are_an_event(caplog):
    """With their number and the reason."""
    telemetry.not_released(3, "ledger: lost")
    [event] = caplog.records
    assert (event.levelname, event.message) == ("WARNING", "units_not_released")
    assert (event.units, event.reason) == (3, "ledger: lost")


def test_compaction_counts_new_problems_and_failed_days(metrics_of):
    """Problems of earlier runs are not counted again."""
    report = Report(failed={"2026-05-01": "athena"}, new_problems=2)
    metrics = metrics_of(lambda: telemetry.compacted(report))
    assert (metrics["Quarantined"], metrics["NotCompacted"]) == ([2], [1])


def test_queued_documents_are_accepted_and_not_stored_yet(metrics_of):
    """The metric Stored, and the lag, are those of the batch that stores them."""
    receipt = Receipt(["a", "b"], [Rejection(2, "try_again", "document: not stored")])
    metrics = metrics_of(lambda: telemetry.enqueued(receipt))
    assert metrics == {"Accepted": [2], "Rejected": [1], "Failed": [0]}


def test_batch_of_the_stream_counts_new_documents_and_items(metrics_of):
    """The lag is that of its oldest document; nothing is accepted a second time."""
    result = Consumed(["a", "b"], [FREE], NOW - timedelta(seconds=90), quarantined=3)
    metrics = metrics_of(lambda: telemetry.consumed(result, NOW))
    assert (metrics["Stored"], metrics["Quarantined"], metrics["Lag"]) == ([1], [3], [90])
    assert "Accepted" not in metrics


def test_batch_that_stores_nothing_has_no_lag(metrics_of):
    """A second delivery must not look slow."""
    assert "Lag" not in metrics_of(lambda: telemetry.consumed(Consumed(["a"]), NOW))


def test_failed_calls_are_counted_by_version_for_a_gradual_deployment(capsys, monkeypatch):
    """With the dimensions of the alarm that stops a release; the first line stays as it is."""
    monkeypatch.setenv("RELEASE_METRICS", "true")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "echostream-prod")
    context: Any = SimpleNamespace(function_name="query", function_version="7")

    @telemetry.measured
    def handler(event, context):
        return {"statusCode": 503}

    capsys.readouterr()
    handler({}, context)
    _, line = map(json.loads, capsys.readouterr().out.splitlines())
    [directive] = line["_aws"]["CloudWatchMetrics"]
    resource = TEMPLATE["Resources"]["QueryReleaseAlarm"]["Properties"]
    [alarmed] = [
        part["MetricStat"]["Metric"] for part in resource["Metrics"] if part["Id"] == "failed"
    ]
    assert directive["Namespace"] == alarmed["Namespace"]
    assert set(directive["Dimensions"][0]) == {d["Name"] for d in alarmed["Dimensions"]}
    assert [metric["Name"] for metric in directive["Metrics"]] == [alarmed["MetricName"]]
    assert (line["FunctionName"], line["ExecutedVersion"], line["Failed"]) == ("query", "7", [100])
