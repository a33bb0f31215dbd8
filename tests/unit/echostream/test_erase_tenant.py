"""Erasures of tenants: nothing is left of one, and tenants with similar names lose nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from echostream.adapters import table_counts
from echostream.adapters.dynamodb_quotas import DynamoDBQuotaLedger
from echostream.adapters.table_keys import key_of, kind_of
from echostream.domain.erase import Erasing
from echostream.domain.erasure import PLACES, State, Subject, deletion_id, subject_of
from echostream.domain.errors import Conflict, Overtaken, TooEarly
from echostream.domain.lake import CompactedDay
from echostream.domain.members import TenantState
from echostream.domain.quotas import document_window
from tests.aws import mock_table
from tests.builders import NOW
from tests.faults import Fault
from tests.unit.echostream.erasing import DAY, MEMBERSHIP, SETTLE, Everything
from tests.unit.echostream.faulty_pipeline import Clients

SECRET = "nobody else wrote this"
SIMILAR = ("acme-2", "acme2", "acm", "ACME", "acme_", "globex")
"""Names that a prefix of a key could take for acme."""
AUTHORS = ("ann", "bea")


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with mock_table():
        yield Clients()


@pytest.fixture
def everything(clients):
    with time_machine.travel(NOW, tick=False) as clock:
        yield Everything(clients, clock)


def rows(text=SECRET):
    return [{"id": name, "text": f"{text} {name}", "author": f"author {name}"} for name in "abc"]


def fill(everything, tenant="acme", text=SECRET):
    """Documents of a tenant in every place, and what follows from them."""
    everything.directory.create_tenant(tenant, everything.now())
    everything.send(rows(text), tenant)
    everything.pipeline.store.mark_received(tenant, everything.now())
    ledger = DynamoDBQuotaLedger(everything.dynamodb, everything.name)
    ledger.take(tenant, document_window(everything.now()), 3, 10)
    everything.quarantine({"id": "q", "text": text}, tenant)
    everything.quarantine("no object: " + text, tenant)
    folder = f"tenant_id={tenant}/dt={DAY}/hour=01"
    for key in (
        f"raw/{folder}/broken.json.gz",
        f"raw/tenant_id={tenant}/stray",
        f"quarantine/enriched/{folder}/broken.json.gz",
        f"results/tenant_id={tenant}/1.csv",
        f"compacted/tenants/dt={DAY}/run/part-00000/tenant_id={tenant}/file",
        f"compacted/tenants/dt=2024-01-01/former/part-00000/tenant_id={tenant}/file",
    ):
        everything.put(key, text.encode())
    everything.catalog.register(DAY, {tenant: CompactedDay(f"s3://x/{tenant}/", "")})


def fill_all(everything):
    fill(everything)
    for tenant in SIMILAR:
        fill(everything, tenant, "kept")
    everything.derive()
    everything.clock.shift(60)


def items(everything):
    return everything.dynamodb.scan(TableName=everything.name)["Items"]


def names_in(key):
    """The parts of a key of the table or the lake, in which a tenant's name is one."""
    return key.replace("#", "/").replace("tenant_id=", "").split("/")


def items_of(everything, tenant):
    """The keys of the table that have a tenant's name, but for its erasures."""
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items(everything)]
    return [
        key
        for key in keys
        if tenant in names_in("/".join(key)) and not key[0].startswith("erasure#")
    ]


def objects_of(everything, tenant):
    """The keys of the lake that have a tenant's name, but for receipts."""
    return [
        key
        for key in everything.object_keys()
        if tenant in names_in(key) and not key.startswith("erasures/")
    ]


def state_of_others(everything):
    """Everything that is not of acme."""
    kept = {repr(key_of(item)): item for item in items(everything) if kind_of(item) != "stream"}
    own = {repr({"pk": {"S": pk}, "sk": {"S": sk}}) for pk, sk in items_of(everything, "acme")}
    table = {key: item for key, item in kept.items() if key not in own and "erasure#" not in key}
    keys = {key for tenant in SIMILAR for key in objects_of(everything, tenant)}
    return table, {key: everything.body(key) for key in keys}


def check_gone(everything):
    assert everything.traces(SECRET, "author a") == [
        key
        for key in everything.traces("author a")
        if any(f"={t}/" in key for t in SIMILAR) or "#" in key and "#acme#" not in key
    ]
    assert everything.traces(SECRET) == []
    assert items_of(everything, "acme") == []
    assert objects_of(everything, "acme") == []
    assert "acme" not in everything.catalog.folders[DAY]
    assert everything.directory.tenant("acme") is None


def test_nothing_of_a_deleted_tenant_is_left(everything):
    """No item, no object, no partition; tenants with similar names are as they were."""
    fill_all(everything)
    before = state_of_others(everything)
    assert len(items_of(everything, "acme")) > 8
    done = everything.run(everything.delete())
    everything.derive()
    check_gone(everything)
    assert state_of_others(everything) == before
    assert set(everything.catalog.folders[DAY]) == set(SIMILAR)
    assert set(done.erased) == set(PLACES)
    assert done.erased["table"].documents == 3
    assert done.erased["raw"].documents == 3
    assert done.erased["enriched"].documents == 3
    assert (done.round, done.subject, done.state) == (2, None, State.DONE)
    assert done.covers_to == done.finished_at


def test_deletions_reach_the_counters_late(everything):
    """After the counts are gone: none is made again, and no source is listed."""
    fill_all(everything)
    erasure = everything.erase_round(everything.delete())
    assert not any("count#acme" in pk for pk, _ in items_of(everything, "acme"))
    everything.derive()
    assert {pk for pk, _ in items_of(everything, "acme")} == {"tenants"}
    everything.run(erasure)
    everything.pipeline.deliver_again("table")
    check_gone(everything)


@pytest.mark.parametrize(
    ("fault", "step"), [(Fault.CRASH, 37), (Fault.CRASH_AFTER, 41), (Fault.FAILED, 53)]
)
def test_worker_that_dies_at_any_call_is_followed_by_another(clients, fault, step):
    """The next one completes the work, and the receipt names each document once."""
    number, is_over = 0, False  # not every call, which takes minutes
    while not is_over:
        with time_machine.travel(NOW, tick=False) as clock:
            everything = Everything(clients, clock)
            fill(everything)
            fill(everything, "acme-2", "kept")
            everything.derive()
            before = everything.pipeline.stored()
            erasure = everything.delete()
            plan = iter([None] * number + [fault])
            with everything.pipeline.faults.planned(plan):
                done = everything.run(erasure)
            is_over = fault in plan
            everything.derive()
            check_gone(everything)
            kept = {key: row for key, row in before.items() if key[0] == "acme-2"}
            assert everything.pipeline.stored() == kept
            assert done.erased["table"].documents == 3
            names = everything.receipt(done)
            assert set(names["table"]) == set("abc")
            assert sum(names["raw"].values()) == done.erased["raw"].documents
        number += step
    assert number > 100
