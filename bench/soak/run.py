"""Sends documents through a running sandbox while its parts fail, then counts them."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from bench.soak import audit
from bench.soak.audit import Audit, Stores, recount, recount_sources
from bench.soak.delay import POISON, measure_delays
from bench.soak.disturbances import Disturbances
from bench.soak.faulty_proxy import FaultyForwarder
from bench.soak.senders import Sent, send_all
from bench.soak.traffic import SOURCES, TENANTS, Traffic, make_traffic
from echostream.adapters.retry import poll_waits
from echostream_cli import users
from echostream_cli.console import progress, step
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser, SignInFailed

SHARE = 0.1
"""Of the functions' calls that fail."""
MAX_WAIT = 180.0
"""Seconds after the last response in which all must be stored, and counted."""
INTERVAL = 2.0


class PatientUser(SignedInUser):
    """A user who signs in again until it succeeds: the claims function meets failing calls too."""

    def token(self) -> str:
        """Raises `SignInFailed` after `MAX_WAIT`."""
        end = time.monotonic() + MAX_WAIT
        for wait in poll_waits(0.1, 2.0):
            try:
                return super().token()
            except SignInFailed:
                if time.monotonic() > end:
                    raise
            time.sleep(wait)
        raise AssertionError("poll_waits has no end")


@dataclass
class Soak:
    """A soak of a sandbox whose functions call AWS through the proxy. Names have the seed."""

    settings: Settings
    proxy: FaultyForwarder
    number: int
    seed: int
    restarts: bool = True
    names: Mapping[str, str] = field(init=False)
    """The sandbox's outputs."""

    def __post_init__(self) -> None:
        self.names = outputs(self.settings)

    def run(self) -> "Result":
        """Send, wait, and count. Raises `ApiFailed` if a sender gave up."""
        clients = {tenant: self._client(tenant) for tenant in TENANTS}
        traffic = make_traffic(self.number, self.settings.ingest, self.seed, datetime.now(UTC))
        disturbances = Disturbances(
            self.settings, self.proxy, self.number, self.seed, self.restarts
        )
        start = time.monotonic()
        sent = self._send(clients, traffic, disturbances)
        seconds = time.monotonic() - start
        with step("storing") as note:
            found, waited = self._wait_until_stored(sent, traffic)
            note.append(f"{found.stored:,} stored, {found.quarantined:,} quarantined")
        result = Result(self, traffic, sent, found, disturbances, seconds, waited)
        with step("counting") as note:
            result.wrong_counts = [
                difference
                for tenant, client in clients.items()
                for difference in self._compare_counts(client, tenant, sent, found)
            ]
            note.append("differs" if result.wrong_counts else "equal")
        if self.settings.ingest == "stream":
            tenant = TENANTS[-1]
            result.delays = measure_delays(
                self.settings, self.names, clients[tenant], self._tenant(tenant)
            )
        return result

    def _client(self, tenant: str) -> ApiClient:
        """The API as a user of a tenant of this soak."""
        target, name = self.settings.target, self._tenant(tenant)
        password = users.create(target, name, name)
        cognito = target.client("cognito-idp")
        user = PatientUser(cognito, self.names["USER_POOL_CLIENT_ID"], name, password)
        user.token()
        return ApiClient(self.names["API_URL"], user)

    def _tenant(self, tenant: str) -> str:
        return f"soak-{self.seed}-{tenant}"

    def _send(
        self, clients: Mapping[str, ApiClient], traffic: Traffic, disturbances: Disturbances
    ) -> Sent:
        total = sum(len(request.rows) for request in traffic.requests)
        poison = Thread(target=self._put_records, args=(traffic,))
        title = f"sending, path {self.settings.ingest}"
        try:
            with (
                self.proxy.failing(SHARE),
                disturbances.running(),
                progress(title, "documents", total) as advance,
            ):
                poison.start()

                def note(number: int) -> None:
                    disturbances.advance(number)
                    advance(number)

                return send_all(clients, traffic.requests, note)
        finally:
            poison.join()

    def _put_records(self, traffic: Traffic) -> None:
        """Write the records that are not ours, one by one, and again after an error."""
        kinesis = self.settings.target.client("kinesis")
        for index, data in enumerate([*traffic.records, *traffic.impossible]):
            self._put_record(kinesis, data, index)
            time.sleep(0.05)

    def _put_record(self, kinesis: Any, data: bytes, index: int) -> None:
        stream, deadline = self.names["STREAM_NAME"], time.monotonic() + MAX_WAIT
        key = f"{index}"
        while True:
            try:
                kinesis.put_record(StreamName=stream, Data=data, PartitionKey=key)
                return
            except Exception:  # the emulator stops and starts
                if time.monotonic() > deadline:
                    raise
            time.sleep(INTERVAL)

    def _stores(self) -> Stores:
        target = self.settings.target
        return Stores(
            target.client("dynamodb"),
            target.client("s3"),
            self.names["TABLE_NAME"],
            self.names["LAKE_BUCKET"],
        )

    def _wait_until_stored(self, sent: Sent, traffic: Traffic) -> tuple[Audit, float]:
        """Audit until nothing is missing, or the time is over; the audit, and the seconds."""
        start = time.monotonic()
        accepted = [
            audit.Accepted(self._tenant(one.tenant), one.id, one.row) for one in sent.accepted
        ]
        while True:
            found = audit.audit(self._stores(), accepted, traffic.records, traffic.impossible)
            waited = time.monotonic() - start
            if not (found.missing or found.missing_records) or waited > MAX_WAIT:
                return found, waited
            time.sleep(INTERVAL)

    def _compare_counts(
        self, client: ApiClient, tenant: str, sent: Sent, found: Audit
    ) -> Iterator[str]:
        """Wait for `counted_to`, then compare `/stats` with the table; the differences."""
        if not client.wait_until_counted(sent.received_at.get(tenant), MAX_WAIT):
            yield f"{tenant}: counted_to does not reach the last response"
        name = self._tenant(tenant)
        since = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        stats = client.stats(bucket="hour", **{"from": since})
        counted = {bucket.pop("start"): bucket for bucket in stats["buckets"]}
        expected = recount(found.table, name)
        for hour in sorted(counted.keys() | expected.keys()):
            if counted.get(hour) != expected.get(hour):
                yield f"{tenant}, {hour}: {counted.get(hour)}, recount {expected.get(hour)}"
        named = {one["source"]: one["total"] for one in stats["sources"]}
        sources, others = recount_sources(found.table, name), stats["other_sources"]
        total = sum(named.values()) + (others["total"] if others else 0)
        for source in SOURCES:
            if named.get(source) != sources[source]:
                yield f"{tenant}, {source}: {named.get(source)}, recount {sources[source]}"
        if total != sources.total():
            yield f"{tenant}: the sources' total is {total}, recount {sources.total()}"


@dataclass
class Result:
    """What a soak found."""

    soak: Soak
    traffic: Traffic
    sent: Sent
    audit: Audit
    disturbances: Disturbances
    seconds: float
    waited: float
    wrong_counts: list[str] = field(default_factory=list)
    delays: tuple[float, float] | None = None

    @property
    def problems(self) -> list[str]:
        """What must not be; empty if every promise was kept."""
        found = self.audit
        lost = [f"missing: {tenant} {name}" for tenant, name in found.missing]
        strangers = [f"stored, but not accepted: {t} {name}" for t, name in found.strangers]
        errors = [f"not disturbed: {error!r}" for error in self.disturbances.errors]
        records = [f"missing records: {found.missing_records}"] if found.missing_records else []
        return [*lost, *records, *strangers, *self.wrong_counts, *errors]

    def lines(self) -> Iterator[str]:
        """The lines that the command prints at its end."""
        found, sent, traffic = self.audit, self.sent, self.traffic
        total = sum(len(request.rows) for request in traffic.requests)
        poison = len(traffic.records) + len(traffic.impossible)
        yield (
            f"  {total:,} documents in {sent.requests:,} requests and {self.seconds:.0f} s;"
            f" {traffic.repeated:,} of them were sent twice; {poison:,} poison records"
        )
        yield f"  requests that were repeated: {sent.repeats:,}"
        yield f"  refused at the door: {_counts(sent.rejected)}"
        yield f"  faults of calls: {_counts(self.soak.proxy.injected)}"
        yield f"  {_counts(self.disturbances.done)}"
        yield f"  quarantine by reason: {_counts(found.reasons)}"
        yield f"  all was stored {self.waited:.1f} s after the last response"
        if self.delays:
            alone, behind = (1000 * seconds for seconds in self.delays)
            yield (
                f"  a document alone was stored {alone:.0f} ms after its response, one behind"
                f" {POISON} poison records {behind:.0f} ms"
            )
        yield from (f"  PROBLEM {problem}" for problem in self.problems[:20])
        is_counted = "differ" if self.wrong_counts else "are equal"
        yield (
            f"accepted {found.accepted:,} = stored {found.stored:,} + quarantined"
            f" {found.quarantined:,}; missing {len(found.missing):,};"
            f" stored but not accepted {len(found.strangers):,};"
            f" /stats and a recount {is_counted}"
        )


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {numbers[name]:,}" for name in sorted(numbers)) or "none"
