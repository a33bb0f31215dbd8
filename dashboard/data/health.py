"""The data of the page Health: components, latency, newest document, counts, signals, logs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import TypeVar

import pandas as pd
import urllib3

from dashboard.data.auth import Member
from dashboard.data.counted import Counted, counted_now
from dashboard.data.deployment import Deployment
from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import SECONDS, plain
from dashboard.data.spend import Spend, spend_of
from echostream_cli import log_events
from echostream_cli.errors import UserError
from echostream_cli.operate import alarms
from echostream_cli.sandbox import supervisor
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED, Target

CALLS = 5
"""Calls of /health for the median."""
CLOCK_TOLERANCE = SECONDS["clock_tolerance"]
"""Seconds by which this machine's clock may differ from the API's without a warning."""
LINES, LOGGED = 20, timedelta(hours=1)
STATES = {"ok": "ok", "alarm": "alarm", "unknown": "unknown"}
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Part:
    """A component of the sandbox. `milliseconds` is None if it does not respond."""

    name: str
    milliseconds: float | None
    since: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """The API's latency, and the seconds by which its clock is ahead of this machine's."""

    milliseconds: float
    clock_ahead: float


@dataclass(frozen=True, slots=True)
class Newest:
    """When the newest document was written, and when it was scored."""

    created_at: datetime
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the deployment. A request that failed is a `ServiceError`."""

    api: Api | ServiceError
    newest: Newest | ServiceError | None
    counted: Counted | ServiceError
    spend: list[Spend] | ServiceError
    parts: list[Part]
    alarms: list[alarms.AlarmReading] | ServiceError


def load(deployment: Deployment, member: Member, now: datetime) -> Health:
    """Fetch everything; one failed request does not affect the others. Raises `ServiceError`."""
    newest = _attempt(lambda: _newest(member))
    if isinstance(newest, ServiceError) and newest.kind == "ended":
        raise newest
    scored_at = newest.scored_at if isinstance(newest, Newest) else None
    operations = deployment.shows_operations(member.tenant)
    return Health(
        api=_attempt(lambda: _api(deployment.api_url)),
        newest=newest,
        counted=_attempt(lambda: counted_now(member.api, scored_at, now)),
        spend=_attempt(lambda: spend_of(deployment, member, now)),
        parts=_parts(deployment) if operations else [],
        alarms=_attempt(lambda: alarms.read(deployment.target, now)) if operations else [],
    )


def _attempt(fetch: Callable[[], Value]) -> Value | ServiceError:
    try:
        with translate_errors():
            return fetch()
    except ServiceError as error:
        return error


def _api(url: str) -> Api:
    """The median latency of CALLS calls of /health."""
    pool = urllib3.PoolManager(timeout=5, retries=False)
    latencies, ahead = [], 0.0
    for _ in range(CALLS):
        start = time.perf_counter()
        try:
            response = pool.request("GET", f"{url}/health")
        except urllib3.exceptions.HTTPError as error:
            raise ServiceError("unreachable") from error
        latencies.append(1000 * (time.perf_counter() - start))
        if response.status != 200:
            raise ServiceError("failed", status=response.status)
        ahead = clock_ahead(response.headers.get("Date"), datetime.now(UTC))
    return Api(median(latencies), ahead)


def clock_ahead(date: str | None, now: datetime) -> float:
    """Seconds by which the clock of a Date header is ahead; 0 without a valid header."""
    try:
        return (parsedate_to_datetime(date or "") - now).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _newest(member: Member) -> Newest | None:
    documents = member.api.query(limit=1)["documents"]
    if not documents:
        return None
    written, scored = (documents[0][name] for name in ("created_at", "enriched_at"))
    return Newest(datetime.fromisoformat(written), datetime.fromisoformat(scored))


def _parts(deployment: Deployment) -> list[Part]:
    """The stack; in the sandbox also the emulator and the companion."""
    if deployment.sandbox is None:
        return [_stack(deployment.target)]
    urls = {"emulator": deployment.sandbox.endpoint, "companion": deployment.sandbox.companion_url}
    programs = [_part(deployment.sandbox, name, url) for name, url in urls.items()]
    return [*programs, _stack(deployment.target)]


def _part(settings: Settings, name: str, url: str) -> Part:
    """A program's latency and start time. A container cannot read the start time of another."""
    info = {} if settings.in_docker else supervisor.info(settings, name)
    since = datetime.fromtimestamp(info["start"], UTC) if info.get("start") else None
    note = (
        "make status shows its container"
        if settings.in_docker
        else f"port {urllib3.util.parse_url(url).port}"
    )
    start = time.perf_counter()
    try:
        urllib3.request("GET", url + supervisor.READY[name], timeout=3, retries=False)
    except urllib3.exceptions.HTTPError:
        return Part(name, None, since, f"does not respond at {url}; run make up")
    return Part(name, 1000 * (time.perf_counter() - start), since, note)


def _stack(target: Target) -> Part:
    start = time.perf_counter()
    fix = "make up" if target.is_sandbox else f"make deploy-aws STAGE={target.stage}"
    try:
        stack = target.stack()
    except UserError as error:
        return Part("stack", None, None, plain(str(error)))
    if not stack:
        return Part("stack", None, None, f"is not deployed; run {fix}")
    milliseconds = 1000 * (time.perf_counter() - start)
    updated_at = stack.get("LastUpdatedTime") or stack["CreationTime"]
    is_settled = stack["StackStatus"] in SETTLED
    note = f"{target.stack_name}, {stack['StackStatus']}" + ("" if is_settled else f"; run {fix}")
    return Part("stack", milliseconds if is_settled else None, updated_at, note)


def parts_table(parts: list[Part]) -> pd.DataFrame:
    """A row per component."""
    return pd.DataFrame(
        {
            "Component": [part.name.capitalize() for part in parts],
            "State": ["up" if part.milliseconds is not None else "down" for part in parts],
            "Latency (ms)": [part.milliseconds for part in parts],
            "Since (UTC)": [part.since for part in parts],
            "Note": [part.note for part in parts],
        }
    )


def signals_table(readings: list[alarms.AlarmReading]) -> pd.DataFrame:
    """A row per signal, alarms first."""
    order = list(STATES)
    ordered = sorted(readings, key=lambda one: (one.state != "alarm", order.index(one.state)))
    return pd.DataFrame(
        {
            "Signal": [one.title for one in ordered],
            "State": [STATES[one.state] for one in ordered],
            "Now": [_with_unit(one.value, one.unit) for one in ordered],
            "Alarm at": [_with_unit(one.threshold, one.unit) for one in ordered],
            "What it means": [one.why for one in ordered],
        }
    )


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    number = f"{value:,.0f}" if value == round(value) or value >= 1000 else f"{value:.3g}"
    return f"{number}{'' if unit == '%' else ' '}{unit}".strip()


def logs(target: Target, function: str, now: datetime) -> list[str]:
    """The last lines of a function within LOGGED. Raises `ServiceError`."""
    with translate_errors():
        return log_events.last_lines(target, function, LINES, now - LOGGED)
