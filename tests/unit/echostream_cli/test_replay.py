"""Replay: documents of the lake are stored in the table once, each for its own tenant."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from moto import mock_aws

from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.vader import Vader
from echostream.domain.archive import Archive
from echostream.domain.codec import scored_to_wire
from echostream.domain.door import Receipt, Rejection
from echostream.domain.erasure import subject_of
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.ingest import Ingest
from echostream.domain.lake import Batch
from echostream.domain.query import Question, newest, stats
from echostream_cli.operate.lake_objects import LakeObjects
from echostream_cli.operate.period import Period
from echostream_cli.operate.replay import Replay, UnchangedLake
from tests.aws import client
from tests.builders import RATED, RETENTION, scored
from tests.fakes import MemoryCounters, MemoryErasures, MemoryStore

NOW = datetime.now(UTC).replace(minute=40, second=0, microsecond=0)
"""Near the real time, because S3 sets the time at which an object was written."""
TODAY = Period(NOW - timedelta(hours=30), NOW + timedelta(hours=1))


@pytest.fixture
def s3():
    with mock_aws():
        client("s3").create_bucket(Bucket="lake")
        yield client("s3")


@pytest.fixture
def replay(s3):
    """A replay of the bucket into an empty table."""
    return make_replay(s3, MemoryStore())


def make_replay(s3, store):
    ingest = Ingest(lambda _: Vader(), UnchangedLake(), store, RETENTION, lambda: NOW)
    objects, archive = LakeObjects(s3, "lake"), make_archive(S3Lake(s3, "lake"))
    return Replay(objects, store, ingest, archive, MemoryErasures(), lambda _: RETENTION)


def make_archive(lake):
    return Archive(lake, MemoryErasures(), lambda: NOW)


def make_pipeline(s3, store):
    """Takes documents as the functions processor and derive do."""
    lake = S3Lake(s3, "lake")
    ingest = Ingest(lambda _: Vader(), lake, store, RETENTION, lambda: NOW)

    def run(tenant, rows, at):
        receipt = ingest(tenant, rows, at)
        make_archive(lake)(store.new_documents)
        store.new_documents.clear()
        return receipt

    return run


def documents(*names, text="I love it"):
    return [{"id": name, "text": text} for name in names]


def read(store, tenant):
    """The documents and hourly counts of a tenant."""
    question = Question(TODAY.start, TODAY.end)
    counts = stats(MemoryCounters(store), tenant, question, "hour").by_time
    return newest(store, tenant, question, 500).documents, counts


def list_objects(s3):
    """The objects of the lake, with their ETags by key."""
    summaries = s3.list_objects_v2(Bucket="lake").get("Contents", [])
    return {summary["Key"]: summary["ETag"] for summary in summaries}


def test_replay_restores_a_lost_table(s3, replay):
    """Documents of two tenants, unchanged, each for its own tenant; the lake does not change."""
    lost = MemoryStore()
    for tenant in ("acme", "globex"):
        make_pipeline(s3, lost)(tenant, documents("a", "b", text=f"we love {tenant}"), NOW)
    before = list_objects(s3)
    report = replay(TODAY, NOW)
    assert read(replay.store, "acme") == read(lost, "acme")
    assert read(replay.store, "globex") == read(lost, "globex")
    assert report.scored["stored again"] == 4
    assert report.raw["already stored"] == 4
    assert list_objects(s3) == before


def test_second_replay_changes_nothing(s3, replay):
    """Neither in the table nor in the lake."""
    make_pipeline(s3, MemoryStore())("acme", documents("a", "b"), NOW)
    replay(TODAY, NOW)
    before = read(replay.store, "acme"), list_objects(s3)
    report = replay(TODAY, NOW)
    assert report.scored["already stored"] == report.raw["already stored"] == 2
    assert (report.scored["stored again"], report.raw["scored now"]) == (0, 0)
    assert (read(replay.store, "acme"), list_objects(s3)) == before


def test_scores_of_other_engines_are_restored(s3, replay):
    """From the lake, with all fields of the document, without a call of the engine."""
    document = sent = scored("a", at=NOW, **RATED)
    other = scored("a", at=NOW, compound=0.7)
    rows = [{**scored_to_wire(document), "others": [scored_to_wire(other)]}]
    S3Lake(s3, "lake").write("enriched", Batch("acme", NOW, "b"), rows)
    replay(TODAY, NOW)
    [document], _ = read(replay.store, "acme")
    assert document.other_scores == (other.enrichment,)
    assert document.document == sent.document


def test_unscored_raw_text_is_scored_in_its_hour_of_arrival(s3, replay):
    """The raw object is not written again."""
    rows = [{"id": "a", "text": "I love it", **RATED}, {"id": "b", "text": "I hate it", **RATED}]
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), rows)
    report = replay(TODAY, NOW)
    assert report.raw["scored now"] == 2
    documents, _ = read(replay.store, "acme")
    assert {scored.enrichment.sentiment.value for scored in documents} == {"POSITIVE", "NEGATIVE"}
    for replayed in documents:
        fields = {name: getattr(replayed.document, name) for name in RATED}
        assert fields == RATED
        times = {replayed.document.created_at, replayed.enrichment.enriched_at}
        assert {f"{time:%Y-%m-%d %H}" for time in times} == {f"{NOW:%Y-%m-%d %H}"}
    assert len([key for key in list_objects(s3) if key.startswith("raw/")]) == 1


def test_stored_documents_that_the_lake_lacks_are_written_to_it(s3, replay):
    """With the table's scores, once; those of the last hour may still be on their way."""
    lake, stored = S3Lake(s3, "lake"), [scored("a", at=NOW), scored("b", at=NOW)]
    lake.write("raw", Batch("acme", NOW, "x"), documents("a", "b", text="some words"))
    replay.store.put("acme", stored, NOW)
    lake.write("enriched", Batch("acme", NOW, "b"), [scored_to_wire(stored[1])])
    report = replay(TODAY, NOW + timedelta(minutes=59))
    assert report.raw["written to enriched/"] == 0
    for number in (1, 0):
        report = replay(TODAY, NOW + timedelta(minutes=61))
        assert (report.raw["written to enriched/"], report.raw["already stored"]) == (number, 2)
        objects = replay.objects.list_period("enriched", TODAY, "acme")
        rows = [row for summary in objects for row in replay.objects.read(summary)]
        assert sorted(rows, key=lambda row: row["id"]) == [scored_to_wire(s) for s in stored]


def test_replay_of_one_tenant_leaves_out_others(s3, replay):
    """With the option TENANT."""
    for tenant in ("acme", "globex"):
        make_pipeline(s3, MemoryStore())(tenant, documents("a"), NOW)
    replay(TODAY, NOW, "acme")
    assert read(replay.store, "globex")[0] == []
    assert len(read(replay.store, "acme")[0]) == 1


def test_replay_is_limited_to_the_hours_of_the_period(s3, replay):
    """Whole hours of arrival."""
    for hours in (1, 5, 9):
        at = NOW - timedelta(hours=hours)
        rows = [scored_to_wire(scored(f"d{hours}", at=at))]
        S3Lake(s3, "lake").write("enriched", Batch("acme", at, "b"), rows)
    replay(Period(NOW - timedelta(hours=6), NOW - timedelta(hours=4)), NOW)
    assert [scored.document.id for scored in read(replay.store, "acme")[0]] == ["d5"]


def test_stored_text_is_not_replaced_by_another_text_under_its_id(s3, replay):
    """The text of the lake is rejected and counted."""
    make_pipeline(s3, MemoryStore())("acme", documents("a", text="the lake's"), NOW)
    make_pipeline(DiscardingS3(), replay.store)("acme", documents("a", text="the table's"), NOW)
    report = replay(TODAY, NOW)
    assert report.scored["rejected (another text under this id)"] == 1
    assert [scored.document.text for scored in read(replay.store, "acme")[0]] == ["the table's"]


class DiscardingS3:
    """Accepts objects and stores none."""

    def put_object(self, **_):
        pass


def test_raw_text_is_counted_by_outcome(s3, replay):
    """Stored, stored with another text, new, and new twice in one batch with different texts."""
    make_pipeline(DiscardingS3(), replay.store)("acme", documents("a", text="one"), NOW)
    make_pipeline(DiscardingS3(), replay.store)("acme", documents("b", text="one"), NOW)
    texts = (("a", "one"), ("b", "two"), ("c", "one"), ("c", "two"))
    rows = [{"id": name, "text": text} for name, text in texts]
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), rows)
    report = replay(TODAY, NOW)
    assert report.raw == {"already stored": 1, "rejected": 2, "scored now": 1}
    assert len(read(replay.store, "acme")[0]) == 3


class FailingStore(MemoryStore):
    """A store that fails after some batches."""

    def __init__(self, batches):
        super().__init__()
        self.remaining = batches

    def put(self, tenant, documents, now, retention=None):
        if self.remaining == 0:
            raise TryAgain("unavailable")
        self.remaining -= 1
        return super().put(tenant, documents, now, retention)


@pytest.mark.parametrize("batches", range(4))
def test_replay_continues_after_a_failure(s3, batches):
    """A second replay leads to the same documents and counts, whatever the last batch was."""
    lost, half = MemoryStore(), FailingStore(batches)
    for name in "abcd":
        make_pipeline(s3, lost)("acme", documents(name, text=f"I love {name}"), NOW)
    with pytest.raises(TryAgain):
        make_replay(s3, half)(TODAY, NOW)
    half.remaining = -1
    make_replay(s3, half)(TODAY, NOW)
    assert read(half, "acme") == read(lost, "acme")


def test_documents_older_than_the_retention_are_counted_only(s3, replay):
    """They are neither scored nor stored."""
    old = NOW - RETENTION - timedelta(days=1)
    lake = S3Lake(s3, "lake")
    lake.write("enriched", Batch("acme", old, "b"), [scored_to_wire(scored("a", at=old))])
    row = {"id": "b", "text": "x", "created_at": old.isoformat()}
    lake.write("raw", Batch("acme", old, "b"), [row])
    report = replay(Period(old - timedelta(days=1), NOW), NOW)
    assert report.scored["too old for the table"] == report.raw["too old for the table"] == 1
    assert read(replay.store, "acme")[0] == []


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"[1]\n", mtime=0), gzip.compress(b"{", mtime=0)],
    ids=["no gzip", "no JSON object", "no JSON"],
)
def test_invalid_object_is_reported_and_skipped(s3, replay, content):
    """All other objects are replayed."""
    make_pipeline(s3, MemoryStore())("acme", documents("a"), NOW)
    key = f"enriched/tenant_id=acme/dt={NOW:%Y-%m-%d}/hour={NOW:%H}/broken.json.gz"
    s3.put_object(Bucket="lake", Key=key, Body=content)
    report = replay(TODAY, NOW)
    assert [key in problem for problem in report.problems] == [True]
    assert len(read(replay.store, "acme")[0]) == 1


NULS = {"id": "nuls", "text": "\x00" * 65536, "url": "http://" + "\x00" * 2000}
"""Raw text from before the limit on stored bytes."""


def test_refused_raw_text_does_not_stop_a_replay(s3, replay):
    """It is named with its object, its line and the reason; all other documents are stored."""
    rows = [*documents("a"), NULS, {"id": "b", "text": "c", "x": 1}, *documents("d")]
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), rows)
    S3Lake(s3, "lake").write("raw", Batch("globex", NOW, "x"), documents("e"))
    report = replay(TODAY, NOW)
    assert +report.raw == {"scored now": 3, "rejected": 2}
    assert [problem.split("/")[-1].split(" bytes")[0] for problem in report.problems] == [
        "x.json.gz: line 2: text: 405242",
        "x.json.gz: line 3: x: unknown field; known: "
        "id, text, source, created_at, author, url, language, channel, rating, attributes",
    ]
    assert {s.document.id for s in read(replay.store, "acme")[0]} == {"a", "d"}
    assert len(read(replay.store, "globex")[0]) == 1


class RefusingStore(MemoryStore):
    """A store that refuses a batch with a document of this id."""

    def put(self, tenant, documents, now, retention=None):
        if any(scored.document.id == "refused" for scored in documents):
            raise CallRefused("table: an error occurred")
        return super().put(tenant, documents, now, retention)


@pytest.mark.parametrize("zone", ["raw", "enriched"])
def test_document_that_the_table_refuses_does_not_stop_a_replay(s3, zone):
    """The other documents of its object are stored, each once."""
    rows = [scored_to_wire(scored(name, at=NOW)) for name in ("a", "refused", "b")]
    if zone == "raw":
        rows = documents("a", "refused", "b")
    S3Lake(s3, "lake").write(zone, Batch("acme", NOW, "x"), rows)
    store = RefusingStore()
    report = make_replay(s3, store)(TODAY, NOW)
    assert {s.document.id for s in read(store, "acme")[0]} == {"a", "b"}
    [problem] = report.problems
    assert problem.endswith("x.json.gz: line 2: table: an error occurred")
    counts = report.raw if zone == "raw" else report.scored
    assert counts["rejected"] == 1
    assert counts["scored now"] + counts["stored again"] == 2


def test_raw_text_that_ingestion_rejects_is_named(s3):
    """A conflict is only counted: its sender was told, and the table has the other text."""
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), documents("a", "b", "c"))
    rejected = [Rejection(0, "conflict", "id: exists"), Rejection(2, "refused", "document: large")]

    def ingest(*_: Any) -> Receipt:
        return Receipt(["b"], rejected)

    replay = make_replay(s3, MemoryStore())
    report = replace(replay, ingest=cast(Any, ingest))(TODAY, NOW)
    assert +report.raw == {"scored now": 1, "rejected": 2}
    [problem] = report.problems
    assert problem.endswith("x.json.gz: line 3: document: large")


def test_old_documents_are_replayed_by_their_ids(s3, replay):
    """What went to the lake only is not listed or counted after a replay, and stays a repeat."""
    old = [{"id": n, "text": n, "created_at": "2018-05-20T00:00:00Z"} for n in "ab"]
    rows = [*old, {"id": "new", "text": "new"}]
    make_pipeline(s3, MemoryStore())("acme", rows, NOW)
    assert +replay(TODAY, NOW).scored == {"stored again": 3}
    found, counts = read(replay.store, "acme")
    assert [one.document.id for one in found] == ["new"]
    assert sum(part.total for part in counts) == 1
    assert set(replay.store.get_many("acme", "ab")) == {"a", "b"}
    assert +replay(TODAY, NOW).scored == {"already stored": 3}


def test_old_raw_text_that_was_never_scored_is_scored(s3, replay):
    """It arrived within the retention; its scored document goes to the lake."""
    at = NOW - timedelta(hours=1)
    row = {"id": "a", "text": "b", "created_at": "2018-05-20T00:00:00Z"}
    S3Lake(s3, "lake").write("raw", Batch("acme", at, "x"), [row])
    assert +replay(TODAY, NOW).raw == {"scored now": 1}
    assert read(replay.store, "acme")[0] == []
    assert [new.row["id"] for new in replay.store.new_documents] == ["a"]


def test_document_that_arrived_before_the_retention_is_too_old(s3, replay):
    """Of old documents the arrival counts, of others the time at which they were written."""
    at = NOW - RETENTION - timedelta(hours=1)
    period = Period(at - timedelta(hours=2), NOW)
    rows = [
        {"id": "a", "text": "a"},
        {"id": "b", "text": "b", "created_at": "2018-05-20T00:00:00Z"},
    ]
    make_pipeline(s3, MemoryStore())("acme", rows, at)
    report = replay(period, NOW)
    assert +report.scored == {"too old for the table": 2}
    assert +report.raw == {"too old for the table": 2}


@pytest.mark.parametrize(("kind", "value"), [("document", "a"), ("author", "ann")])
def test_erased_documents_are_not_replayed(s3, replay, kind, value):
    """Of scored documents and of raw text; documents that arrived after the erasure are."""
    rows = [{"id": name, "text": name, "author": "ann"} for name in "a"]
    rows += [{"id": "b", "text": "b", "author": "bea"}]
    make_pipeline(s3, MemoryStore())("acme", rows, NOW)
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), rows)
    later = max(NOW, datetime.now(UTC)) + timedelta(seconds=2)
    replay.erasures.create("acme", "e1", subject_of(kind, value), later)
    report = replay(TODAY, NOW)
    assert (report.scored["erased"], report.raw["erased"]) == (1, 2)
    assert [one.document.id for one in read(replay.store, "acme")[0]] == ["b"]
