"""What a call leaves behind: one line that CloudWatch counts, whatever becomes of the call."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from aws_lambda_powertools import Logger

from echostream.domain.compaction import Report
from echostream.domain.ingest import Receipt, Rejection
from echostream.entrypoints import telemetry
from tests.builders import NOW, scored
from tests.unit.echostream.test_http import CONTEXT

FREE = scored("a").enrichment
Logger()  # as every handler makes one


@pytest.fixture
def counted(capsys):
    """Runs something inside a measured call and gives the metrics of its line."""

    def call(inside=lambda: None, answer=None):
        @telemetry.measured
        def handler(event, context):
            inside()
            return answer

        capsys.readouterr()
        try:
            handler({}, CONTEXT)
        finally:
            (line,) = capsys.readouterr().out.splitlines()
            call.line = json.loads(line)
        assert call.line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "EchoStream"
        names = [one["Name"] for one in call.line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
        return {name: call.line[name] for name in names}

    return call


@pytest.mark.parametrize(
    ("answer", "failed"),
    [(None, 0), ({"statusCode": 202}, 0), ({"statusCode": 400}, 0), ({"statusCode": 503}, 100)],
)
def test_a_call_failed_where_it_says_so(counted, answer, failed):
    """What callers did wrong is no failure of ours; 500 and above is."""
    assert counted(answer=answer) == {"Failed": [failed]}


def test_a_call_that_raises_is_counted_and_still_raises(counted):
    """The error goes on to Lambda, which has a say in what comes next."""

    def broken():
        raise RuntimeError("nobody foresaw this")

    with pytest.raises(RuntimeError):
        counted(broken)
    assert counted.line["Failed"] == [100]


def test_what_became_of_documents(counted):
    """Accepted counts repeats, stored does not; paid for and fallen back are of those stored."""
    paid = replace(FREE, engine="comprehend")
    fallen = replace(FREE, fallback="spend_cap")
    receipt = Receipt(list("abcde"), [Rejection(5, "empty", "")], [FREE, paid, fallen])
    found = counted(lambda: telemetry.ingested(receipt, NOW, NOW + timedelta(milliseconds=250)))
    assert found == {
        "Accepted": [5],
        "Rejected": [1],
        "Stored": [3],
        "PaidFor": [1],
        "FellBack": [1],
        "Lag": [0.25],
        "Failed": [0],
    }


def test_every_share_of_the_cap_is_kept(counted):
    """A call that pays several times has several values, and the next call starts anew."""

    def pay():
        telemetry.spent(0.5)
        telemetry.spent(0.50125)

    assert counted(pay)["SpendShare"] == [50.0, 50.12]
    assert "SpendShare" not in counted()


def test_what_a_compaction_found(counted):
    """Findings of this run, not those that were known, and the days that failed."""
    report = Report(failed={"2026-05-01": "athena"}, new_problems=2)
    found = counted(lambda: telemetry.compacted(report))
    assert (found["Quarantined"], found["NotCompacted"]) == ([2], [1])
