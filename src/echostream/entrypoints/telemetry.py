"""Metrics of each call, written as log lines that CloudWatch reads (EMF).

    Failed         percent    100 for a failed call, else 0; the mean is the error rate
    Accepted       documents  accepted by a call, repeats included
    Rejected       documents
    Stored         documents  of those, that are new
    PaidFor        documents  of the new ones, scored by Comprehend
    FellBack       documents  of the new ones, scored by another engine than configured
    EngineFailed   documents  of these, because Comprehend refused them, was throttled or too slow;
                              only written above 0
    Lag            seconds    from the arrival at the API to the table; the longest of a batch
    SpendShare     percent    of the month's cap that is reserved
    Quarantined    items      new in quarantine: documents and records of the stream, and problems
                              that a compaction found for the first time
    NotCompacted   days       that a compaction could not write

They have no dimension but the deployment. Ten are CloudWatch's free allowance; the eleventh costs
by the hour in which it is written. The reasons of `FellBack` are in the line, as `fallbacks`.
With RELEASE_METRICS a function also writes `Failed` by its name and version, which decides on a
gradual deployment.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from echostream.adapters.comprehend import ENGINE as PAID
from echostream.adapters.paid_calls import FAILURE
from echostream.domain.door import Receipt
from echostream.entrypoints.config import has_release_metrics

if TYPE_CHECKING:
    from echostream.domain.compaction import Report
    from echostream.domain.consume import Consumed
    from echostream.domain.model import Enrichment

NAMESPACE = "EchoStream"
Handler = Callable[[dict[str, Any], LambdaContext], Any]
_metrics = Metrics(namespace=NAMESPACE)
_logger = Logger(child=True)


def measured(handler: Handler) -> Handler:
    """A handler that writes the metrics of each call, also if it raises."""
    by_version = has_release_metrics()

    @wraps(handler)
    def call(event: dict[str, Any], context: LambdaContext) -> Any:
        response: Any = {"statusCode": 500}
        try:
            response = handler(event, context)
            return response
        finally:
            failed = 100 if _is_failure(response) else 0
            _flush(failed)
            if by_version:
                _record_version(failed, context)

    return call


def ingested(receipt: Receipt, arrived_at: datetime, now: datetime) -> None:
    """The result of a request to ingest, and its duration."""
    enqueued(receipt)
    _stored(receipt.stored, arrived_at, now)


def enqueued(receipt: Receipt) -> None:
    """The result of a request that was queued in the stream."""
    _count("Accepted", len(receipt.ids))
    _count("Rejected", len(receipt.rejected))


def consumed(result: "Consumed", now: datetime) -> None:
    """The result of a batch of the stream."""
    _count("Quarantined", result.quarantined)
    _stored(result.stored, result.oldest or now, now)


def _stored(stored: "Sequence[Enrichment]", arrived_at: datetime, now: datetime) -> None:
    _count("Stored", len(stored))
    _count("PaidFor", sum(one.engine == PAID for one in stored))
    reasons = Counter(one.fallback for one in stored if one.fallback)
    _count("FellBack", reasons.total())
    if reasons:
        _metrics.add_metadata("fallbacks", reasons)
    if failed := sum(number for reason, number in reasons.items() if reason.startswith(FAILURE)):
        _count("EngineFailed", failed)
    if stored:
        _metrics.add_metric("Lag", MetricUnit.Seconds, (now - arrived_at).total_seconds())


def spent(share: float) -> None:
    """The reserved share of the month's cap, 0 to 1."""
    _metrics.add_metric("SpendShare", MetricUnit.Percent, round(100 * share, 2))


def not_released(units: int, reason: str) -> None:
    """Units of an account of the spend guard that stay reserved though no call used them."""
    _logger.warning("units_not_released", units=units, reason=reason)


def compacted(report: "Report") -> None:
    """New problems and failed days of a compaction."""
    _count("Quarantined", report.new_problems)
    _count("NotCompacted", len(report.failed))


def _count(name: str, number: int) -> None:
    _metrics.add_metric(name, MetricUnit.Count, number)


def _flush(failed: int) -> None:
    """Write the metrics of a call in one line, with the id of its request."""
    _metrics.add_metric("Failed", MetricUnit.Percent, failed)
    _metrics.add_metadata("correlation_id", _logger.get_correlation_id() or "")
    _metrics.flush_metrics()


def _record_version(failed: int, context: LambdaContext) -> None:
    """Write `Failed` by function and version, with the dimensions that Lambda's metrics have."""
    with single_metric("Failed", MetricUnit.Percent, failed, namespace=NAMESPACE) as metric:
        metric.add_dimension("FunctionName", context.function_name)
        metric.add_dimension("ExecutedVersion", context.function_version)


def _is_failure(response: Any) -> bool:
    return isinstance(response, dict) and response.get("statusCode", 200) >= 500
