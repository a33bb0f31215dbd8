"""A sandbox of its own under the meter: documents are sent to it, and what that used is kept."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from tqdm import tqdm

from echostream.adapters.table_keys import spend_partition
from echostream_cli import log_events
from echostream_cli.costs import lambda_logs
from echostream_cli.costs.calls import Metered, Reading
from echostream_cli.costs.meter import GB, Meter
from echostream_cli.costs.proxy import Proxy, listening
from echostream_cli.errors import UserError
from echostream_cli.lake.compact import compact
from echostream_cli.outputs import api, demo_user, outputs
from echostream_cli.ports import free_port
from echostream_cli.sandbox import lifecycle, supervisor
from echostream_cli.settings import COMPANION_SERVICES, Settings
from echostream_cli.target import FUNCTIONS
from echostream_client.api import ApiClient
from seed.dataset import documents, samples

DATASET = "tweets"
SPACING = timedelta(days=1) / 5000
"""Between two documents: of 5,000 a day. How many documents share a count hangs on it."""
METERED = tuple(name for name in FUNCTIONS if name != "producer")


@dataclass(frozen=True, slots=True)
class Scene:
    """A running sandbox, the meter in front of it, and ways past the meter."""

    settings: Settings
    proxy: Proxy
    url: str
    found: Mapping[str, str]
    metrics: set[str] = field(default_factory=set)
    """Metrics of our own that were seen so far."""

    def take(self) -> tuple[Metered, dict[str, lambda_logs.Ran]]:
        """What was metered since the last time, functions and logs with it.

        Raises `UserError` where the meter did not understand a call.
        """
        metered = self.proxy.meter.take()
        if self.proxy.problems:
            raise UserError(f"not metered: {self.proxy.problems[0]}")
        functions = {name: self._ran(name) for name in METERED}
        for name, ran in functions.items():
            self.metrics.update(ran.metrics)
            if ran.milliseconds:
                metered.add(f"lambda {name}", ran.reading(), len(ran.milliseconds))
        requests = sum(n for call, n in metered.calls.items() if call.startswith("execute-api"))
        if requests:
            size = requests * lambda_logs.access_line_bytes(self._access_format())
            metered.add("logs access", Reading({"logs_ingested": size / GB}), requests)
        return metered, functions

    def _ran(self, function: str) -> lambda_logs.Ran:
        """A function's log since it was last read; the emulator makes the group anew."""
        logs = self.settings.target.client("logs")
        group = self.settings.target.log_group(function)
        lines = [line for _, line in log_events.read(logs, group)]
        if lines:
            logs.delete_log_group(logGroupName=group)
        return lambda_logs.ran(lines)

    def _access_format(self) -> str:
        stages = self.settings.target.client("apigatewayv2").get_stages(ApiId=self.settings.api_id)
        return str(stages["Items"][0]["AccessLogSettings"]["Format"])

    def api(self) -> ApiClient:
        """The API as the demo user sees it through the meter; signs in at its first call."""
        through = self.through_meter()
        return api(through, {**self.found, "API_URL": through.api_url})

    def sign_in(self) -> None:
        """Have the demo user sign in through the meter, who asks nothing then."""
        demo_user(self.through_meter(), dict(self.found)).token()

    def through_meter(self) -> Settings:
        """The same sandbox with the meter where the emulator is."""
        port = int(self.url.rsplit(":", 1)[1])
        return replace(self.settings, emulator_host="127.0.0.1", emulator_port=port)

    def with_engine(self, engine: str) -> "Scene":
        """The same sandbox scoring with another engine, and nothing spent yet."""
        scene = replace(self, settings=replace(self.settings, engine=engine))
        lifecycle.start(scene.settings)
        return scene

    def forget_spending(self) -> None:
        """Empty the spend ledger, so that each run has all of its caps."""
        table, dynamodb = self.found["TABLE_NAME"], self.settings.target.client("dynamodb")
        pk = spend_partition(f"{datetime.now(UTC):%Y-%m}")
        kept = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": pk},
        )
        for item in kept["Items"]:
            dynamodb.delete_item(TableName=table, Key={"pk": pk, "sk": item["sk"]})


@contextmanager
def metered_sandbox(name: str = "echostream-cost") -> Iterator[Scene]:
    """An empty sandbox whose functions' calls go through the meter; gone afterwards."""
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
        meter = Meter(settings.target.client("dynamodb"))
        proxy = Proxy(settings.endpoint, settings.companion_url, COMPANION_SERVICES, meter)
        try:
            with listening(proxy, port) as url:
                lifecycle.start(settings)
                yield Scene(settings, proxy, url, outputs(settings))
        finally:
            supervisor.stop(settings)


def made(number: int, prefix: str, now: datetime) -> list[dict[str, Any]]:
    """So many documents up to now, evenly spaced; texts repeat when they run out, ids do not."""
    texts = documents(DATASET, len(samples(DATASET)), now)
    return [
        {
            **texts[index % len(texts)],
            "id": f"{prefix}-{index}",
            "created_at": _wire(now - SPACING * (number - index)),
        }
        for index in range(number)
    ]


def _wire(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ingest(scene: Scene, number: int, batch: int) -> dict[str, Any]:
    """Send documents, so many at once, and keep what that used. Raises `UserError`."""
    engine = scene.settings.engine
    scene.forget_spending()
    client = scene.api()
    sending = made(number, f"{engine}-{batch}-{scene.settings.emulator_port}", datetime.now(UTC))
    cold = _cold_start(scene, client, sending[0])
    _send(client, sending, batch, f"{engine}, {batch} at once")
    metered, functions = scene.take()
    _check(metered, functions, number, batch, engine)
    took = functions["processor"].quiet_ms
    return {
        "documents": number,
        "quiet_ms": took,
        "cold_ms": max(0.0, cold - took),
        "megabytes": functions["processor"].megabytes,
        **metered.to_json(),
    }


def _cold_start(scene: Scene, client: ApiClient, document: Mapping[str, Any]) -> float:
    """How long the first call of a new function takes, in milliseconds; it is not counted."""
    client.ingest([{**document, "id": f"first-{document['id']}"}])
    _, functions = scene.take()
    return max(functions["processor"].milliseconds)


def _send(client: ApiClient, sending: Sequence[dict[str, Any]], batch: int, what: str) -> None:
    with tqdm(total=len(sending), unit=" documents", desc=f"  {what:<24}") as bar:
        for start in range(0, len(sending), batch):
            part = sending[start : start + batch]
            answer = client.ingest(part)
            if answer["accepted"] != len(part):
                raise UserError(f"{what}: not all were accepted: {answer['rejected'][:1]}")
            bar.update(len(part))


def _check(
    metered: Metered,
    functions: Mapping[str, lambda_logs.Ran],
    number: int,
    batch: int,
    engine: str,
) -> None:
    """What the calls and the logs say must fit together, and fit what was sent."""
    calls = metered.calls.get("execute-api POST /ingest", 0)
    invocations = len(functions["processor"].milliseconds)
    if not calls == invocations == ceil(number / batch):
        raise UserError(
            f"{number} documents, {batch} at once: the meter saw {calls} requests,"
            f" the function's log has {invocations} invocations"
        )
    units = metered.total.get("comprehend_unit", 0)
    if engine == "comprehend" and units < 3 * number:
        raise UserError(f"Comprehend answered for {units} units only; was it down?")


def act(scene: Scene, times: int, what: Any) -> dict[str, Any]:
    """Do something so many times, and keep what that used."""
    scene.take()
    for _ in range(times):
        what()
    metered, _ = scene.take()
    return {"times": times, **metered.to_json()}


def acts(scene: Scene) -> dict[str, Any]:
    """What is asked and done beside ingest: sign-in, questions, the night's compaction."""
    client = scene.api()
    signing_in = act(scene, 5, scene.sign_in)
    client.query(limit=1)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return {
        "sign_in": signing_in,
        "query": act(scene, 20, lambda: client.query(limit=50)),
        "stats": act(scene, 20, lambda: client.stats(bucket="hour")),
        "night": act(scene, 1, lambda: compact(scene.settings.target, tomorrow)),
    }
