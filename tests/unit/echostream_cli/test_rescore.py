"""Rescore: another engine's scores in table and lake, each paid for once; stop and continue."""

from dataclasses import replace
from datetime import timedelta

import pytest
from moto import mock_aws

from echostream.adapters.s3_lake import S3Lake
from echostream.domain.codec import scored_from_wire, scored_to_wire
from echostream.domain.errors import TryAgain
from echostream.domain.lake import Batch
from echostream.domain.query import Question, newest
from echostream_cli.operate.lake_objects import LakeObjects
from echostream_cli.operate.period import Period
from echostream_cli.operate.rescore import (
    Rescore,
    RescoreReport,
    RescoreStopped,
    arrivals_of,
    engines_of,
)
from tests.aws import client
from tests.builders import NOW, RATED, RETENTION, scored
from tests.fakes import MemoryStore

OLD = NOW - timedelta(days=70)
ALL = Period(OLD - timedelta(days=1), NOW + timedelta(hours=1))


class PaidEngine:
    """Scores as many documents as `budget` allows; records their ids."""

    def __init__(self, budget=1000, reason="spend_cap"):
        self.budget, self.reason = budget, reason
        self.scored_ids = []

    def enrich(self, documents, now):
        return [self._score(document) for document in documents]

    def _score(self, document):
        score = scored(document.id, text=document.text, compound=0.9).enrichment
        if self.budget < 1:
            return replace(score, fallback=self.reason)
        self.budget -= 1
        self.scored_ids.append(document.id)
        return replace(score, engine="comprehend", engine_version="test")


@pytest.fixture
def s3():
    with mock_aws():
        client("s3").create_bucket(Bucket="lake")
        yield client("s3")


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def documents(s3, store):
    """Ten documents in table and lake, five that expired from the table, one of another tenant."""
    new = [scored(f"new-{n}", at=NOW - timedelta(minutes=n), **RATED) for n in range(10)]
    old = [scored(f"old-{n}", at=OLD + timedelta(minutes=n), **RATED) for n in range(5)]
    store.put("acme", new, NOW)
    store.put("globex", [scored("other")], NOW)
    write(s3, "acme", NOW, "b1", new[:6])
    write(s3, "acme", NOW, "b2", new[6:])
    write(s3, "acme", OLD, "b3", old)
    write(s3, "globex", NOW, "b4", [scored("other")])


def write(s3, tenant, at, name, documents):
    rows = [scored_to_wire(document) for document in documents]
    S3Lake(s3, "lake").write("enriched", Batch(tenant, at, name), rows)


def make_rescore(s3, store, engine):
    return Rescore("comprehend", engine, store, LakeObjects(s3, "lake"), RETENTION, "acme")


def read_lake(s3, tenant="acme"):
    """The engines of each document of the lake, by id."""
    return {row["id"]: engines_of(scored_from_wire(row)) for row in read_rows(s3, tenant)}


def read_rows(s3, tenant="acme"):
    lake = LakeObjects(s3, "lake")
    return [row for o in lake.list_period("enriched", ALL, tenant) for row in lake.read(o)]


def read_rating(row):
    return row["rating"], row["attributes"]["app version"]


def read_table(store, tenant="acme"):
    """The engines of each document of the table, by id."""
    return {one.document.id: engines_of(one) for one in read_documents(store, tenant)}


def read_documents(store, tenant="acme"):
    return newest(store, tenant, Question(ALL.start, ALL.end), 500).documents


def list_added_engines(store):
    """The engine of each score that was added to a document of the table."""
    documents = newest(store, "acme", Question(ALL.start, ALL.end), 500).documents
    return [score.engine for scored in documents for score in scored.other_scores]


BOTH = {"vader", "comprehend"}
IDS = {*(f"new-{n}" for n in range(10)), *(f"old-{n}" for n in range(5))}


def test_every_document_is_scored_once_in_table_and_lake(s3, store, documents):
    """Whether it is in the table, the lake or both."""
    engine, report = PaidEngine(), RescoreReport()
    make_rescore(s3, store, engine)(ALL, NOW, report)
    assert sorted(engine.scored_ids) == sorted(IDS)
    assert read_lake(s3) == dict.fromkeys(IDS, BOTH)
    assert read_table(store) == {name: BOTH for name in IDS if name.startswith("new")}
    assert (report.table, report.lake) == ({"scored": 10}, {"from the table": 10, "scored": 5})
    assert {read_rating(row) for row in read_rows(s3)} == {(4.5, "2.1")}
    assert {read_rating(scored_to_wire(one)) for one in read_documents(store)} == {(4.5, "2.1")}


def test_documents_of_other_tenants_do_not_change(s3, store, documents):
    """They are neither scored nor rewritten."""
    make_rescore(s3, store, PaidEngine())(ALL, NOW, RescoreReport())
    assert read_lake(s3, "globex") == read_table(store, "globex") == {"other": {"vader"}}


def test_second_rescore_scores_and_writes_nothing(s3, store, documents):
    """Objects that have the scores do not change, not even their time of writing."""
    make_rescore(s3, store, PaidEngine())(ALL, NOW, RescoreReport())
    before = s3.list_objects_v2(Bucket="lake")["Contents"]
    engine = PaidEngine()
    make_rescore(s3, store, engine)(ALL, NOW + timedelta(days=1), RescoreReport())
    assert engine.scored_ids == []
    assert s3.list_objects_v2(Bucket="lake")["Contents"] == before


def test_documents_of_the_lake_only_are_rescored_there(s3, store):
    """The table has them by id, and is not rescored for them; also long after they were written."""
    written = OLD - timedelta(days=3000)
    imported = scored("imported", at=written, arrived=NOW)
    store.put("acme", [imported], NOW)
    write(s3, "acme", NOW, "b1", [imported])
    engine, report = PaidEngine(), RescoreReport()
    period = Period(written - timedelta(days=1), written + timedelta(days=1))
    make_rescore(s3, store, engine)(period, NOW, report)
    assert engine.scored_ids == ["imported"]
    assert read_lake(s3) == {"imported": BOTH}
    assert arrivals_of(period, NOW).end > NOW


def test_rescore_is_limited_to_the_period(s3, store, documents):
    """The time at which documents were written, in the lake as in the table."""
    period = Period(NOW - timedelta(minutes=4, seconds=30), NOW + timedelta(hours=1))
    engine = PaidEngine()
    make_rescore(s3, store, engine)(period, NOW, RescoreReport())
    assert sorted(engine.scored_ids) == [f"new-{n}" for n in range(5)]
    rescored = [name for name, engines in read_lake(s3).items() if "comprehend" in engines]
    assert sorted(rescored) == sorted(engine.scored_ids)


@pytest.mark.parametrize("budget", [0, 3, 12])
def test_rescore_stops_at_the_cap_and_continues_later(s3, store, documents, budget):
    """After the cap nothing is scored; a second run pays only for the remaining documents."""
    first = PaidEngine(budget)
    with pytest.raises(RescoreStopped, match="cap"):
        make_rescore(s3, store, first)(ALL, NOW, RescoreReport())
    assert len(first.scored_ids) == budget
    assert list_added_engines(store) == ["comprehend"] * min(budget, 10)
    second = PaidEngine()
    make_rescore(s3, store, second)(ALL, NOW, RescoreReport())
    assert sorted(first.scored_ids + second.scored_ids) == sorted(IDS)
    assert read_lake(s3) == dict.fromkeys(IDS, BOTH)


def test_score_of_the_table_is_reused_for_the_lake_after_a_crash(s3, store, documents):
    """A crash between table and lake costs nothing."""
    make_rescore(s3, store, PaidEngine())._rescore_table(ALL, NOW, RescoreReport())
    engine = PaidEngine()
    make_rescore(s3, store, engine)(ALL, NOW, RescoreReport())
    assert sorted(engine.scored_ids) == [f"old-{n}" for n in range(5)]
    assert read_lake(s3) == dict.fromkeys(IDS, BOTH)


class FailingStore(MemoryStore):
    """A store that fails once, after some scores."""

    remaining = -1

    def add_score(self, tenant, scored, score):
        self.remaining -= 1
        if self.remaining == -1:
            raise TryAgain("unavailable")
        return super().add_score(tenant, scored, score)


@pytest.mark.parametrize("number", [0, 1, 7])
def test_rescore_continues_after_a_failure(s3, number):
    """Documents whose score was stored are not scored again."""
    store = FailingStore()
    documents = [scored(f"d{n}", at=NOW - timedelta(minutes=n)) for n in range(10)]
    store.put("acme", documents, NOW)
    write(s3, "acme", NOW, "b", documents)
    store.remaining = number
    with pytest.raises(TryAgain):
        make_rescore(s3, store, PaidEngine())(ALL, NOW, RescoreReport())
    store.remaining, engine = -1, PaidEngine()
    make_rescore(s3, store, engine)(ALL, NOW, RescoreReport())
    assert len(engine.scored_ids) == 10 - number
    assert read_lake(s3) == read_table(store) == {f"d{n}": BOTH for n in range(10)}


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("comprehend_unavailable", "the engine is unavailable; wait a few minutes"),
        ("comprehend_throttled", "calls a second is used up; wait a few minutes"),
        ("comprehend_slow", "slow; wait a few minutes"),
    ],
)
def test_engine_that_cannot_score_now_stops_the_rescore(s3, store, documents, reason, message):
    """The scores of its fallback are not stored, and the message says what to do."""
    engine = PaidEngine(0, reason)
    with pytest.raises(RescoreStopped, match=message):
        make_rescore(s3, store, engine)(ALL, NOW, RescoreReport())
    assert list_added_engines(store) == []
    assert all(engines == {"vader"} for engines in read_lake(s3).values())


def test_reused_id_gets_a_score_for_each_of_its_texts(s3, store):
    """A document that expired from the table was sent again with another text."""
    write(s3, "acme", OLD, "b", [scored("a", text="before", at=OLD)])
    store.put("acme", [scored("a", text="now", at=NOW)], NOW)
    engine = PaidEngine()
    make_rescore(s3, store, engine)(ALL, NOW, RescoreReport())
    assert engine.scored_ids == ["a", "a"]
    assert read_lake(s3) == {"a": BOTH}


def test_invalid_object_is_reported_and_skipped(s3, store, documents):
    """All other objects are rescored."""
    key = f"enriched/tenant_id=acme/dt={NOW:%Y-%m-%d}/hour=12/broken.json.gz"
    s3.put_object(Bucket="lake", Key=key, Body=b"no gzip")
    report = RescoreReport()
    make_rescore(s3, store, PaidEngine())(ALL, NOW, report)
    assert [key in problem for problem in report.problems] == [True]
    assert s3.get_object(Bucket="lake", Key=key)["Body"].read() == b"no gzip"
    s3.delete_object(Bucket="lake", Key=key)
    assert read_lake(s3) == dict.fromkeys(IDS, BOTH)


def test_object_that_was_erased_meanwhile_stays_as_it_is(s3, store, documents):
    """Scores of a document are not written over an object that has lost one."""
    objects = make_rescore(s3, store, PaidEngine()).objects
    listed = list(objects.list_period("enriched", ALL, "acme"))
    write(s3, "acme", NOW, "b1", [scored("new-0", at=NOW)])
    assert [objects.overwrite(one, []) for one in listed] == [True, False, True]


def test_document_without_a_score_gets_one_of_the_other_engine(s3, store):
    """Its counts stay those of the first score, and so does its label."""
    one = scored("german")
    german = replace(one, enrichment=replace(one.enrichment, unscored="unsupported_language"))
    store.put("acme", [german], NOW)
    write(s3, "acme", NOW, "b1", [german])
    make_rescore(s3, store, PaidEngine())(ALL, NOW, RescoreReport())
    assert read_table(store) == read_lake(s3) == {"german": BOTH}
    [stored] = newest(
        store, "acme", Question(ALL.start, ALL.end, sentiment="UNSCORED"), 5
    ).documents
    assert [other.label for other in stored.other_scores] == ["POSITIVE"]
