"""Meters a sandbox of its own: sends documents through the meter and returns their usage."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.table_keys import key_of, spend_query
from echostream.domain.erasure import State
from echostream.domain.live_sources import LiveSource
from echostream_cli import credentials, live_sources, log_events
from echostream_cli.console import progress
from echostream_cli.costs.calls import MeteredUsage, Reading
from echostream_cli.costs.counting import SHARDS, TableStream, random_arrivals
from echostream_cli.costs.documents import SPACING, make_documents
from echostream_cli.costs.lambda_logs import FunctionLog, access_line_bytes, parse_log
from echostream_cli.costs.meter import GB, Meter
from echostream_cli.costs.proxy import Proxy, serve
from echostream_cli.costs.sources import METERED_SOURCES
from echostream_cli.errors import UserError
from echostream_cli.lake.compact import compact
from echostream_cli.outputs import api, demo_user, outputs
from echostream_cli.ports import free_port
from echostream_cli.sandbox import lifecycle, supervisor
from echostream_cli.settings import COMPANION_SERVICES, Settings
from echostream_cli.target import FUNCTIONS
from echostream_cli.users import DEMO_TENANT
from echostream_client.api import ApiClient
from echostream_sources.administration import SourceAdministration


@dataclass(frozen=True, slots=True)
class MeteredSandbox:
    """A running sandbox with the meter in front of it. `settings` bypass the meter."""

    settings: Settings
    proxy: Proxy
    url: str
    outputs: Mapping[str, str]
    stream: TableStream
    metrics: set[str] = field(default_factory=set)
    """Custom metrics in the logs so far."""

    def take(self) -> tuple[MeteredUsage, dict[str, FunctionLog]]:
        """The usage since the last call of this method, and the functions' logs.

        Raises `UserError` if the usage of a call could not be computed.
        """
        metered = self.proxy.meter.take()
        if self.proxy.problems:
            raise UserError(f"not metered: {self.proxy.problems[0]}")
        logs = {name: self._take_log(name) for name in FUNCTIONS}
        for name, log in logs.items():
            self.metrics.update(log.metrics)
            if log.milliseconds:
                reading = log.to_reading(are_alike=name != "erase")  # a request, then the job
                metered.add(f"lambda {name}", reading, len(log.milliseconds))
        requests = sum(n for call, n in metered.calls.items() if call.startswith("execute-api"))
        if requests:
            size = requests * access_line_bytes(self._get_access_format())
            metered.add("logs access", Reading({"logs_ingested": size / GB}), requests)
        return metered, logs

    def _take_log(self, function: str) -> FunctionLog:
        """A function's log since the last call; the emulator creates the group again."""
        logs = self.settings.target.client("logs")
        group = self.settings.target.log_group(function)
        lines = [line for _, line in log_events.read(logs, group)]
        if lines:
            logs.delete_log_group(logGroupName=group)
        return parse_log(lines)

    def _get_access_format(self) -> str:
        stages = self.settings.target.client("apigatewayv2").get_stages(ApiId=self.settings.api_id)
        return str(stages["Items"][0]["AccessLogSettings"]["Format"])

    def make_api_client(self) -> ApiClient:
        """The API through the meter as the demo user, who signs in at the first call."""
        settings = self.get_metered_settings()
        return api(settings, {**self.outputs, "API_URL": settings.api_url})

    def sign_in(self) -> None:
        """Sign in as the demo user, through the meter."""
        demo_user(self.get_metered_settings(), dict(self.outputs)).token()

    def get_metered_settings(self) -> Settings:
        """The settings with the meter in place of the emulator."""
        port = int(self.url.rsplit(":", 1)[1])
        return replace(self.settings, emulator_host="127.0.0.1", emulator_port=port)

    def with_engine(self, engine: str) -> "MeteredSandbox":
        """The same sandbox, deployed with another engine."""
        sandbox = replace(self, settings=replace(self.settings, engine=engine))
        lifecycle.start(sandbox.settings)
        sandbox.stream.disable_mapping()
        return sandbox

    def clear_spend(self) -> None:
        """Empty the spend ledger, so that each run starts below its caps."""
        table, dynamodb = self.outputs["TABLE_NAME"], self.settings.target.client("dynamodb")
        query = spend_query(f"{datetime.now(UTC):%Y-%m}")
        for item in dynamodb.query(TableName=table, **query)["Items"]:
            dynamodb.delete_item(TableName=table, Key=key_of(item))


@contextmanager
def start_metered_sandbox(name: str = "echostream-cost") -> Iterator[MeteredSandbox]:
    """An empty sandbox whose functions call AWS through the meter; it is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        settings = Settings(
            state_dir=Path(folder).resolve(),
            emulator_port=free_port(),
            companion_port=free_port(),
            stack_name=name,
            producer=False,
            seed_documents=0,
            dashboard=False,
            meter_url=f"http://127.0.0.1:{port}",
        )
        credentials.ensure(settings.credentials_file)  # before the first client
        meter = Meter(settings.target.client("dynamodb"))
        proxy = Proxy(settings.endpoint, settings.companion_url, COMPANION_SERVICES, meter)
        try:
            with serve(proxy, port) as url:
                lifecycle.start(settings)
                names = outputs(settings)
                stream = TableStream(settings.target, names["TABLE_NAME"])
                stream.disable_mapping()
                yield MeteredSandbox(settings, proxy, url, names, stream)
        finally:
            supervisor.stop(settings)


def meter_ingest(sandbox: MeteredSandbox, number: int, batch: int) -> dict[str, Any]:
    """Send documents in batches; their usage as JSON. Raises `UserError`."""
    engine = sandbox.settings.engine
    sandbox.clear_spend()
    client = sandbox.make_api_client()
    prefix = f"{engine}-{batch}-{sandbox.settings.emulator_port}"
    batch_documents = make_documents(number, prefix, datetime.now(UTC))
    first_logs = _make_first_call(sandbox, client, batch_documents[0])
    label = f"{engine}, {batch} at once"
    _send(client, batch_documents, batch, label)
    metered, logs = sandbox.take()
    _check(metered, logs, number, batch, engine)
    counting, count_log = _count(sandbox, number, batch, label)
    metered.merge(counting, "derive")
    cold = logs["processor"].extra_of(first_logs["processor"])
    return {
        "documents": number,
        "quiet_ms": logs["processor"].quiet_ms,
        "cold_gb_second": cold + SHARDS * count_log.extra_of(first_logs["derive"]),
        **metered.to_json(),
    }


def _make_first_call(
    sandbox: MeteredSandbox, client: ApiClient, document: Mapping[str, Any]
) -> dict[str, FunctionLog]:
    """The logs of the first calls of the processor and of count; their usage is dropped."""
    client.ingest([{**document, "id": f"first-{document['id']}"}])
    _, logs = sandbox.take()
    _, count_log = _count(sandbox, 1, 1, "first call")
    return {**logs, "derive": count_log}


def _count(
    sandbox: MeteredSandbox, number: int, batch: int, label: str
) -> tuple[MeteredUsage, FunctionLog]:
    """Count the documents of a run; the usage, and the function's log. Raises `UserError`."""
    with progress(f"{label}, counting", "documents", number) as advance:
        counted = sandbox.stream.count(random_arrivals(SPACING * batch), advance)
    if counted != number:
        raise UserError(f"{label}: {number} documents were stored, the stream has {counted}")
    metered, logs = sandbox.take()
    return metered, logs["derive"]


def _send(
    client: ApiClient, all_documents: Sequence[dict[str, Any]], batch: int, label: str
) -> None:
    with progress(label, "documents", len(all_documents)) as advance:
        for start in range(0, len(all_documents), batch):
            part = all_documents[start : start + batch]
            response = client.ingest(part)
            if response["accepted"] != len(part):
                raise UserError(f"{label}: documents were rejected: {response['rejected'][:1]}")
            advance(len(part))


def _check(
    metered: MeteredUsage,
    logs: Mapping[str, FunctionLog],
    number: int,
    batch: int,
    engine: str,
) -> None:
    """Compare calls and invocations with the documents. Raises `UserError`."""
    calls = metered.calls.get("execute-api POST /ingest", 0)
    invocations = len(logs["processor"].milliseconds)
    if not calls == invocations == ceil(number / batch):
        raise UserError(
            f"{number} documents in batches of {batch}: expected {ceil(number / batch)} calls,"
            f" the meter has {calls} requests, the function's log {invocations} invocations"
        )
    units = metered.total.get("comprehend_unit", 0)
    if engine == "comprehend" and units < 3 * number:
        raise UserError(f"Comprehend scored only {units} units of text; is the companion running?")


def _meter_act(sandbox: MeteredSandbox, times: int, act: Callable[[], Any]) -> dict[str, Any]:
    """Call a function several times; the usage as JSON."""
    sandbox.take()
    for _ in range(times):
        act()
    metered, _ = sandbox.take()
    return {"times": times, **metered.to_json()}


def meter_acts(sandbox: MeteredSandbox) -> dict[str, Any]:
    """The usage of sign-ins, reads, the nightly compaction, and an erasure after it, as JSON."""
    client = sandbox.make_api_client()
    sign_in = _meter_act(sandbox, 5, sandbox.sign_in)
    client.query(limit=1)  # signs in, before the calls that are metered
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return {
        "sign_in": sign_in,
        "query": _meter_act(sandbox, 20, lambda: client.query(limit=50)),
        "stats": _meter_act(sandbox, 20, lambda: client.stats(bucket="hour")),
        "audit": _meter_act(sandbox, 20, client.audit),
        "night": _meter_act(sandbox, 1, lambda: compact(sandbox.settings.target, tomorrow)),
        "erase": _meter_act(sandbox, 1, lambda: _erase_author(sandbox, client)),
    }


def meter_producer(sandbox: MeteredSandbox) -> dict[str, Any]:
    """The usage of runs of the producer as JSON: without a due source, and with several.

    Their documents have no keyword of the sources, so that none is sent.
    """
    sandbox = replace(sandbox, settings=replace(sandbox.settings, producer=True))
    target = sandbox.settings.target
    lifecycle.start(sandbox.settings)
    sandbox.stream.disable_mapping()
    target.client("events").disable_rule(Name=target.resource("ProducerFunctionEveryMinute"))
    manage = live_sources.administration(target)
    manage.remove_all(DEMO_TENANT)
    _add_sources(manage)

    def run() -> None:
        function = target.resource("ProducerFunction")
        target.client("lambda").invoke(FunctionName=function, Payload=b'{"id": "cost"}')

    def run_with_due_sources() -> None:
        for listed in manage.list(DEMO_TENANT):
            manage.sources.resume(listed, datetime.now(UTC))
        run()

    run_with_due_sources()  # a cold start
    return {
        "producer_idle": _meter_act(sandbox, 10, run),
        "producer_reads": _meter_act(sandbox, 10, run_with_due_sources),
    }


def _add_sources(manage: SourceAdministration) -> None:
    """Add sources that are due once a day."""
    settings, interval = {"keywords": "a-word-of-no-document"}, timedelta(days=1)
    for number in range(METERED_SOURCES):
        name, added_at = f"source-{number}", datetime.now(UTC)
        source = LiveSource(DEMO_TENANT, name, "replay", settings, interval, 1_000, added_at)
        manage.add(source, {})


def _erase_author(sandbox: MeteredSandbox, client: ApiClient) -> None:
    """Erase the author of a document, and wait until the last round is done."""
    [document] = client.query(limit=1)["documents"]
    client.erase_author(document["author"])
    table = sandbox.settings.target.client("dynamodb"), sandbox.outputs["TABLE_NAME"]
    erasures = DynamoDBErasures(*table, lambda: datetime.now(UTC))
    with progress(f"erasing {document['author']}", "polls") as advance:
        while erasures.newest(DEMO_TENANT, 1)[0].state is not State.DONE:
            advance(1)
            time.sleep(1)
