"""The state of each of the stack's alarms, and the value that it compares with its threshold.

On AWS, CloudWatch evaluates the alarms. Emulators extract no metrics from log lines and do not
evaluate missing data; there, this module does both, with the alarms' own settings.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.entrypoints.telemetry import NAMESPACE
from echostream_cli import log_events
from echostream_cli.errors import UserError
from echostream_cli.operate.stream_age import age_of_oldest_change
from echostream_cli.target import FUNCTIONS, Target

Point = tuple[datetime, float]
UNIT = {"Failed": "%", "SpendShare": "%", "Lag": "s", "Accepted": "documents", "IteratorAge": "ms"}
LATEST = timedelta(days=31)
"""How far back data is read for an alarm that keeps its state while data is missing."""
_DESCRIPTION = re.compile(
    r"(?P<title>[^:]+): (?P<fires>.+)\. (?P<entry>docs/runbook\.md#(?P<name>\S+))"
)
_CRASH = re.compile(r"Traceback \(most recent call last\)|Task timed out")
_BREACHES = {
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "LessThanThreshold": float.__lt__,
}


@dataclass(frozen=True, slots=True)
class AlarmReading:
    """The current reading of an alarm.

    `value` is None without data; `state` is ok, alarm or unknown; `why` is the explanation, with
    the entry of the runbook.
    """

    name: str
    title: str
    value: float | None
    unit: str
    threshold: float | None
    state: str
    why: str


def read(target: Target, now: datetime) -> list[AlarmReading]:
    """The readings of all alarms. Raises `UserError` if the deployment is unreachable."""
    try:
        alarms = _list_alarms(target)
        if target.endpoint is None:
            return [_read_state(alarm) for alarm in alarms]
        source = _DataSource(target, now)
        return [evaluate(alarm, source.read_points(alarm), now) for alarm in alarms]
    except (ClientError, BotoCoreError) as error:
        raise UserError(target.unreachable(error)) from error


def to_json(reading: AlarmReading) -> dict[str, Any]:
    """The reading as JSON."""
    return asdict(reading)


def _list_alarms(target: Target) -> list[dict[str, Any]]:
    pages = target.client("cloudwatch").get_paginator("describe_alarms")
    return [
        alarm
        for page in pages.paginate(AlarmNamePrefix=f"{target.stack_name}-")
        for alarm in page["MetricAlarms"]
        if parse_description(alarm)
    ]


def _get_window(alarm: dict[str, Any]) -> timedelta:
    return timedelta(seconds=alarm["Period"] * alarm["EvaluationPeriods"])


class _DataSource:
    """Reads the data of metrics: from log lines, the emulator's metrics, a queue, or a stream."""

    def __init__(self, target: Target, now: datetime) -> None:
        self._target = target
        self._now = now

    def read_points(self, alarm: dict[str, Any]) -> list[Point]:
        """The data since the start of the alarm's window, unordered."""
        is_kept = alarm["TreatMissingData"] == "ignore"
        since = self._now - (LATEST if is_kept else _get_window(alarm))
        dimension = alarm["Dimensions"][0]["Value"]
        metric = alarm["MetricName"]
        if alarm["Namespace"] == NAMESPACE:
            return list(self._read_embedded(metric, dimension, since))
        if alarm["Namespace"] == "AWS/SQS":
            return [(self._now, self._get_queue_length(dimension))]
        if metric == "IteratorAge":
            age = age_of_oldest_change(self._target, self._target.resource("Table"), self._now)
            return [] if age is None else [(self._now, age)]
        if metric == "Errors":
            return [(time, 1.0) for time, _ in self._read_crashes(dimension, since)]
        return list(self._read_emulator_metric(alarm, since))

    def _read_embedded(self, metric: str, service: str, since: datetime) -> Iterator[Point]:
        """The values of one of EchoStream's metrics, from the functions' log lines."""
        for function in FUNCTIONS:
            group = self._target.log_group(function)
            for time, line in self._read_lines(group, since, f'"{metric}"'):
                values = parse_metric(line, metric, service)
                yield from ((time, float(value)) for value in values)

    def _read_crashes(self, function: str, since: datetime) -> Iterator[tuple[datetime, str]]:
        """The log lines of invocations that raised or timed out."""
        client = self._target.client("lambda")
        group = client.get_function_configuration(FunctionName=function)["LoggingConfig"]
        lines = self._read_lines(group["LogGroup"], since)
        return ((time, line) for time, line in lines if _CRASH.search(line))

    def _read_lines(
        self, group: str, since: datetime, pattern: str = ""
    ) -> Iterator[tuple[datetime, str]]:
        return log_events.read(self._target.client("logs"), group, since, pattern)

    def _get_queue_length(self, queue: str) -> float:
        client = self._target.client("sqs")
        name = "ApproximateNumberOfMessages"
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        response = client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return float(response["Attributes"][name])

    def _read_emulator_metric(self, alarm: dict[str, Any], since: datetime) -> Iterator[Point]:
        """The data of a metric that the emulator records."""
        response = self._target.client("cloudwatch").get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm["Dimensions"],
            StartTime=since,
            EndTime=self._now,
            Period=60,
            Statistics=["Sum"],
        )
        return ((point["Timestamp"], float(point["Sum"])) for point in response["Datapoints"])


def parse_metric(line: str, metric: str, service: str) -> Sequence[float]:
    """A metric's values in a log line of CloudWatch's embedded metric format (EMF)."""
    if not line.startswith('{"_aws"'):
        return []
    event = json.loads(line)
    values: Sequence[float] = event.get(metric, [])
    return values if event.get("service") == service else []


def parse_description(alarm: dict[str, Any]) -> re.Match[str] | None:
    """Title, condition, runbook entry and name in an alarm's description, None for others."""
    return _DESCRIPTION.fullmatch(alarm["AlarmDescription"])


def evaluate(alarm: dict[str, Any], points: Sequence[Point], now: datetime) -> AlarmReading:
    """The reading of an alarm, computed from the data of its metric."""
    value = _get_value(alarm, points, now)
    state = "alarm" if _is_firing(alarm, points, now) else "ok"
    return _make_reading(alarm, state, value, f"{_format_value(alarm, value)}; alarm:")


STATES = {"OK": "ok", "ALARM": "alarm"}
"""CloudWatch's states; any other is unknown."""


def _read_state(alarm: dict[str, Any]) -> AlarmReading:
    """The reading of an alarm as CloudWatch evaluated it."""
    state = STATES.get(alarm["StateValue"], "unknown")
    return _make_reading(alarm, state, None, f"{alarm['StateReason']} Alarm:")


def _make_reading(
    alarm: dict[str, Any], state: str, value: float | None, introduction: str
) -> AlarmReading:
    description = parse_description(alarm)
    assert description  # noqa: S101 - `_list_alarms` omits all others
    return AlarmReading(
        name=description["name"],
        title=description["title"],
        value=value,
        unit=UNIT.get(alarm.get("MetricName", ""), ""),
        threshold=alarm["Threshold"],
        state=state,
        why=f"{introduction} {description['fires']}. {description['entry']}",
    )


def _format_value(alarm: dict[str, Any], value: float | None) -> str:
    if value is None:
        return "no data"
    unit = UNIT.get(alarm.get("MetricName", ""), "")
    number = f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
    return f"{number}{unit if unit == '%' else ' ' + unit if unit else ''} now"


def _get_value(alarm: dict[str, Any], points: Sequence[Point], now: datetime) -> float | None:
    """The statistic over the window, or, if missing data is ignored, the last period with data."""
    if alarm["TreatMissingData"] == "ignore":
        return _compute_statistic(alarm, _get_latest_values(alarm, points))
    since = now - _get_window(alarm)
    return _compute_statistic(alarm, [value for time, value in points if time >= since])


def _is_firing(alarm: dict[str, Any], points: Sequence[Point], now: datetime) -> bool:
    """Whether every period of the window breaches the threshold: CloudWatch's rule."""
    is_breach = _BREACHES[alarm["ComparisonOperator"]]
    if alarm["TreatMissingData"] == "ignore":
        value = _compute_statistic(alarm, _get_latest_values(alarm, points))
        return value is not None and is_breach(value, float(alarm["Threshold"]))
    period = timedelta(seconds=alarm["Period"])
    for number in range(alarm["EvaluationPeriods"]):
        end = now - number * period
        values = [value for time, value in points if end - period < time <= end]
        if not values and alarm["TreatMissingData"] == "breaching":
            continue
        value = _compute_statistic(alarm, values)
        if value is None or not is_breach(value, float(alarm["Threshold"])):
            return False
    return True


def _get_latest_values(alarm: dict[str, Any], points: Sequence[Point]) -> list[float]:
    """The values of the last period with data."""
    if not points:
        return []
    since = max(time for time, _ in points) - timedelta(seconds=alarm["Period"])
    return [value for time, value in points if time > since]


def _compute_statistic(alarm: dict[str, Any], values: Sequence[float]) -> float | None:
    """The alarm's statistic of values. Without values a sum is 0, any other statistic None."""
    percentile = alarm.get("ExtendedStatistic")
    if not percentile and alarm["Statistic"] == "Sum":
        return float(sum(values))
    if not values:
        return None
    if percentile:
        rank = round(float(percentile.removeprefix("p")) / 100 * (len(values) - 1))
        return sorted(values)[rank]
    return max(values) if alarm["Statistic"] == "Maximum" else sum(values) / len(values)
