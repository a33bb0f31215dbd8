"""Erasures of tenants: nothing is left of one, and tenants with similar names lose nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine

from echostream.adapters import dynamodb_tenant_items
from echostream.adapters.dynamodb_quotas import DynamoDBQuotaLedger
from echostream.adapters.table_keys import key_of, kind_of
from echostream.domain import erase_tenant
from echostream.domain.codec import time_to_wire
from echostream.domain.erasure import PLACES, State
from echostream.domain.errors import Conflict, TenantDeleted, TooEarly
from echostream.domain.lake import CompactedDay
from echostream.domain.members import TenantState
from echostream.domain.quotas import document_window
from echostream.domain.stream_record import VERSION
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
    return [{"id": name, "text": f"{text} {name}", "author": f"author of {text}"} for name in "abc"]


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


def important_calls(calls):
    """The positions of calls to crash at: all writes and reads of objects, some of many queries."""
    return [n for n, name in enumerate(calls) if name != "Query" or n % 120 == 0]


@pytest.fixture(scope="module")
def positions(clients):
    """The calls of an erasure without faults."""
    with time_machine.travel(NOW, tick=False) as clock:
        everything = Everything(clients, clock)
        fill(everything)
        everything.derive()
        erasure = everything.delete()
        with clients.faults.planned([]):
            everything.run(erasure)
            return important_calls(clients.faults.calls)


@pytest.mark.parametrize(
    ("fault", "first"), [(Fault.CRASH, 0), (Fault.CRASH_AFTER, 8), (Fault.FAILED, 16)]
)
def test_worker_that_dies_at_any_call_is_followed_by_another(clients, positions, fault, first):
    """The next one completes the work, and the receipt names each document once."""
    for number in positions[first::24]:  # each call takes seconds; the faults share them
        with time_machine.travel(NOW, tick=False) as clock:
            everything = Everything(clients, clock)
            fill(everything)
            fill(everything, "acme-2", "kept")
            everything.derive()
            before = everything.pipeline.stored()
            erasure = everything.delete()
            with everything.pipeline.faults.planned([*[None] * number, fault]):
                done = everything.run(erasure)
            everything.derive()
            check_gone(everything)
            kept = {key: row for key, row in before.items() if key[0] == "acme-2"}
            assert everything.pipeline.stored() == kept
            assert done.erased["table"].documents == 3
            names = everything.receipt(done)
            assert set(names["table"]) == set("abc")
            assert sum(names["raw"].values()) == done.erased["raw"].documents


def test_documents_that_arrive_meanwhile_are_erased(everything):
    """From a function that remembers the member: while the first round runs, and after it."""
    fill(everything)
    erasure = everything.delete()
    everything.erase.erase_part(erasure)
    everything.send(rows(SECRET + " late"))
    everything.erase_round(everything.erasures.get("acme", erasure.id))
    everything.clock.shift(MEMBERSHIP)
    everything.send([{"id": "later", "text": SECRET}])
    everything.derive()
    assert everything.traces(SECRET) != []
    done = everything.run(erasure)
    everything.derive()
    check_gone(everything)
    assert done.round == 3


def test_records_that_waited_in_the_stream_are_dropped(everything):
    """During the erasure and after it; neither quarantine nor times of receipt are written."""
    fill(everything)
    everything.send(rows("of the stream " + SECRET), path="stream")
    record = {"version": VERSION, "tenant": "acme", "arrived_at": time_to_wire(NOW)}
    everything.pipeline.put_poison(
        json.dumps({**record, "documents": [{"nonsense": SECRET}]}).encode()
    )
    erasure = everything.delete()
    everything.send(rows("sent later " + SECRET), path="stream")
    everything.erase_round(erasure)
    assert everything.consume() == 7
    everything.run(erasure)
    assert everything.consume() == 7
    everything.derive()
    check_gone(everything)


def test_name_is_free_when_the_erasure_is_done(everything):
    """Documents of the new tenant stay, whatever an old message still says."""
    fill(everything)
    erasure = everything.delete()
    settling = everything.erase_round(erasure)
    with pytest.raises(Conflict, match="exists"):
        everything.directory.create_tenant("acme", everything.now())
    everything.clock.shift(2 * SETTLE)
    everything.run(settling)
    everything.clock.shift(1)
    everything.directory.create_tenant("acme", everything.now())
    everything.send(rows("kept"))
    everything.send([{"id": "queued", "text": "kept"}], path="stream")
    assert everything.consume() == 0
    with pytest.raises(TenantDeleted):
        everything.erase.erase_part(settling)
    everything.run(erasure)
    assert everything.directory.tenant("acme").state is TenantState.ACTIVE
    stored = everything.pipeline.stored()
    assert {name for tenant, name in stored if tenant == "acme"} == {"a", "b", "c", "queued"}


def test_second_deletion_of_the_same_name_is_another_erasure(everything):
    """It finds the documents of the second tenant; the list has both, newest first."""
    for _ in range(2):
        fill(everything)
        everything.run(everything.delete())
        everything.clock.shift(60)
    check_gone(everything)
    first, second = everything.erasures.newest("acme", 5)
    assert first.requested_at > second.requested_at
    assert [one.erased["table"].documents for one in (first, second)] == [3, 3]


def test_crash_between_the_end_and_the_tenants_item_is_mended(everything):
    """The message is delivered again, and the name becomes free."""
    fill(everything)
    erasure = everything.delete()
    everything.erase = replace(everything.erase, tenants=NeverDeletes(everything.directory))
    everything.run(erasure)
    assert everything.directory.tenant("acme").state is TenantState.DELETING
    everything.restart()
    assert everything.run(erasure).state is State.DONE
    check_gone(everything)


class NeverDeletes:
    """A directory whose process ends before a tenant is deleted."""

    def __init__(self, directory):
        self.tenant = directory.tenant

    def delete_tenant(self, tenant):
        """Do nothing."""


def test_unfinished_erasures_of_the_tenant_end(everything):
    """They have the names of authors in clear, and nothing to erase any more."""
    fill(everything)
    author = everything.request("author", "the name of an author")
    everything.run(everything.delete())
    assert everything.traces("the name of an author") == []
    assert everything.erasures.get("acme", author.id).state is State.DONE


def test_document_that_the_table_does_not_list_is_found(everything):
    """Its hour expired, and DynamoDB has deleted the hour's entry before the document."""
    fill(everything)
    everything.derive()
    for item in items(everything):
        if kind_of(item) == "hours":
            everything.dynamodb.delete_item(TableName=everything.name, Key=key_of(item))
    everything.run(everything.delete())
    everything.derive()
    check_gone(everything)


def test_days_that_mix_tenants_are_waited_for(everything):
    """Those of before days were divided, until a compaction has deleted them."""
    fill(everything)
    everything.put(f"compacted/dt={DAY}/old/part", SECRET.encode())
    erasure = everything.erase_round(everything.delete())
    everything.clock.shift(2 * SETTLE)
    with pytest.raises(TooEarly):
        everything.erase(erasure, lambda: 900.0)
    everything.files.delete_mixed()
    everything.run(erasure)
    check_gone(everything)


def test_many_items_are_deleted_in_parts(everything, monkeypatch):
    """More than fit into one part, also of one partition."""
    fill_all(everything)
    before = state_of_others(everything)
    monkeypatch.setattr(dynamodb_tenant_items, "MAX_ITEMS", 2)
    monkeypatch.setattr(erase_tenant, "OBJECTS", 1)
    monkeypatch.setattr(erase_tenant, "AT_ONCE", 2)
    assert everything.run(everything.delete()).round == 2
    everything.derive()
    check_gone(everything)
    assert state_of_others(everything) == before
