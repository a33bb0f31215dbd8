"""The usage of Lambda functions, from the REPORT lines that Lambda writes to their logs."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from echostream_cli.costs.calls import Reading
from echostream_cli.costs.meter import GB

EVENT_BYTES = 26
"""Bytes that CloudWatch adds to each line."""
TYPICAL = {
    "$context.requestId": "Kx3vYjHoIAMEVzQ=",
    "$context.requestTimeEpoch": "1790000000000",
    "$context.routeKey": "POST /ingest",
    "$context.status": "202",
    "$context.responseLatency": "100",
    "$context.responseLength": "4000",
    "$context.authorizer.claims.tenant_id": "demo",
}
"""Values of typical length, to compute the length of a line."""
_REPORT = re.compile(r"REPORT .*Billed Duration: ([\d.]+) ms\s+Memory Size: (\d+) MB")


@dataclass(frozen=True, slots=True)
class FunctionLog:
    """The log of one function: billed duration of each invocation, memory, and bytes of lines."""

    milliseconds: tuple[float, ...]
    megabytes: int
    log_bytes: int
    metrics: frozenset[str] = frozenset()
    """Custom metrics that CloudWatch extracts from the lines, each with its dimensions."""

    @property
    def quiet_ms(self) -> float:
        """The duration of an invocation on an idle machine: the 10th percentile."""
        return sorted(self.milliseconds)[len(self.milliseconds) // 10] if self.milliseconds else 0.0

    def extra_of(self, first: "FunctionLog") -> float:
        """The duration of a cold start beyond that of other invocations, in GB-seconds.

        `first` is the log of the first invocations of the function.
        """
        milliseconds = max(0.0, max(first.milliseconds) - self.quiet_ms)
        return milliseconds / 1000 * first.megabytes / 1024

    def to_reading(self, *, are_alike: bool = True) -> Reading:
        """The usage, with `quiet_ms` for each invocation: other work prolongs the others.

        With the actual durations, if the invocations are not alike. The gauge `billed_ms` is the
        sum of these.
        """
        billed = sum(map(ceil, self.milliseconds))
        quiet = len(self.milliseconds) * ceil(self.quiet_ms)
        seconds = (quiet if are_alike else billed) / 1000
        gauges = {"billed_ms": billed}
        return Reading(
            {
                "lambda_request": len(self.milliseconds),
                "lambda_gb_second": seconds * self.megabytes / 1024,
                "logs_ingested": self.log_bytes / GB,
            },
            gauges,
        )


def parse_log(lines: Iterable[str]) -> FunctionLog:
    """Parse the log lines of one function."""
    milliseconds, megabytes, size = [], 0, 0
    metrics: set[str] = set()
    for line in lines:
        size += len(line.encode()) + EVENT_BYTES
        metrics |= set(_list_metrics(line))
        match = _REPORT.search(line)
        if match:
            milliseconds.append(float(match.group(1)))
            megabytes = int(match.group(2))
    return FunctionLog(tuple(milliseconds), megabytes, size, frozenset(metrics))


def _list_metrics(line: str) -> Iterator[str]:
    """The metrics of a line of CloudWatch's embedded metric format (EMF)."""
    if '"_aws"' not in line:
        return
    event = json.loads(line)
    for directive in event["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            values = [event[name] for name in names]
            for metric in directive["Metrics"]:
                yield f"{directive['Namespace']} {metric['Name']} {values}"


def access_line_bytes(line_format: str) -> int:
    """Bytes of a line of the API's access log, which the emulator does not write."""
    line = re.sub(r"\$context(\.\w+)+", lambda name: TYPICAL.get(name.group(0), "-"), line_format)
    return len(line.encode()) + EVENT_BYTES
