"""What functions used, from the lines that Lambda itself writes into their logs."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from echostream_cli.costs.calls import Reading
from echostream_cli.costs.meter import GB

EVENT_BYTES = 26
"""What CloudWatch adds to each line."""
TYPICAL = {
    "$context.requestId": "Kx3vYjHoIAMEVzQ=",
    "$context.requestTimeEpoch": "1790000000000",
    "$context.routeKey": "POST /ingest",
    "$context.status": "202",
    "$context.responseLatency": "100",
    "$context.responseLength": "4000",
    "$context.authorizer.claims.tenant_id": "demo",
}
"""How long AWS's own values are, for the length of a line."""
_REPORT = re.compile(r"REPORT .*Billed Duration: ([\d.]+) ms\s+Memory Size: (\d+) MB")


@dataclass(frozen=True, slots=True)
class Ran:
    """The invocations of one function: how long each took, with how much memory, and its lines."""

    milliseconds: tuple[float, ...]
    megabytes: int
    log_bytes: int
    metrics: frozenset[str] = frozenset()
    """Metrics of our own that CloudWatch makes of lines (EMF), each with its dimensions."""

    @property
    def quiet_ms(self) -> float:
        """How long an invocation takes on a quiet machine: the quickest tenth's longest."""
        return sorted(self.milliseconds)[len(self.milliseconds) // 10] if self.milliseconds else 0.0

    def reading(self) -> Reading:
        """Usage, each invocation counted with `quiet_ms`: other work here only makes it longer.

        What Lambda's lines really add up to is in the gauge `billed_ms`.
        """
        seconds = len(self.milliseconds) * ceil(self.quiet_ms) / 1000
        billed = {"billed_ms": sum(map(ceil, self.milliseconds))}
        return Reading(
            {
                "lambda_request": len(self.milliseconds),
                "lambda_gb_second": seconds * self.megabytes / 1024,
                "logs_ingested": self.log_bytes / GB,
            },
            billed,
        )


def ran(lines: Iterable[str]) -> Ran:
    """What a function's log lines say."""
    milliseconds, megabytes, size = [], 0, 0
    metrics: set[str] = set()
    for line in lines:
        size += len(line.encode()) + EVENT_BYTES
        metrics |= set(_metrics(line))
        found = _REPORT.search(line)
        if found:
            milliseconds.append(float(found.group(1)))
            megabytes = int(found.group(2))
    return Ran(tuple(milliseconds), megabytes, size, frozenset(metrics))


def _metrics(line: str) -> Iterator[str]:
    """The metrics that a line counts for, in CloudWatch's embedded metric format."""
    if '"_aws"' not in line:
        return
    fields = json.loads(line)
    for one in fields["_aws"]["CloudWatchMetrics"]:
        for names in one["Dimensions"]:
            values = [fields[name] for name in names]
            yield from (f"{one['Namespace']} {m['Name']} {values}" for m in one["Metrics"])


def access_line_bytes(form: str) -> int:
    """Bytes of a line of the API's access log, which the emulator does not write."""
    line = re.sub(r"\$context(\.\w+)+", lambda name: TYPICAL.get(name.group(0), "-"), form)
    return len(line.encode()) + EVENT_BYTES
