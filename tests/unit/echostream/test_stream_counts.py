"""Accepted documents are stored or in quarantine, each once, whatever fails on the stream path."""

import json

from hypothesis import given
from hypothesis import strategies as st

from echostream.domain.consume import Consume, Record
from echostream.domain.enqueue import Enqueue
from echostream.domain.errors import TryAgain
from echostream.domain.privacy import PLAIN
from tests.builders import NOW, RETENTION
from tests.fakes import (
    MemoryCounters,
    MemoryErasures,
    MemoryLake,
    MemoryQuarantine,
    MemoryStore,
    MemoryStream,
)
from tests.faults import Crash
from tests.unit.echostream.test_ingest import ingest, lines

TENANTS = ("acme", "other")


class Unreliable:
    """A port of which some calls fail, before or after their effect.

    `plan` has a letter for each call of all ports: before (b) or after (a) it a dependency fails,
    or the process ends (B, A); any other letter, or none, is a success.
    """

    def __init__(self, target, method, plan):
        self._target, self._method, self._plan = target, method, plan

    def __getattr__(self, name):
        attribute = getattr(self._target, name)
        if name != self._method:
            return attribute

        def call(*arguments):
            fate = self._plan.pop() if self._plan else "-"
            self._fail(fate, "bB")
            result = attribute(*arguments)
            self._fail(fate, "aA")
            return result

        return call

    @staticmethod
    def _fail(fate, fates):
        if fate == fates[0]:
            raise TryAgain("injected")
        if fate == fates[1]:
            raise Crash


class PartialStream(MemoryStream):
    """Writes the records for which the plan has a success."""

    def __init__(self, plan):
        super().__init__()
        self._plan = plan

    def write(self, tenant, records, seconds):
        reasons = ["throttled" if self._plan and self._plan.pop() else "" for _ in records]
        written = [data for data, reason in zip(records, reasons, strict=True) if not reason]
        super().write(tenant, written, seconds)
        return reasons


LONG = "x" * 20_000
DOCUMENTS = st.fixed_dictionaries(
    {"id": st.sampled_from("abcde"), "text": st.sampled_from(["one", "two", LONG, ""])},
    optional={"created_at": st.sampled_from(["2026-05-20T10:00:00Z", "2020-01-01T00:00:00Z"])},
)
REQUESTS = st.lists(
    st.tuples(st.sampled_from(TENANTS), st.lists(DOCUMENTS, min_size=1, max_size=6)),
    min_size=1,
    max_size=6,
)
NOISE = st.lists(st.sampled_from([b"", b"poison", b"\xff", b'{"version": 9}']), max_size=3)


def send(requests, stream):
    """Send requests; the accepted documents as (tenant, document)."""
    enqueue, accepted = Enqueue(stream, RETENTION), []
    for tenant, raw in requests:
        try:
            receipt = enqueue(tenant, raw, NOW, 1.0)
        except TryAgain:
            continue
        rejected = {rejection.index for rejection in receipt.rejected}
        accepted += [(tenant, row) for i, row in enumerate(raw) if i not in rejected]
        assert len(receipt.ids) == len(raw) - len(rejected)
    return accepted


def deliver(records, sizes, plan, ports):
    """Deliver records in batches; one that fails is delivered again, with other borders."""
    lake, store, quarantine = ports
    position = 0
    while position < len(records):
        size = sizes.pop() if sizes else 3
        table = Unreliable(Unreliable(store, "put", plan), "mark_received", plan)
        pipeline = ingest(Unreliable(lake, "write", plan), table)
        consume = Consume(
            pipeline, Unreliable(quarantine, "add", plan), MemoryErasures(), lambda _: PLAIN
        )
        batch = [Record(data, NOW) for data in records[position : position + size]]
        try:
            result = consume(batch, NOW)
        except Crash:
            continue
        if not result.failure:
            position += size


@given(
    requests=REQUESTS,
    noise=NOISE,
    refused=st.lists(st.booleans(), max_size=12),
    sizes=st.lists(st.integers(1, 6), max_size=8),
    plan=st.lists(st.sampled_from("-bBaA"), max_size=12),
)
def test_accepted_documents_are_stored_or_quarantined(requests, noise, refused, sizes, plan):
    """With partly failed writes, poison, crashes around each side effect, and redelivery."""
    stream = PartialStream(refused)
    accepted = send(requests, stream)
    ports = lake, store, quarantine = MemoryLake(), MemoryStore(), MemoryQuarantine()
    records = stream.records + noise
    deliver(records, sizes, plan, ports)
    deliver(records, sizes, plan, ports)

    counters = MemoryCounters(store)
    assert {counters.counted_to(tenant) for tenant, _ in accepted} <= {NOW}
    items = [item for item in quarantine.items.values() if item.is_document]
    texts = {
        (tenant, name): scored.document.text
        for tenant in TENANTS
        for name, scored in store.get_many(tenant, list("abcde")).items()
    }
    for tenant, row in accepted:
        is_stored = texts[tenant, row["id"]] == row["text"]
        copies = [i for i in items if i.tenant == tenant and i.documents == [row]]
        assert len(copies) == (0 if is_stored else 1)
    sent = {(tenant, json.dumps(row, sort_keys=True)) for tenant, row in accepted}
    quarantined = {(i.tenant, json.dumps(i.documents[0], sort_keys=True)) for i in items}
    assert quarantined <= sent
    assert texts.keys() == {(tenant, row["id"]) for tenant, row in accepted}
    assert {json.dumps(row, sort_keys=True) for row in lines(lake, "raw")} == {t for _, t in sent}
    assert len(quarantine.items) - len(items) == len(set(noise))
