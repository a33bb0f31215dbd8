"""What is counted of each call: metrics, written as log lines that CloudWatch counts (EMF).

    Failed         percent    100 where a call failed, else 0; the mean is the error rate
    Accepted       documents  a call's, repeats among them
    Rejected       documents
    Stored         documents  that were not there before
    PaidFor        documents  of those, that Comprehend scored
    FellBack       documents  of those, that another engine scored than was asked for
    Lag            seconds    from the API's door to the table
    SpendShare     percent    of the month's cap that is reserved
    Quarantined    findings   of the compaction, that are new
    NotCompacted   days       that a compaction could not write

Ten names and no dimension but the deployment: as many as CloudWatch counts for nothing.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.adapters.comprehend import ENGINE as PAID
from echostream.domain.compaction import Report
from echostream.domain.ingest import Receipt

NAMESPACE = "EchoStream"
Handler = Callable[[dict[str, Any], LambdaContext], Any]
_metrics = Metrics(namespace=NAMESPACE)
_logger = Logger(child=True)


def measured(handler: Handler) -> Handler:
    """A handler whose calls are counted, also those that raise."""

    @wraps(handler)
    def call(event: dict[str, Any], context: LambdaContext) -> Any:
        answer: Any = {"statusCode": 500}
        try:
            answer = handler(event, context)
            return answer
        finally:
            _flush(failed=_is_failure(answer))

    return call


def ingested(receipt: Receipt, arrived_at: datetime, now: datetime) -> None:
    """What became of a request's documents, and how long that took."""
    stored = receipt.stored
    _count("Accepted", len(receipt.ids))
    _count("Rejected", len(receipt.rejected))
    _count("Stored", len(stored))
    _count("PaidFor", sum(one.engine == PAID for one in stored))
    _count("FellBack", sum(one.fallback is not None for one in stored))
    if stored:
        _metrics.add_metric("Lag", MetricUnit.Seconds, (now - arrived_at).total_seconds())


def spent(share: float) -> None:
    """What part of the month's cap is reserved; 1 is all of it."""
    _metrics.add_metric("SpendShare", MetricUnit.Percent, round(100 * share, 2))


def compacted(report: Report) -> None:
    """What a compaction found, and could not do."""
    _count("Quarantined", report.found)
    _count("NotCompacted", len(report.failed))


def _count(name: str, number: int) -> None:
    _metrics.add_metric(name, MetricUnit.Count, number)


def _flush(failed: bool) -> None:
    """Write the call's metrics in one line, under the request that they belong to."""
    _metrics.add_metric("Failed", MetricUnit.Percent, 100 if failed else 0)
    _metrics.add_metadata("correlation_id", _logger.get_correlation_id() or "")
    _metrics.flush_metrics()


def _is_failure(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("statusCode", 200) >= 500
