"""The value behind each of the stack's alarms.

On AWS, CloudWatch evaluates the alarms. Emulators make no metrics of log lines and evaluate no
missing data, so both is done here, from the same log lines and with the alarms' own thresholds.
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
from echostream_cli.target import FUNCTIONS, Target

Point = tuple[datetime, float]
UNITS = {"Failed": "%", "SpendShare": "%", "Lag": "s", "Accepted": "documents"}
LATEST = timedelta(days=31)
"""How far back to look for an alarm that keeps its state while nothing is measured."""
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
    """What an alarm sees now. `value` is None where nothing was measured; `state` is ok, alarm or
    unknown; `why` says what it means and names the runbook's entry."""

    name: str
    title: str
    value: float | None
    unit: str
    threshold: float | None
    state: str
    why: str


def read(target: Target, now: datetime) -> list[AlarmReading]:
    """The reading of every alarm. Raises `UserError` where the target does not answer."""
    try:
        alarms = _alarms(target)
        if target.endpoint is None:
            return [_evaluated(alarm) for alarm in alarms]
        source = _Source(target, now)
        return [_reading(alarm, source.points(alarm), now) for alarm in alarms]
    except (ClientError, BotoCoreError) as error:
        raise UserError(target.unreachable(error)) from error


def to_json(reading: AlarmReading) -> dict[str, Any]:
    """A reading for scripts."""
    return asdict(reading)


def _alarms(target: Target) -> list[dict[str, Any]]:
    pages = target.client("cloudwatch").get_paginator("describe_alarms")
    found = pages.paginate(AlarmNamePrefix=f"{target.stack_name}-")
    return [
        alarm
        for page in found
        for alarm in page["MetricAlarms"]
        if _DESCRIPTION.fullmatch(alarm["AlarmDescription"])
    ]


def _window(alarm: dict[str, Any]) -> timedelta:
    return timedelta(seconds=alarm["Period"] * alarm["EvaluationPeriods"])


class _Source:
    """Where the points of each metric are: our log lines, the emulator's metrics, a queue."""

    def __init__(self, target: Target, now: datetime) -> None:
        self._target = target
        self._now = now

    def points(self, alarm: dict[str, Any]) -> list[Point]:
        """What was measured since the alarm's window began, in no order."""
        since = self._now - (LATEST if alarm["TreatMissingData"] == "ignore" else _window(alarm))
        dimension = alarm["Dimensions"][0]["Value"]
        metric = alarm["MetricName"]
        if alarm["Namespace"] == NAMESPACE:
            return list(self._counted(metric, dimension, since))
        if alarm["Namespace"] == "AWS/SQS":
            return [(self._now, self._waiting(dimension))]
        if metric == "Errors":
            return [(at, 1.0) for at, _ in self._lines_of(dimension, since)]
        return list(self._of_emulator(alarm, since))

    def _counted(self, metric: str, service: str, since: datetime) -> Iterator[Point]:
        """The values of one of our metrics, out of the functions' log lines."""
        for function in FUNCTIONS:
            group = self._target.log_group(function)
            for at, line in self._lines(group, since, f'"{metric}"'):
                values = _embedded(line, metric, service)
                yield from ((at, float(value)) for value in values)

    def _lines_of(self, function: str, since: datetime) -> Iterator[tuple[datetime, str]]:
        """The log lines that say that a call of a function raised or ran out of time."""
        client = self._target.client("lambda")
        group = client.get_function_configuration(FunctionName=function)["LoggingConfig"]
        lines = self._lines(group["LogGroup"], since)
        return (found for found in lines if _CRASH.search(found[1]))

    def _lines(
        self, group: str, since: datetime, pattern: str = ""
    ) -> Iterator[tuple[datetime, str]]:
        return log_events.read(self._target.client("logs"), group, since, pattern)

    def _waiting(self, queue: str) -> float:
        """How many messages wait in a queue."""
        client = self._target.client("sqs")
        name = "ApproximateNumberOfMessages"
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return float(found["Attributes"][name])

    def _of_emulator(self, alarm: dict[str, Any], since: datetime) -> Iterator[Point]:
        """What the emulator counts itself."""
        found = self._target.client("cloudwatch").get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm["Dimensions"],
            StartTime=since,
            EndTime=self._now,
            Period=60,
            Statistics=["Sum"],
        )
        return ((point["Timestamp"], float(point["Sum"])) for point in found["Datapoints"])


def _embedded(line: str, metric: str, service: str) -> Sequence[float]:
    """A metric's values in a log line, in CloudWatch's embedded metric format (EMF)."""
    if not line.startswith('{"_aws"'):
        return []
    found = json.loads(line)
    values: Sequence[float] = found.get(metric, [])
    return values if found.get("service") == service else []


def _reading(alarm: dict[str, Any], points: Sequence[Point], now: datetime) -> AlarmReading:
    said = _DESCRIPTION.fullmatch(alarm["AlarmDescription"])
    assert said  # noqa: S101 - others were left out
    value = _value(alarm, points, now)
    state = "alarm" if _fires(alarm, points, now) else "ok"
    return AlarmReading(
        name=said["name"],
        title=said["title"],
        value=value,
        unit=UNITS.get(alarm["MetricName"], ""),
        threshold=alarm["Threshold"],
        state=state,
        why=f"{_found(alarm, value)}; alarm: {said['fires']}. {said['entry']}",
    )


STATES = {"OK": "ok", "ALARM": "alarm"}
"""CloudWatch's states in our words; any other is unknown."""


def _evaluated(alarm: dict[str, Any]) -> AlarmReading:
    """An alarm as CloudWatch evaluated it."""
    described = _DESCRIPTION.fullmatch(alarm["AlarmDescription"])
    assert described  # noqa: S101 - `_alarms` leaves out all others
    return AlarmReading(
        name=described["name"],
        title=described["title"],
        value=None,
        unit=UNITS.get(alarm["MetricName"], ""),
        threshold=alarm["Threshold"],
        state=STATES.get(alarm["StateValue"], "unknown"),
        why=f"{alarm['StateReason']} Alarm: {described['fires']}. {described['entry']}",
    )


def _found(alarm: dict[str, Any], value: float | None) -> str:
    if value is None:
        return "nothing was measured"
    unit = UNITS.get(alarm["MetricName"], "")
    return f"{value:.4g}{unit if unit == '%' else ' ' + unit if unit else ''} now"


def _value(alarm: dict[str, Any], points: Sequence[Point], now: datetime) -> float | None:
    """The statistic over the whole window; of the last period that has data, where that stays."""
    if alarm["TreatMissingData"] == "ignore":
        return _statistic(alarm, _latest(alarm, points))
    since = now - _window(alarm)
    return _statistic(alarm, [value for at, value in points if at >= since])


def _fires(alarm: dict[str, Any], points: Sequence[Point], now: datetime) -> bool:
    """Whether every period of the window is past the threshold, as CloudWatch decides it."""
    breaches = _BREACHES[alarm["ComparisonOperator"]]
    if alarm["TreatMissingData"] == "ignore":
        value = _statistic(alarm, _latest(alarm, points))
        return value is not None and breaches(value, float(alarm["Threshold"]))
    period = timedelta(seconds=alarm["Period"])
    for number in range(alarm["EvaluationPeriods"]):
        end = now - number * period
        values = [value for at, value in points if end - period < at <= end]
        if not values and alarm["TreatMissingData"] == "breaching":
            continue
        value = _statistic(alarm, values)
        if value is None or not breaches(value, float(alarm["Threshold"])):
            return False
    return True


def _latest(alarm: dict[str, Any], points: Sequence[Point]) -> list[float]:
    """The values of the last period that has any."""
    if not points:
        return []
    since = max(at for at, _ in points) - timedelta(seconds=alarm["Period"])
    return [value for at, value in points if at > since]


def _statistic(alarm: dict[str, Any], values: Sequence[float]) -> float | None:
    """A statistic of values; nothing adds up to 0, and has no mean and no maximum."""
    percentile = alarm.get("ExtendedStatistic")
    if not percentile and alarm["Statistic"] == "Sum":
        return float(sum(values))
    if not values:
        return None
    if percentile:
        rank = round(float(percentile.removeprefix("p")) / 100 * (len(values) - 1))
        return sorted(values)[rank]
    return max(values) if alarm["Statistic"] == "Maximum" else sum(values) / len(values)
