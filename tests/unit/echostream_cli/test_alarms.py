"""Signals: each alarm has one and an entry in the runbook, and they decide as CloudWatch does."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from aws_lambda_powertools import Logger

from echostream.domain.compaction import Report
from echostream.domain.ingest import Receipt
from echostream.entrypoints import telemetry
from echostream_cli.operate import alarms
from echostream_cli.paths import ROOT
from tests.builders import scored
from tests.unit.echostream.test_http import CONTEXT
from tests.unit.test_architecture import TEMPLATE

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
ALARMS = {
    name: resource["Properties"]
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


def alarm(**changes):
    return {
        "AlarmDescription": "Rejects: 3 within a minute. docs/runbook.md#rejects",
        "MetricName": "Rejected",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 3.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        **changes,
    }


def seen(of, *points):
    """The signal where values were measured so many seconds ago."""
    at = [(NOW - timedelta(seconds=ago), float(value)) for ago, value in points]
    return alarms._reading(of, at, NOW)


def test_every_alarm_has_an_entry_in_the_runbook_and_every_entry_an_alarm():
    """By name; each entry says what it means, what to look at and what to do."""
    found = [alarms._DESCRIPTION.fullmatch(one["AlarmDescription"]) for one in ALARMS.values()]
    assert all(found)
    names = [said["name"] for said in found]
    entries = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.M | re.S))
    assert sorted(names) == sorted(entries)
    for entry in entries.values():
        assert "Look at:" in entry
        assert "Do:" in entry
    assert len({said["title"] for said in found}) == len(ALARMS)


def test_every_alarm_is_one_that_can_be_read_here():
    """Comparison, statistic and handling of missing data are among those that signals know."""
    for one in ALARMS.values():
        assert one["ComparisonOperator"] in alarms._BREACHES
        assert one["TreatMissingData"] in ("notBreaching", "breaching", "ignore")
        assert one.get("Statistic") in ("Sum", "Average", "Maximum", None)


def test_every_alarm_tells_the_same_reader_and_is_on_the_dashboard():
    """Whoever is told of one is told of all, also when it is over; releases come and go."""
    assert len({str(one["AlarmActions"]) for one in ALARMS.values()}) == 1
    assert all(one["AlarmActions"] == one["OKActions"] for one in ALARMS.values())
    body = TEMPLATE["Resources"]["Watch"]["Properties"]["DashboardBody"]
    assert set(re.findall(r"\$\{(\w+Alarm)\.Arn\}", body)) == {
        name for name in ALARMS if "Condition" not in TEMPLATE["Resources"][name]
    }


def all_metrics(capsys):
    """The names in the line of a call that counts whatever can be counted."""

    @telemetry.measured
    def handler(event, context):
        receipt = Receipt(["a"], [], [scored("a").enrichment])
        for count, arguments in {
            telemetry.ingested: (receipt, NOW, NOW),
            telemetry.spent: (0.5,),
            telemetry.compacted: (Report(),),
        }.items():
            count(*arguments)

    Logger()  # as every handler makes one
    capsys.readouterr()
    handler({}, CONTEXT)
    [line] = capsys.readouterr().out.splitlines()
    [directive] = json.loads(line)["_aws"]["CloudWatchMetrics"]
    return {metric["Name"] for metric in directive["Metrics"]}


def test_every_metric_that_is_watched_is_written(capsys):
    """No alarm and no widget waits for a metric that nobody counts, and each that is has a line."""
    written = set(re.findall(r"^    ([A-Z]\w+)  +", telemetry.__doc__, re.M))
    assert written == all_metrics(capsys)
    watched = {a["MetricName"] for a in ALARMS.values() if a["Namespace"] == telemetry.NAMESPACE}
    body = TEMPLATE["Resources"]["Watch"]["Properties"]["DashboardBody"]
    shown = set(re.findall(rf'"{telemetry.NAMESPACE}", "(\w+)"', body))
    assert watched <= written
    assert shown == written


@pytest.mark.parametrize(
    ("points", "value", "state"),
    [
        ([], 0, "ok"),
        ([(10, 1), (50, 1)], 2, "ok"),
        ([(10, 1), (50, 2)], 3, "alarm"),
        ([(10, 1), (61, 9)], 1, "ok"),
    ],
)
def test_a_sum_over_its_window(points, value, state):
    """What is older than the window does not count."""
    found = seen(alarm(), *points)
    assert (found.value, found.state) == (value, state)
    assert found.why == f"{value} now; alarm: 3 within a minute. docs/runbook.md#rejects"


def test_every_period_must_be_past_the_threshold():
    """Two periods: one bad one is no alarm yet."""
    lag = alarm(MetricName="Lag", Statistic="Average", ExtendedStatistic="p95", EvaluationPeriods=2)
    assert seen(lag, (10, 9), (70, 1)).state == "ok"
    assert seen(lag, (10, 9), (70, 4)).state == "alarm"
    many = [(10, 1)] * 99 + [(10, 9), (70, 4)]
    assert seen(lag, *many).value == 1
    assert seen(lag).value is None
    assert seen(lag).why.startswith("nothing was measured")


def test_silence_is_an_alarm_where_data_is_expected():
    """Nothing in any period: alarm. Something in one: none."""
    quiet = alarm(
        EvaluationPeriods=3,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )
    assert seen(quiet).state == "alarm"
    assert seen(quiet, (150, 4)).state == "ok"
    assert seen(quiet, (500, 4)).state == "alarm"


def test_spend_stays_what_it_was_while_nothing_is_paid():
    """The last period that has data decides, however long ago."""
    spend = alarm(Statistic="Maximum", Threshold=50.0, TreatMissingData="ignore")
    assert seen(spend, (90_000, 51), (90_010, 49)).state == "alarm"
    assert seen(spend, (90_000, 51), (100, 2)).state == "ok"
    assert seen(spend).state == "ok"


def test_only_lines_of_metrics_are_read():
    """A line that merely mentions a metric, and another deployment's, say nothing."""
    line = '{"_aws":{},"service":"echostream-local","Lag":[1.5,2.0]}'
    assert alarms._embedded(line, "Lag", "echostream-local") == [1.5, 2.0]
    assert alarms._embedded(line, "Lag", "echostream-prod") == []
    assert alarms._embedded(line, "Failed", "echostream-local") == []
    assert alarms._embedded('{"message":"Lag"}', "Lag", "echostream-local") == []
