"""Erasures: nothing is left of a document or an author, and everything else is as it was."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from echostream.adapters.table_keys import key_of, kind_of
from echostream.domain.erase import STORED_WITHIN, Erasing
from echostream.domain.erasure import Erased, State, documents_of, places_of, subject_of
from echostream.domain.errors import BadRequest, Overtaken, TenantDeleted, TooEarly, TryAgain
from echostream.domain.lake import batch_of
from echostream.entrypoints.erasure_requests import new_id
from tests.aws import mock_table
from tests.builders import NOW
from tests.faults import Fault
from tests.unit.echostream.erasing import DAY, SETTLE, Everything
from tests.unit.echostream.faulty_pipeline import Clients
from tests.unit.echostream.test_promises import counted, recounted

SECRET = "nobody else wrote this"
NAMES = [
    "anna",
    'O\'Hara "quoted" \\ back',
    "a/b?c=d&e#f",
    "100%25 %2F",
    "\U0001f469\u200d\U0001f680 \u202e e\u0301",
    "x" * 256,
    "line\nend\u0000",
]


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with mock_table():
        yield Clients()


@pytest.fixture
def everything(clients):
    with time_machine.travel(NOW, tick=False) as clock:
        yield Everything(clients, clock)


def by(author, *ids, text=SECRET):
    return [{"id": name, "text": f"{text} {name}", "author": author} for name in ids]


OTHERS = by("bea", "c", "d", text="kept")


def old(author, *ids, text=SECRET):
    """Documents that go to the lake only; the table has them by id."""
    return [{**row, "created_at": "2018-05-20T09:00:00Z"} for row in by(author, *ids, text=text)]


def fill(everything, author="ann"):
    """Documents of an author and of others, in every place."""
    everything.send([*by(author, "a", "b"), *OTHERS])
    everything.send([*by(author, "e"), *OTHERS], path="stream")
    everything.send([{"text": f"{SECRET} without an id", "author": author}])
    everything.pipeline.deliver("stream", [])
    everything.send(by(author, "a", text="kept of another tenant"), tenant="globex")
    everything.derive()
    everything.compact(NOW, [DAY])
    everything.quarantine({"id": "q", "text": SECRET, "author": author})
    everything.quarantine({"id": "kept", "text": "kept", "author": "bea"})
    everything.put("results/1.csv", f"{author},{SECRET}".encode())
    everything.clock.shift(60)


def contents(everything):
    """The objects of the lake but for the receipts."""
    keys = [key for key in everything.object_keys() if not key.startswith("erasures/")]
    return {key: everything.body(key) for key in keys}


def check_counts(everything):
    everything.derive()
    for tenant in ("acme", "globex"):
        stored = everything.pipeline.stored()
        assert counted(everything.pipeline, tenant) == recounted(stored, tenant)


@pytest.mark.parametrize("author", NAMES)
def test_nothing_of_an_erased_author_is_left(everything, author):
    """No byte of the texts or the name in any item or object; the others are as they were."""
    fill(everything, author)
    assert len(everything.traces(SECRET)) > 6
    done = everything.run(everything.request("author", author))
    assert everything.traces(SECRET) == []
    assert [key for key in everything.traces(author) if "globex" not in key] == []
    check_counts(everything)
    assert set(everything.pipeline.stored()) == {
        ("acme", "c"),
        ("acme", "d"),
        ("globex", "a"),
    }
    for zone in ("raw", "enriched"):
        assert {row["id"] for row in everything.rows(zone)} == {"c", "d"}
        assert [row["id"] for row in everything.rows(zone, "globex")] == ["a"]
    assert len(everything.pipeline.quarantined()) == 1
    assert done.erased["table"] == Erased(4, 4)
    assert done.erased["raw"].documents == 4
    assert done.erased["enriched"].documents == 4
    assert done.erased["quarantine"] == Erased(1, 1)
    assert (done.subject, done.state) == (None, State.DONE)


def test_old_documents_of_an_author_are_erased(everything):
    """The table does not list them: it is cleared by the ids of the lake's rows."""
    everything.send([*old("ann", "a", "b"), *old("bea", "c", text="kept"), *by("ann", "d")])
    everything.derive()
    assert {name for _, name in everything.pipeline.stored()} == set("abcd")
    done = everything.run(everything.request("author", "ann"))
    assert everything.traces(SECRET) == []
    assert {name for _, name in everything.pipeline.stored()} == {"c"}
    assert {row["id"] for row in everything.rows("enriched")} == {"c"}
    assert done.erased["table"] == Erased(1, 1)
    assert done.erased["enriched"].documents == 3
    check_counts(everything)


def test_old_document_is_erased_by_its_id(everything):
    """At once from the table, then from the lake; the author's others stay."""
    everything.send(old("ann", "a", "b"))
    everything.derive()
    done = everything.run(everything.request("document", "a"))
    assert done.erased["table"] == Erased(1, 1)
    assert {name for _, name in everything.pipeline.stored()} == {"b"}
    assert {row["id"] for row in everything.rows("enriched")} == {"b"}


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.CRASH_AFTER])
def test_old_document_is_erased_after_a_crash_at_any_call(clients, fault):
    """Only the lake's rows name its item of the table: this is deleted before they are."""
    number, is_over = 0, False
    while not is_over:
        with time_machine.travel(NOW, tick=False) as clock:
            everything = Everything(clients, clock)
            everything.send(old("ann", "a"))
            everything.derive()
            erasure = everything.request("author", "ann")
            plan = iter([None] * number + [fault])
            with everything.pipeline.faults.planned(plan):
                everything.run(erasure)
            is_over = fault in plan
            assert everything.traces(SECRET) == []
        number += 3
    assert number > 20


def test_erased_document_is_found_by_its_id(everything):
    """The author's other documents stay; in raw/ also a text whose id is a hash is found."""
    fill(everything)
    [computed] = {name for _, name in everything.pipeline.stored()} - set("abcdeq")
    for name in ("a", computed):
        everything.run(everything.request("document", name))
    left = {name for tenant, name in everything.pipeline.stored() if tenant == "acme"}
    assert left == set("bcde")
    assert {row.get("id") for row in everything.rows("raw")} == set("bcde")
    assert {row["id"] for row in everything.rows("enriched")} == set("bcde")
    check_counts(everything)


@pytest.mark.parametrize("path", ["direct", "stream"])
def test_erased_documents_can_be_replaced_at_once(everything, path):
    """Each of several ids is sent with a new text before the lake is erased: only that is left."""
    fill(everything)
    subject, name = documents_of(["a", "e", "unknown"]), new_id(everything.now())
    everything.erasures.create("acme", name, subject, everything.now())
    erasure = everything.erase.erase_part(everything.erasures.get("acme", name))
    assert erasure.erased["table"] == Erased(2, 2)
    everything.clock.shift(1)
    everything.send(by("ann", "a", "e", text="new"), path=path)
    everything.consume()
    everything.derive()
    everything.run(erasure)
    stored = everything.pipeline.stored()
    texts = {row["id"]: row["text"] for (tenant, _), row in stored.items() if tenant == "acme"}
    assert (texts["a"], texts["e"], texts["b"]) == ("new a", "new e", f"{SECRET} b")
    for zone in ("raw", "enriched"):
        rows = [
            (row["id"], row["text"]) for row in everything.rows(zone) if row.get("id") in ("a", "e")
        ]
        assert sorted(rows) == [("a", "new a"), ("e", "new e")], zone
    assert len(everything.traces("new a")) >= 3
    check_counts(everything)


def test_record_of_one_of_several_documents_is_dropped(everything):
    """It waited in the stream; the hashes of all ids are kept after the erasure."""
    everything.send(by("ann", "a", "b", "c"), path="stream")
    everything.clock.shift(60)
    subject, name = documents_of(["a", "b"]), new_id(everything.now())
    everything.run(everything.erasures.create("acme", name, subject, everything.now()))
    assert everything.consume() == 2
    assert {name for _, name in everything.pipeline.stored()} == {"c"}


def test_erasure_of_nothing_changes_nothing(everything):
    """An id that nobody sent, an author whose documents are erased."""
    fill(everything)
    everything.run(everything.request("author", "ann"))
    before = contents(everything)
    for kind, value in (("author", "ann"), ("document", "unknown")):
        done = everything.run(everything.request(kind, value))
        assert sum(sums.documents for sums in done.erased.values()) == 0
    assert contents(everything) == before


@pytest.mark.parametrize(
    ("fault", "step"), [(Fault.CRASH, 13), (Fault.CRASH_AFTER, 17), (Fault.FAILED, 29)]
)
def test_worker_that_dies_at_any_call_is_followed_by_another(clients, fault, step):
    """The next one completes the work, and the receipt names all of it once."""
    number, is_over = 0, False  # not every call, which takes a minute
    while not is_over:
        with time_machine.travel(NOW, tick=False) as clock:
            everything = Everything(clients, clock)
            fill(everything)
            erasure = everything.request("author", "ann")
            plan = iter([None] * number + [fault])
            with everything.pipeline.faults.planned(plan):
                done = everything.run(erasure)
            is_over = fault in plan
            assert everything.traces(SECRET) == []
            assert done.erased["table"] == Erased(4, 4)
            names = everything.receipt(done)
            assert set(names["table"]) >= {"a", "b", "e"}
            assert {p: sum(n.values()) for p, n in names.items()} == {
                place: sums.documents for place, sums in done.erased.items() if place in names
            }
            check_counts(everything)
        number += step
    assert number > 60


def test_document_that_arrives_after_the_request_stays(everything):
    """Also under an erased id with another text, and while the erasure runs."""
    fill(everything)
    erasure = everything.request("author", "ann")
    everything.send(by("ann", "new", text="kept"))
    everything.send(by("ann", "a", text="kept"))  # a conflict, as long as a is stored
    assert set(everything.erase_round(erasure).erased) == set(places_of("author"))
    everything.send([*by("ann", "a", text="kept again"), *by("ann", "b")])
    everything.derive()
    everything.run(erasure)
    stored = everything.pipeline.stored()
    texts = {row["id"]: row["text"] for (tenant, _), row in stored.items() if tenant == "acme"}
    kept = {"a": "kept again a", "b": f"{SECRET} b", "new": "kept new"}
    assert texts == {**kept, "c": "kept c", "d": "kept d"}
    for zone in ("raw", "enriched"):
        rows = {row["id"]: row["text"] for row in everything.rows(zone)}
        assert {name: rows.get(name) for name in kept} == kept, zone
    check_counts(everything)


def test_text_that_was_sent_just_before_the_request_is_erased(everything):
    """Also in raw/, whose objects have no exact time, and if its id was used again since."""
    everything.send(by("ann", "a", "b"))
    erasure = everything.request("author", "ann")
    everything.erase_round(erasure)
    everything.send(by("ann", "a", text="kept"))
    everything.run(erasure)
    assert everything.traces(SECRET) == []
    assert [row["text"] for row in everything.rows("raw")] == ["kept a"]


def test_document_that_is_being_stored_stays(everything):
    """Its text is in raw/ and it is not in the table yet, while the second round runs."""
    fill(everything)
    erasure = everything.erase_round(everything.request("author", "ann"))
    everything.clock.shift(SETTLE)
    rows = by("ann", "new", text="kept")
    everything.pipeline.ingest.lake.write("raw", batch_of("acme", everything.now(), rows), rows)
    everything.run(erasure)
    assert "new" in {row["id"] for row in everything.rows("raw")}


def test_document_that_is_quarantined_later_stays(everything):
    """It arrived after the request."""
    everything.quarantine({"id": "q", "text": SECRET, "author": "ann"})
    everything.clock.shift(60)
    erasure = everything.request("author", "ann")
    everything.quarantine({"id": "q", "text": "kept", "author": "ann"})
    assert everything.run(erasure).erased["quarantine"] == Erased(1, 1)
    [item] = everything.pipeline.quarantined().values()
    assert "kept" in item["payload"]


def test_results_of_other_tenants_stay(everything):
    """If their folder has a tenant's name; acme-2 is not acme."""
    others = ["results/tenant_id=acme-2/1.csv", "results/tenant_id=globex/1.csv"]
    for key in ("results/1.csv", "results/1.csv.metadata", "results/tenant_id=acme/1.csv", *others):
        everything.put(key, b"x")
    everything.run(everything.request("author", "ann"))
    assert everything.object_keys("results/") == others


def test_repeat_of_a_document_that_is_erased_is_erased(everything):
    """Sent again before its deletion, it is the stored document; raw/ keeps no copy either."""
    fill(everything)
    erasure = everything.request("author", "ann")
    everything.clock.shift(10)
    everything.send(by("ann", "a", "b"))
    everything.run(erasure)
    assert everything.traces(SECRET) == []


def test_change_that_waited_is_not_written_to_the_lake(everything):
    """A batch of the table's stream that failed for hours is delivered after the erasure."""
    everything.send([*by("ann", "a"), *OTHERS])
    everything.clock.shift(60)
    everything.run(everything.request("author", "ann"))
    everything.derive()
    assert {row["id"] for row in everything.rows("enriched")} == {"c", "d"}
    check_counts(everything)


def test_change_that_was_being_written_is_found_in_the_second_round(everything):
    """It reached enriched/ during the first round, from a batch that began before."""
    everything.send([*by("ann", "a"), *OTHERS])
    everything.clock.shift(60)
    erasure = everything.erase_round(everything.request("author", "ann"))
    everything.archive = replace(everything.archive, clock=lambda: NOW)
    everything.derive()
    assert len(everything.traces(SECRET)) == 1
    everything.run(erasure)
    assert everything.traces(SECRET) == []


def test_record_that_waited_is_dropped(everything):
    """It arrived before the request; the author's later record is stored."""
    everything.send([*by("ann", "a"), *OTHERS], path="stream")
    everything.clock.shift(60)
    everything.run(everything.request("author", "ann"))
    everything.send(by("ann", "new", text="kept"), path="stream")
    assert everything.consume() == 1
    assert {name for _, name in everything.pipeline.stored()} == {"c", "d", "new"}
    assert everything.traces(SECRET) == []


def test_second_worker_stops(everything):
    """A message is delivered twice: one of the workers has an old version of the erasure."""
    fill(everything)
    erasure = everything.request("author", "ann")
    everything.erase.erase_part(erasure)
    with pytest.raises(Overtaken):
        everything.erase.erase_part(erasure)
    assert everything.run(erasure).erased["table"] == Erased(4, 4)


def test_work_stops_in_time(everything):
    """No part begins when little of the function's time is left."""
    erasure = everything.request("author", "ann")
    assert everything.erase(erasure, lambda: 30.0) == erasure


def test_second_round_waits(everything):
    """Until every function that ran in the first one has ended."""
    settling = everything.erase_round(everything.request("author", "ann"))
    assert (settling.state, settling.due_at) == (State.SETTLING, everything.now() + SETTLE)
    assert everything.erase(settling, lambda: 900.0) == settling


def test_unreadable_objects_are_named(everything):
    """They cannot be searched: an operator decides."""
    keys = [
        f"raw/tenant_id=acme/dt={DAY}/hour=01/broken.json.gz",
        f"quarantine/enriched/tenant_id=acme/dt={DAY}/hour=01/broken.json.gz",
    ]
    for key in keys:
        everything.put(key, b"no gzip")
    everything.clock.shift(60)
    done = everything.run(everything.request("author", "ann"))
    assert list(done.unsearched) == keys
    assert set(keys) <= set(everything.object_keys())


@pytest.mark.parametrize("value", ["", "x" * 257, "\udcff"])
def test_impossible_author_is_refused(value):
    """No document can have one."""
    with pytest.raises(BadRequest):
        subject_of("author", value)


def test_day_of_which_nothing_is_left_is_emptied(everything):
    """There is nothing to compact again; its partition has no files."""
    everything.send(by("ann", "a"))
    everything.derive()
    everything.compact(NOW, [DAY])
    everything.clock.shift(60)
    done = everything.run(everything.request("author", "ann"))
    assert everything.traces(SECRET) == []
    assert done.erased["compacted"].objects == 2
    assert everything.object_keys(f"compacted/tenants/dt={DAY}/") == []


def test_files_of_a_day_that_is_not_registered_any_more_are_deleted(everything):
    """A compaction has removed the partition meanwhile, and leaves its files for a day."""
    fill(everything)
    erasure = everything.erase_round(everything.request("author", "ann"))
    everything.catalog.folders.clear()
    everything.put(
        f"compacted/tenants/dt={DAY}/old/part-00000/tenant_id=acme/part", SECRET.encode()
    )
    everything.run(erasure)
    assert everything.traces(SECRET) == []


def test_file_that_a_compaction_may_be_writing_is_waited_for(everything):
    """It is deleted after the longest run of a function: a younger one may become the partition."""
    fill(everything)
    erasure = everything.erase_round(everything.request("author", "ann"))
    everything.clock.shift(SETTLE)
    everything.put(
        f"compacted/tenants/dt={DAY}/other/part-00000/tenant_id=acme/part", SECRET.encode()
    )
    with pytest.raises(TooEarly):
        everything.erase(erasure, lambda: 900.0)
    assert len(everything.traces(SECRET)) == 1
    everything.run(erasure)
    assert everything.traces(SECRET) == []


def test_compacted_files_of_another_tenant_stay(everything):
    """Also those that no partition points to: a statement of that tenant may be reading them."""
    fill(everything)
    other = f"compacted/tenants/dt={DAY}/old/part-00000/tenant_id=acme-b/part"
    everything.put(other, b"x")
    everything.run(everything.request("author", "ann"))
    assert other in everything.object_keys()


def test_files_that_mix_tenants_are_waited_for(everything):
    """Those of before days were divided: a compaction deletes them once no view reads them."""
    fill(everything)
    everything.put(f"compacted/dt={DAY}/old/part", SECRET.encode())
    erasure = everything.erase_round(everything.request("author", "ann"))
    everything.clock.shift(SETTLE)
    with pytest.raises(TooEarly):
        everything.erase(erasure, lambda: 900.0)
    everything.files.delete_mixed()
    everything.run(erasure)
    assert everything.traces(SECRET) == []


def test_document_that_took_an_id_meanwhile_is_not_deleted(everything):
    """It was found before, and another erasure and another sender were faster."""
    everything.send(by("ann", "a"))
    deletions = everything.erase.places["author"]["table"].deletions
    [found] = deletions.find("acme", ["a"], everything.now())
    deletions.delete("acme", [found])
    everything.clock.shift(1)
    everything.send(by("ann", "a", text="kept"))
    deletions.delete("acme", [found])
    assert [row["text"] for row in everything.pipeline.stored().values()] == ["kept a"]


def test_document_that_was_rescored_is_erased(everything):
    """A score of another engine does not make it another document."""
    everything.send(by("ann", "a"))
    everything.clock.shift(60)
    erasure = everything.request("author", "ann")
    [stored] = everything.pipeline.store.get_many("acme", ["a"]).values()
    later = replace(stored.enrichment, engine="other", enriched_at=everything.now())
    assert everything.pipeline.store.add_score("acme", stored, later)
    everything.run(erasure)
    assert everything.pipeline.stored() == {}


def test_document_that_the_table_does_not_list_is_found_in_the_lake(everything):
    """Its hour expired, and DynamoDB has deleted the hour's entry before the document."""
    everything.send(by("ann", "a"))
    everything.derive()
    for item in items_of(everything):
        if kind_of(item) == "hours":
            everything.dynamodb.delete_item(TableName=everything.name, Key=key_of(item))
    everything.clock.shift(60)
    everything.run(everything.request("author", "ann"))
    assert everything.pipeline.stored() == {}


def test_document_of_another_author_that_has_the_id_now_stays(everything):
    """The id was used again after the author's document had expired; the lake has both."""
    everything.send(by("ann", "a"))
    everything.derive()
    [item] = [i for i in items_of(everything) if kind_of(i) == "doc"]
    everything.dynamodb.delete_item(TableName=everything.name, Key=key_of(item))
    everything.send(by("bea", "a", text="kept"))
    everything.derive()
    everything.clock.shift(60)
    everything.run(everything.request("author", "ann"))
    assert [row["text"] for row in everything.pipeline.stored().values()] == ["kept a"]
    assert [row["text"] for row in everything.rows("enriched")] == ["kept a"]


def items_of(everything):
    return everything.dynamodb.scan(TableName=everything.name)["Items"]


class Queue:
    """The messages, with their delays, and whether the erasure was stored when they were sent."""

    def __init__(self, everything):
        self._erasures = everything.erasures
        self.messages = []

    def send(self, tenant, name, delay):
        is_stored = self._erasures.get(tenant, name) is not None
        self.messages.append((name, delay, is_stored))


@pytest.fixture
def queue(everything):
    return Queue(everything)


def test_request_is_in_the_queue_before_it_is_stored(everything, queue):
    """A document is deleted from the table at once, an author's by the worker."""
    fill(everything)
    erasing = Erasing(everything.erase, queue)
    document = erasing.request("acme", "e1", subject_of("document", "a"))
    author = erasing.request("acme", "e2", subject_of("author", "ann"))
    assert queue.messages == [
        (document.id, STORED_WITHIN, False),
        (author.id, STORED_WITHIN, False),
    ]
    assert document.erased == {"table": Erased(1, 1)}
    assert author.erased == {}
    assert ("acme", "a") not in everything.pipeline.stored()
    assert ("acme", "b") in everything.pipeline.stored()


def test_each_message_leads_to_the_next_until_it_is_done(everything, queue):
    """At once if the time is over, after the wait between the rounds, and none at the end."""
    fill(everything)
    erasing = Erasing(everything.erase, queue)
    erasure = erasing.request("acme", new_id(everything.now()), subject_of("author", "ann"))
    everything.clock.shift(2)
    for seconds in (10, 900, 900):
        erasing.resume("acme", erasure.id, lambda: seconds)  # noqa: B023
        everything.clock.shift(queue.messages[-1][1])
    delays = [delay for _, delay, _ in queue.messages]
    assert delays == [STORED_WITHIN, timedelta(0), SETTLE]
    done = erasing.resume("acme", erasure.id, lambda: 900)
    assert done
    assert done.state is State.DONE
    assert len(queue.messages) == 3


def test_message_of_an_unknown_erasure_is_delivered_again(everything, queue):
    """It may be stored a moment later."""
    with pytest.raises(TryAgain):
        Erasing(everything.erase, queue).resume("acme", "unknown", lambda: 900)


def test_worker_that_dies_after_it_overtook_another_one_is_followed(everything, queue):
    """A message is delivered twice: the worker that stops has sent the message of a third one."""
    fill(everything)
    erasing = Erasing(everything.erase, queue)
    erasure = erasing.request("acme", new_id(everything.now()), subject_of("author", "ann"))
    places = everything.erase.places["author"]
    overtaken = Overtaking(places["table"], everything.erase)
    slow = replace(everything.erase, places={"author": {**places, "table": overtaken}})
    queue.messages.clear()

    Erasing(slow, queue).resume("acme", erasure.id, lambda: 900)  # the other one dies here

    assert [delay for _, delay, _ in queue.messages] == [SETTLE]
    while queue.messages:
        everything.clock.shift(queue.messages.pop()[1])
        done = erasing.resume("acme", erasure.id, lambda: 900)
    assert done
    assert done.state is State.DONE
    assert everything.traces(SECRET) == []


class Overtaking:
    """A place of which another worker erases the same part at the same time, and stores it."""

    def __init__(self, place, erase):
        self._place = place
        self._erase = erase

    def find(self, erasure):
        return self._place.find(erasure)

    def erase(self, erasure, chunk):
        self._erase.erase_part(erasure)
        self._place.erase(erasure, chunk)


@pytest.mark.parametrize(("error", "delays"), [(TooEarly, [SETTLE]), (TenantDeleted, [])])
def test_message_after_a_step_that_cannot_be_done(everything, queue, error, delays):
    """One that has to wait leads to the next message; one whose tenant is deleted to none."""
    erasing = Erasing(everything.erase, queue)
    places = {"author": {"table": Raising(error("x"))}}
    failing = Erasing(replace(everything.erase, places=places), queue)
    erasure = erasing.request("acme", new_id(everything.now()), subject_of("author", "ann"))
    queue.messages.clear()
    failing.resume("acme", erasure.id, lambda: 900)
    assert [delay for _, delay, _ in queue.messages] == delays


class Raising:
    """A place that cannot be erased."""

    def __init__(self, error):
        self._error = error

    def find(self, erasure):
        raise self._error
