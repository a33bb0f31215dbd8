"""Alarms: each has an entry in the runbook, and is evaluated by CloudWatch's rules."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aws_lambda_powertools import Logger

from echostream.domain.compaction import Report
from echostream.domain.door import Receipt
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
DASHBOARD = json.loads(TEMPLATE["Resources"]["Watch"]["Properties"]["DashboardBody"])
WIDGETS = [widget["properties"] for widget in DASHBOARD["widgets"]]
"""The properties of each widget of the dashboard in CloudWatch."""
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


def make_alarm(**changes):
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


def evaluate(alarm, *data):
    """The reading of an alarm for pairs of age in seconds and value."""
    points = [(NOW - timedelta(seconds=age), float(value)) for age, value in data]
    return alarms.evaluate(alarm, points, NOW)


def test_alarms_and_entries_of_the_runbook_match():
    """By name; each entry has the parts "Look at" and "Do", each alarm a title of its own."""
    parsed = [alarms.parse_description(alarm) for alarm in ALARMS.values()]
    descriptions = [description for description in parsed if description]
    assert len(descriptions) == len(ALARMS)
    names = [description["name"] for description in descriptions]
    entries = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.M | re.S))
    assert sorted(names) == sorted(entries)
    for entry in entries.values():
        assert "Look at:" in entry
        assert "Do:" in entry
    assert len({description["title"] for description in descriptions}) == len(ALARMS)


SINGLE = {name: alarm for name, alarm in ALARMS.items() if "MetricName" in alarm}
"""The alarms on one metric. Those of releases compute with several; no sandbox has them."""


@pytest.mark.parametrize("name", SINGLE)
def test_alarm_uses_only_supported_settings(name):
    """Comparison, statistic and treatment of missing data are implemented for the sandbox."""
    alarm = ALARMS[name]
    assert alarm["ComparisonOperator"] in alarms._BREACHES
    assert alarm["TreatMissingData"] in ("notBreaching", "breaching", "ignore")
    if "ExtendedStatistic" in alarm:
        assert re.fullmatch(r"p\d+(\.\d+)?", alarm["ExtendedStatistic"])
    else:
        assert alarm["Statistic"] in ("Sum", "Average", "Maximum")


def test_only_alarms_of_releases_read_several_metrics():
    """The sandbox evaluates all others."""
    computed = ALARMS.keys() - SINGLE.keys()
    assert computed == {f"{name}ReleaseAlarm" for name in ("Processor", "Ingest", "Query")}
    conditions = {TEMPLATE["Resources"][name]["Condition"] for name in computed}
    assert conditions == {"IsGradual", "IsGradualStream"}


def test_every_alarm_notifies_the_same_topic_and_is_on_the_dashboard():
    """At its start and its end. Only conditional alarms are not on the dashboard."""
    assert len({str(alarm["AlarmActions"]) for alarm in ALARMS.values()}) == 1
    assert all(alarm["AlarmActions"] == alarm["OKActions"] for alarm in ALARMS.values())
    displayed = {name for widget in WIDGETS for name in widget.get("alarms", [])}
    assert displayed == {
        f"${{{name}.Arn}}" for name in ALARMS if "Condition" not in TEMPLATE["Resources"][name]
    }


def test_functions_of_the_dashboard_are_those_of_the_template():
    """Each function but the producer, which only some deployments have, is in each widget."""
    functions = {
        name
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and "Condition" not in resource
    }
    for metric in ("Errors", "Throttles", "Duration"):
        lines = [line for widget in WIDGETS for line in widget.get("metrics", [])]
        displayed = {line[3] for line in lines if line[:2] == ["AWS/Lambda", metric]}
        assert displayed == {f"${{{name}}}" for name in functions}


def test_changes_fail_before_the_stream_deletes_them():
    """Only then their positions go to the queue of dead letters."""
    changes = TEMPLATE["Resources"]["DeriveFunction"]["Properties"]["Events"]["Changes"]
    assert changes["Properties"]["MaximumRecordAgeInSeconds"] <= 23 * 3600
    assert changes["Properties"]["DestinationConfig"]["OnFailure"]["Type"] == "SQS"


def get_written_metrics(capsys):
    """The names of metrics in the log line of an invocation that records every metric."""

    @telemetry.measured
    def handler(event, context):
        fallback = replace(scored("a").enrichment, fallback="comprehend_throttled")
        receipt = Receipt(["a"], [], [fallback])
        telemetry.ingested(receipt, NOW, NOW)
        telemetry.spent(0.5)
        telemetry.compacted(Report())

    Logger()  # every handler creates one
    capsys.readouterr()
    handler({}, CONTEXT)
    [line] = capsys.readouterr().out.splitlines()
    [directive] = json.loads(line)["_aws"]["CloudWatchMetrics"]
    return {metric["Name"] for metric in directive["Metrics"]}


def test_documented_written_and_displayed_metrics_are_the_same(capsys):
    """The metrics of the alarms are among them, so no alarm waits for data that never comes."""
    written = set(re.findall(r"^    ([A-Z]\w+)  +", telemetry.__doc__, re.M))
    assert written == get_written_metrics(capsys)
    alarmed = {a["MetricName"] for a in SINGLE.values() if a["Namespace"] == telemetry.NAMESPACE}
    metrics = [metric for widget in WIDGETS for metric in widget.get("metrics", [])]
    displayed = {name for namespace, name, *_ in metrics if namespace == telemetry.NAMESPACE}
    assert alarmed
    assert alarmed <= written
    assert displayed == written


@pytest.mark.parametrize(
    ("data", "value", "state"),
    [
        ([], 0, "ok"),
        ([(10, 1), (50, 1)], 2, "ok"),
        ([(10, 1), (50, 2)], 3, "alarm"),
        ([(10, 1), (61, 9)], 1, "ok"),
    ],
)
def test_sum_covers_the_window_only(data, value, state):
    """Data older than the window does not count."""
    reading = evaluate(make_alarm(), *data)
    assert (reading.value, reading.state) == (value, state)
    assert reading.why == f"{value} now; alarm: 3 within a minute. docs/runbook.md#rejects"


def test_large_number_is_written_with_all_its_digits():
    """A threshold in milliseconds has six."""
    age = make_alarm(MetricName="IteratorAge", Statistic="Maximum", Threshold=300_000.0)
    reading = evaluate(age, (10, 312_345))
    assert reading.state == "alarm"
    assert reading.why.startswith("312,345 ms now; alarm:")


def test_alarm_fires_only_if_every_period_breaches_the_threshold():
    """With two periods, one breach is not enough."""
    lag = make_alarm(
        MetricName="Lag", Statistic="Average", ExtendedStatistic="p95", EvaluationPeriods=2
    )
    assert evaluate(lag, (10, 9), (70, 1)).state == "ok"
    assert evaluate(lag, (10, 9), (70, 4)).state == "alarm"
    percentiles = [(10, 1)] * 99 + [(10, 9), (70, 4)]
    assert evaluate(lag, *percentiles).value == 1
    assert evaluate(lag).value is None
    assert evaluate(lag).why.startswith("no data; alarm:")


def test_missing_data_fires_the_alarm_if_it_counts_as_a_breach():
    """Without data in any period the alarm fires; data in one period prevents it."""
    quiet = make_alarm(
        EvaluationPeriods=3,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    )
    assert evaluate(quiet).state == "alarm"
    assert evaluate(quiet, (150, 4)).state == "ok"
    assert evaluate(quiet, (500, 4)).state == "alarm"


def test_state_is_kept_if_missing_data_is_ignored():
    """The last period with data decides, whatever its age."""
    spend = make_alarm(Statistic="Maximum", Threshold=50.0, TreatMissingData="ignore")
    assert evaluate(spend, (90_000, 51), (90_010, 49)).state == "alarm"
    assert evaluate(spend, (90_000, 51), (100, 2)).state == "ok"
    assert evaluate(spend).state == "ok"


def test_metrics_are_parsed_only_from_lines_of_the_metric_format():
    """Not from a line that mentions the name, nor from another deployment's line."""
    line = '{"_aws":{},"service":"echostream-local","Lag":[1.5,2.0]}'
    assert alarms.parse_metric(line, "Lag", "echostream-local") == [1.5, 2.0]
    assert alarms.parse_metric(line, "Lag", "echostream-prod") == []
    assert alarms.parse_metric(line, "Failed", "echostream-local") == []
    assert alarms.parse_metric('{"message":"Lag"}', "Lag", "echostream-local") == []


def test_reading_as_json_has_value_and_threshold():
    """It can be written as JSON."""
    reading = json.loads(json.dumps(alarms.to_json(evaluate(make_alarm(), (10, 3)))))
    assert (reading["name"], reading["state"]) == ("rejects", "alarm")
    assert (reading["value"], reading["threshold"]) == (3, 3)
