"""Replays: the lake's documents back into a table, once, under their own tenants."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from moto import mock_aws

from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.vader import Vader
from echostream.domain.codec import scored_to_wire
from echostream.domain.errors import TryAgain
from echostream.domain.ingest import Ingest
from echostream.domain.lake import Batch
from echostream.domain.query import Question, newest, stats
from echostream_cli.operate.lake_objects import LakeObjects
from echostream_cli.operate.period import Period
from echostream_cli.operate.replay import Replay, ScoredOnly
from tests.aws import client
from tests.builders import RETENTION, scored
from tests.fakes import MemoryLake, MemoryStore

NOW = datetime.now(UTC).replace(minute=40, second=0, microsecond=0)
"""Objects carry the time at which they are written, so this is about now."""
TODAY = Period(NOW - timedelta(hours=30), NOW + timedelta(hours=1))


@pytest.fixture
def s3():
    with mock_aws():
        client("s3").create_bucket(Bucket="lake")
        yield client("s3")


@pytest.fixture
def replay(s3):
    """A replay into an empty table, and what is in the lake already is the bucket's."""
    return into(s3, MemoryStore())


def into(s3, store):
    ingest = Ingest(lambda _: Vader(), ScoredOnly(S3Lake(s3, "lake")), store, RETENTION)
    return Replay(LakeObjects(s3, "lake"), store, ingest, RETENTION)


def pipeline(s3, store):
    return Ingest(lambda _: Vader(), S3Lake(s3, "lake"), store, RETENTION)


def documents(*names, text="I love it"):
    return [{"id": name, "text": text} for name in names]


def seen(store, tenant):
    whole = Question(TODAY.start, TODAY.end)
    return newest(store, tenant, whole, 500).documents, stats(store, tenant, whole, "hour")


def keys(s3):
    found = s3.list_objects_v2(Bucket="lake").get("Contents", [])
    return {one["Key"]: one["ETag"] for one in found}


def test_a_table_that_was_lost(s3, replay):
    """Two tenants' documents come back, each to its own, as they were; the lake stays as it is."""
    lost = MemoryStore()
    for tenant in ("acme", "globex"):
        pipeline(s3, lost)(tenant, documents("a", "b", text=f"we love {tenant}"), NOW)
    before = keys(s3)
    done = replay(TODAY, NOW)
    assert seen(replay.store, "acme") == seen(lost, "acme")
    assert seen(replay.store, "globex") == seen(lost, "globex")
    assert done.scored["stored again"] == 4
    assert done.raw["there already"] == 4
    assert keys(s3) == before


def test_a_second_replay_changes_nothing(s3, replay):
    """Everything is there already, in table and lake."""
    pipeline(s3, MemoryStore())("acme", documents("a", "b"), NOW)
    replay(TODAY, NOW)
    before = seen(replay.store, "acme"), keys(s3)
    done = replay(TODAY, NOW)
    assert (done.scored["stored again"], done.raw["scored now"]) == (0, 0)
    assert (seen(replay.store, "acme"), keys(s3)) == before


def test_words_of_other_engines_come_back(s3, replay):
    """What is scored is taken as it stands, so nothing is scored or paid for again."""
    document = scored("a", at=NOW)
    other = scored("a", at=NOW, compound=0.7)
    rows = [{**scored_to_wire(document), "others": [scored_to_wire(other)]}]
    S3Lake(s3, "lake").write("enriched", Batch("acme", NOW, "b"), rows)
    replay(TODAY, NOW)
    [found], _ = seen(replay.store, "acme")
    assert found.other_scores == (other.enrichment,)


def test_text_that_was_never_scored(s3, replay):
    """Raw text without a scored twin is scored now, in the hour in which it arrived."""
    rows = [{"id": "a", "text": "I love it"}, {"id": "b", "text": "I hate it"}]
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), rows)
    done = replay(TODAY, NOW)
    assert done.raw["scored now"] == 2
    documents, _ = seen(replay.store, "acme")
    assert {one.enrichment.sentiment.value for one in documents} == {"POSITIVE", "NEGATIVE"}
    assert all(
        f"{one.document.created_at:%Y-%m-%d %H}" == f"{NOW:%Y-%m-%d %H}" for one in documents
    )
    in_lake = [key for key in keys(s3) if key.startswith("enriched/tenant_id=acme/")]
    assert [f"/hour={NOW:%H}/" in key for key in in_lake] == [True]
    assert len([key for key in keys(s3) if key.startswith("raw/")]) == 1


def test_only_one_tenant(s3, replay):
    """Others' documents are not read."""
    for tenant in ("acme", "globex"):
        pipeline(s3, MemoryStore())(tenant, documents("a"), NOW)
    replay(TODAY, NOW, "acme")
    assert seen(replay.store, "globex")[0] == []
    assert len(seen(replay.store, "acme")[0]) == 1


def test_only_the_hours_of_the_period(s3, replay):
    """A period touches whole hours of arrival."""
    for hours in (1, 5, 9):
        at = NOW - timedelta(hours=hours)
        rows = [scored_to_wire(scored(f"d{hours}", at=at))]
        S3Lake(s3, "lake").write("enriched", Batch("acme", at, "b"), rows)
    replay(Period(NOW - timedelta(hours=6), NOW - timedelta(hours=4)), NOW)
    assert [one.document.id for one in seen(replay.store, "acme")[0]] == ["d5"]


def test_the_tables_own_word_wins(s3, replay):
    """Another text under a known id is refused and counted."""
    pipeline(s3, MemoryStore())("acme", documents("a", text="the lake's"), NOW)
    pipeline(S3Nowhere(), replay.store)("acme", documents("a", text="the table's"), NOW)
    done = replay(TODAY, NOW)
    assert done.scored["refused (another text has the id)"] == 1
    assert [one.document.text for one in seen(replay.store, "acme")[0]] == ["the table's"]


class S3Nowhere:
    """Takes objects and keeps none."""

    def put_object(self, **_):
        pass


def test_raw_text_is_counted_by_what_becomes_of_it(s3, replay):
    """Known, known by another text, new, and new twice in one batch with another text."""
    pipeline(S3Nowhere(), replay.store)("acme", documents("a", text="one"), NOW)
    pipeline(S3Nowhere(), replay.store)("acme", documents("b", text="one"), NOW)
    rows = [{"id": name, "text": text} for name, text in ("a1", "b2", "c1", "c2")]
    rows = [{**row, "text": {"1": "one", "2": "two"}[row["text"]]} for row in rows]
    S3Lake(s3, "lake").write("raw", Batch("acme", NOW, "x"), rows)
    done = replay(TODAY, NOW)
    assert done.raw == {"there already": 1, "refused": 2, "scored now": 1}
    assert len(seen(replay.store, "acme")[0]) == 3


class DiesAfter(MemoryStore):
    """A store that takes so many batches, and then is gone."""

    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def put(self, tenant, documents, now):
        if self.left == 0:
            raise TryAgain("gone")
        self.left -= 1
        return super().put(tenant, documents, now)


@pytest.mark.parametrize("batches", range(4))
def test_a_replay_that_died_goes_on(s3, batches):
    """Wherever it died, a second one ends with the same documents and counts."""
    lost, half = MemoryStore(), DiesAfter(batches)
    for name in "abcd":
        pipeline(s3, lost)("acme", documents(name, text=f"I love {name}"), NOW)
    with pytest.raises(TryAgain):
        into(s3, half)(TODAY, NOW)
    half.left = -1
    into(s3, half)(TODAY, NOW)
    assert seen(half, "acme") == seen(lost, "acme")


def test_what_is_too_old_stays_in_the_lake(s3, replay):
    """Older than the table's retention: counted, neither scored nor stored."""
    old = NOW - RETENTION - timedelta(days=1)
    lake = S3Lake(s3, "lake")
    lake.write("enriched", Batch("acme", old, "b"), [scored_to_wire(scored("a", at=old))])
    sent = {"id": "b", "text": "x", "created_at": old.isoformat()}
    lake.write("raw", Batch("acme", old, "b"), [sent])
    done = replay(Period(old - timedelta(days=1), NOW), NOW)
    assert done.scored["too old for the table"] == done.raw["too old for the table"] == 1
    assert seen(replay.store, "acme")[0] == []


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"[1]\n", mtime=0), gzip.compress(b"{", mtime=0)],
    ids=["no gzip", "no object", "no JSON"],
)
def test_a_broken_object_costs_only_itself(s3, replay, content):
    """It is named; what lies beside it comes back."""
    pipeline(s3, MemoryStore())("acme", documents("a"), NOW)
    key = f"enriched/tenant_id=acme/dt={NOW:%Y-%m-%d}/hour={NOW:%H}/broken.json.gz"
    s3.put_object(Bucket="lake", Key=key, Body=content)
    done = replay(TODAY, NOW)
    assert [key in problem for problem in done.problems] == [True]
    assert len(seen(replay.store, "acme")[0]) == 1


def test_raw_text_is_never_written_again():
    """The lake of a replay passes on what is scored, and nothing else."""
    inner = MemoryLake()
    lake = ScoredOnly(inner)
    lake.write("raw", Batch("acme", NOW, "b"), [{}])
    lake.write("enriched", Batch("acme", NOW, "b"), [{}])
    assert [key.split("/")[0] for key in inner.objects] == ["enriched"]
