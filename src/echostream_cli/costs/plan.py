"""A month on AWS at a given rate, from what was metered. Starts nothing, calls nobody."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from echostream.domain.engine import ENGINES
from echostream.domain.validation import MAX_DOCUMENTS
from echostream_cli.costs import template
from echostream_cli.costs.bill import Bill, Usage, added, bill_of, scaled
from echostream_cli.costs.measured import MANY, Measured, Run, measured
from echostream_cli.costs.meter import GB
from echostream_cli.errors import UserError

DAYS = 365 / 12
READS_A_DAY = 1440
"""A page that is open for an hour and asks twice every five seconds."""
SIGN_INS_A_DAY = 24
COLD_STARTS_A_DAY = 144
"""At most: functions are taken to stay warm for ten minutes."""


DEFAULTS: Mapping[str, str] = MappingProxyType({})
"""The template as it stands."""


class BadPlan(UserError):
    """What cannot be planned for. The message names the setting and the values it takes."""


def monthly(
    documents_per_day: float,
    *,
    engine: str = "vader",
    batch: int = MANY,
    parameters: Mapping[str, str] = DEFAULTS,
) -> Bill:
    """The bill of a month at a steady rate, some time after the start: storage is full.

    `parameters` are those of the template that are not left to their defaults. Raises `BadPlan`.
    """
    _check(documents_per_day, engine, batch)
    return bill_of(_usage(measured(), documents_per_day, engine, batch, parameters))


def _check(documents_per_day: float, engine: str, batch: int) -> None:
    if not 0 <= documents_per_day <= 1e9:
        raise BadPlan("DOCS_PER_DAY: must be from 0 to 1,000,000,000")
    if engine not in ENGINES:
        raise BadPlan(f"ENGINE: must be one of {', '.join(ENGINES)}, is {engine!r}")
    if not 1 <= batch <= MAX_DOCUMENTS:
        raise BadPlan(f"BATCH: must be from 1 to {MAX_DOCUMENTS}, is {batch}")


def _usage(
    found: Measured, rate: float, engine: str, batch: int, parameters: Mapping[str, str]
) -> Usage:
    documents = rate * DAYS
    ingest = dict(scaled(found.per_document(engine, batch), documents))
    if "comprehend_unit" in ingest:
        cap = template.number("SpendCap", parameters)
        ingest["comprehend_unit"] = min(ingest["comprehend_unit"], cap)
    run = found.runs[engine, MANY if batch > 1 else 1]
    started = max((found.runs[engine, b] for b in (1, MANY)), key=lambda one: one.cold_ms)
    cold = _cold(started, rate / batch)
    stored = _stored(run, rate, parameters)
    usage = added(ingest, _around(found), cold, stored, _standing(found))
    traces = _traces(usage["lambda_request"]) if template.is_on("Tracing", parameters) else 0.0
    return {**usage, "xray_trace": traces}


def _traces(invocations: float) -> float:
    """Traces that Lambda samples in a month: the first of each second, a twentieth of the rest."""
    seconds = DAYS * 24 * 3600
    first = min(invocations, seconds)
    return first + 0.05 * (invocations - first)


def _around(found: Measured) -> Usage:
    """What is asked and done whatever arrives."""
    return scaled(
        added(
            scaled(found.acts["query"], READS_A_DAY / 2),
            scaled(found.acts["stats"], READS_A_DAY / 2),
            scaled(found.acts["sign_in"], SIGN_INS_A_DAY),
            found.acts["night"],
        ),
        DAYS,
    )


def _cold(run: Run, calls_a_day: float) -> Usage:
    """Time that starting takes, by the run that met a new function; another finds it warm."""
    times = min(calls_a_day, COLD_STARTS_A_DAY) * DAYS
    return {"lambda_gb_second": times * run.cold_ms / 1000 * run.megabytes / 1024}


def _stored(run: Run, rate: float, parameters: Mapping[str, str]) -> Usage:
    """Storage once as much is forgotten as arrives."""
    table = run.gauge("table_bytes") * rate * template.number("RetentionDays", parameters) / GB
    lake = run.gauge("lake_bytes") * rate * template.number("LakeRetentionDays", parameters) / GB
    recovery = table if template.is_on("PointInTimeRecovery", parameters) else 0.0
    return {"dynamodb_storage": table, "dynamodb_recovery": recovery, "s3_storage": lake}


def _standing(found: Measured) -> Usage:
    """What every deployment has, whatever it does."""
    return {
        "alarm": template.count("AWS::CloudWatch::Alarm"),
        "custom_metric": template.count("AWS::Logs::MetricFilter") + found.metrics,
        "cloudwatch_dashboard": template.count("AWS::CloudWatch::Dashboard"),
        "secret": template.count("AWS::SecretsManager::Secret"),
        "user": 1,
    }


def simple_design(found: Measured, engine: str) -> Usage:
    """A document in the design of one call, one object and one write for each.

    From the same calls: the request, the invocation and its log as metered for single documents,
    one PUT, one PutItem of the same item (index included, no transaction, no counts), and with a
    paid engine one DetectSentiment for every document.
    """
    run = found.runs[engine, 1]
    kept = ("api_request", "data_out", "lambda_request", "lambda_gb_second", "logs_ingested")
    asked = found.runs["vader" if engine == "vader" else "comprehend", 1].per_document()
    as_metered = run.per_document()
    return {
        **{name: as_metered[name] for name in kept},
        "lambda_gb_second": found.runs["vader", 1].per_document()["lambda_gb_second"],
        "s3_put": 1.0,
        "dynamodb_write": run.gauge("put_units"),
        **({"comprehend_unit": asked["comprehend_unit"]} if engine != "vader" else {}),
    }


def affordable(dollars: float, engine: str, batch: int, of: Callable[[Bill], float]) -> int:
    """How many documents a day so many dollars a month pay for; 0 where not even none are."""
    low, high = 0, 10**8
    while low < high:
        middle = (low + high + 1) // 2
        if of(monthly(middle, engine=engine, batch=batch)) <= dollars:
            low = middle
        else:
            high = middle - 1
    return low
