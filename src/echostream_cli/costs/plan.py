"""The bill of a month on AWS at a given rate, computed from the stored measurements."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from echostream.domain.engine import ENGINES
from echostream.domain.validation import MAX_DOCUMENTS
from echostream_cli.costs import measurements, template
from echostream_cli.costs.bill import Bill, Usage, add, make_bill, scale
from echostream_cli.costs.counting import derive_window, invocations_per_document
from echostream_cli.costs.documents import RATE
from echostream_cli.costs.measurements import MANY, SIZES, Measurements, Run
from echostream_cli.costs.meter import GB
from echostream_cli.costs.sources import compute_sources
from echostream_cli.costs.stream import compute_stream
from echostream_cli.errors import UserError

DAYS = 365 / 12
READS_A_DAY = 1440
"""Requests of a page that is open for an hour and sends two requests every five seconds."""
SIGN_INS_A_DAY = 24
POLLS_A_DAY = 5 * 3 * 60 * 24
"""Lambda's reads of a queue without messages: five at once, each of 20 seconds."""
COLD_STARTS_A_DAY = 144
"""The maximum, if a function stays warm for ten minutes."""

MAX_SOURCES = 10_000
"""Of a plan."""

DEFAULTS: Mapping[str, str] = MappingProxyType({})
"""No parameter differs from the template's default."""


class InvalidPlan(UserError):
    """An invalid setting of a plan. The message names the setting and the valid values."""


def plan_month(
    documents_per_day: float,
    *,
    engine: str = "vader",
    batch: int = MANY,
    sources: int = 0,
    parameters: Mapping[str, str] = DEFAULTS,
) -> Bill:
    """The bill of a month at a constant rate, when as many documents expire as arrive.

    `sources` is the number of live sources that the producer reads. `parameters` are those of the
    template that differ from their defaults. Raises `InvalidPlan`.
    """
    _check(documents_per_day, engine, batch)
    if not 0 <= sources <= MAX_SOURCES:
        raise InvalidPlan(f"SOURCES: must be from 0 to {MAX_SOURCES:,}, is {sources}")
    measured = measurements.load()
    usage = _compute_usage(measured, documents_per_day, engine, batch, parameters)
    return make_bill(add(usage, compute_sources(measured, sources)))


def _check(documents_per_day: float, engine: str, batch: int) -> None:
    if not 0 <= documents_per_day <= 1e11:
        raise InvalidPlan("DOCS_PER_DAY: must be from 0 to 100,000,000,000")
    if engine not in ENGINES:
        raise InvalidPlan(f"ENGINE: must be one of {', '.join(ENGINES)}, is {engine!r}")
    if not 1 <= batch <= MAX_DOCUMENTS:
        raise InvalidPlan(f"BATCH: must be from 1 to {MAX_DOCUMENTS}, is {batch}")


def _compute_usage(
    measured: Measurements, rate: float, engine: str, batch: int, parameters: Mapping[str, str]
) -> Usage:
    window = derive_window(parameters)
    ingest = scale(_per_document(measured, rate, engine, batch, window), rate * DAYS)
    if "comprehend_unit" in ingest:
        cap = template.get_number("SpendCap", parameters)
        ingest["comprehend_unit"] = min(ingest["comprehend_unit"], cap)
    run = measured.runs[engine, MANY if batch > 1 else 1]
    # A run after the first can meet functions that are warm already.
    cold = max(measured.runs[engine, size].cold_gb_second for size in SIZES)
    usage = add(
        ingest,
        _compute_daily(measured),
        _compute_cold_starts(cold, rate / batch),
        _compute_storage(run, rate, parameters),
        _compute_fixed(measured),
        compute_stream(rate * DAYS, batch, parameters),
    )
    is_traced = template.is_on("Tracing", parameters)
    return {**usage, "xray_trace": _count_traces(usage["lambda_request"]) if is_traced else 0.0}


def _per_document(
    measured: Measurements, rate: float, engine: str, batch: int, window: float
) -> Usage:
    """Usage of one document; fewer or more share its count than at the metered rate and window."""
    sharing = invocations_per_document(rate, batch, window) / invocations_per_document(
        RATE, batch, derive_window({})
    )
    derived = measured.per_document(engine, batch, Run.derived)
    return add(measured.per_document(engine, batch), scale(derived, sharing - 1))


def _count_traces(invocations: float) -> float:
    """Traces that Lambda samples in a month: the first of each second, 5% of the others."""
    seconds = DAYS * 24 * 3600
    first = min(invocations, seconds)
    return first + 0.05 * (invocations - first)


def _compute_daily(measured: Measurements) -> Usage:
    """Usage that does not depend on the rate: sign-ins, reads, the nightly compaction."""
    return scale(
        add(
            scale(measured.acts["query"], READS_A_DAY / 2),
            scale(measured.acts["stats"], READS_A_DAY / 2),
            scale(measured.acts["sign_in"], SIGN_INS_A_DAY),
            measured.acts["night"],
        ),
        DAYS,
    )


def _compute_cold_starts(gb_seconds: float, calls_a_day: float) -> Usage:
    return {"lambda_gb_second": min(calls_a_day, COLD_STARTS_A_DAY) * DAYS * gb_seconds}


def _compute_storage(run: Run, rate: float, parameters: Mapping[str, str]) -> Usage:
    """Storage when as many documents expire as arrive."""
    table_days = template.get_number("RetentionDays", parameters)
    lake_days = template.get_number("LakeRetentionDays", parameters)
    table = run.gauge("table_bytes") * rate * table_days / GB
    lake = run.gauge("lake_bytes") * rate * lake_days / GB
    recovery = table if template.is_on("PointInTimeRecovery", parameters) else 0.0
    return {"dynamodb_storage": table, "dynamodb_recovery": recovery, "s3_storage": lake}


def _compute_fixed(measured: Measurements) -> Usage:
    """Resources that are billed by the month."""
    return {
        "alarm": template.count("AWS::CloudWatch::Alarm"),
        "custom_metric": template.count("AWS::Logs::MetricFilter") + measured.metrics,
        "cloudwatch_dashboard": template.count("AWS::CloudWatch::Dashboard"),
        "secret": template.count("AWS::SecretsManager::Secret"),
        "sqs_request": template.count_polled_queues() * POLLS_A_DAY * DAYS,
        "user": 1,
    }


def simple_design(measured: Measurements, engine: str) -> Usage:
    """Usage of one document in a design with one call, one object and one write for each.

    Computed from the measurements: the request, the invocation and its log lines of single
    documents, one PUT, one PutItem of the same item (with its index entry, without counts), and
    with a paid engine one DetectSentiment.
    """
    run = measured.runs[engine, 1]
    paid = measured.runs["vader" if engine == "vader" else "comprehend", 1].per_document()
    invocation = measured.runs["vader", 1].of_call("lambda processor")
    return {
        **add(*map(run.of_call, ("execute-api POST /ingest", "lambda processor", "logs access"))),
        "lambda_gb_second": invocation["lambda_gb_second"],
        "s3_put": 1.0,
        "dynamodb_write": run.gauge("insert_units"),
        **({"comprehend_unit": paid["comprehend_unit"]} if engine != "vader" else {}),
    }


def find_affordable_rate(
    dollars: float, engine: str, batch: int, get_cost: Callable[[Bill], float]
) -> int:
    """The highest number of documents a day that costs at most `dollars` a month; 0 if none."""
    low, high = 0, 10**8
    while low < high:
        middle = (low + high + 1) // 2
        if get_cost(plan_month(middle, engine=engine, batch=batch)) <= dollars:
            low = middle
        else:
            high = middle - 1
    return low
