"""Another engine's word, in table and lake: paid for once, stopped by the cap, gone on with."""

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
from echostream_cli.operate.rescore import Done, Rescore, Stopped, engines_of
from tests.aws import client
from tests.builders import NOW, RETENTION, scored
from tests.fakes import MemoryStore

OLD = NOW - timedelta(days=70)
ALL = Period(OLD - timedelta(days=1), NOW + timedelta(hours=1))


class Paid:
    """Says one word of its own of each document, as long as there is money."""

    def __init__(self, money=1000, reason="spend_cap"):
        self.money, self.reason = money, reason
        self.asked = []

    def enrich(self, documents, now):
        return [self._word(document) for document in documents]

    def _word(self, document):
        word = scored(document.id, text=document.text, compound=0.9).enrichment
        if self.money < 1:
            return replace(word, fallback=self.reason)
        self.money -= 1
        self.asked.append(document.id)
        return replace(word, engine="comprehend", engine_version="test")


@pytest.fixture
def s3():
    with mock_aws():
        client("s3").create_bucket(Bucket="lake")
        yield client("s3")


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def filled(s3, store):
    """Ten documents in table and lake, five that the table has forgotten, one of somebody else."""
    new = [scored(f"new-{n}", at=NOW - timedelta(minutes=n)) for n in range(10)]
    old = [scored(f"old-{n}", at=OLD + timedelta(minutes=n)) for n in range(5)]
    store.put("acme", new, NOW)
    store.put("globex", [scored("theirs")], NOW)
    write(s3, "acme", NOW, "b1", new[:6])
    write(s3, "acme", NOW, "b2", new[6:])
    write(s3, "acme", OLD, "b3", old)
    write(s3, "globex", NOW, "b4", [scored("theirs")])


def write(s3, tenant, at, name, documents):
    rows = [scored_to_wire(one) for one in documents]
    S3Lake(s3, "lake").write("enriched", Batch(tenant, at, name), rows)


def rescoring(s3, store, engine):
    return Rescore("comprehend", engine, store, LakeObjects(s3, "lake"), RETENTION, "acme")


def in_lake(s3, tenant="acme"):
    """Engines of each document of the lake."""
    objects = LakeObjects(s3, "lake")
    rows = [row for one in objects.of("enriched", ALL, tenant) for row in objects.rows(one)]
    return {row["id"]: engines_of(scored_from_wire(row)) for row in rows}


def in_table(store, tenant="acme"):
    found = newest(store, tenant, Question(ALL.start, ALL.end), 500).documents
    return {one.document.id: engines_of(one) for one in found}


def test_both_words_in_table_and_lake(s3, store, filled):
    """Each document is scored once, whether it is in the table, the lake or both."""
    engine, done = Paid(), Done()
    rescoring(s3, store, engine)(ALL, NOW, done)
    assert len(in_lake(s3)) == 15 == len(engine.asked) == len(set(engine.asked))
    assert all(found == {"vader", "comprehend"} for found in in_lake(s3).values())
    assert all(found == {"vader", "comprehend"} for found in in_table(store).values())
    assert (done.table, done.lake) == ({"scored": 10}, {"from the table": 10, "scored": 5})


def test_nobody_elses_documents(s3, store, filled):
    """Another tenant's are neither scored nor rewritten."""
    rescoring(s3, store, Paid())(ALL, NOW, Done())
    assert in_lake(s3, "globex") == in_table(store, "globex") == {"theirs": {"vader"}}


def test_a_second_time_pays_and_writes_nothing(s3, store, filled):
    """What has the word is left alone, to the byte."""
    rescoring(s3, store, Paid())(ALL, NOW, Done())
    before = s3.list_objects_v2(Bucket="lake")["Contents"]
    engine = Paid()
    rescoring(s3, store, engine)(ALL, NOW + timedelta(days=1), Done())
    assert engine.asked == []
    assert s3.list_objects_v2(Bucket="lake")["Contents"] == before


def test_only_the_period(s3, store, filled):
    """A period is of when documents were written, in the lake as in the table."""
    asked = Period(NOW - timedelta(minutes=4, seconds=30), NOW + timedelta(hours=1))
    engine = Paid()
    rescoring(s3, store, engine)(asked, NOW, Done())
    assert sorted(engine.asked) == [f"new-{n}" for n in range(5)]
    scored_now = [name for name, engines in in_lake(s3).items() if "comprehend" in engines]
    assert sorted(scored_now) == sorted(engine.asked)


@pytest.mark.parametrize("money", [0, 3, 12])
def test_the_cap_stops_it_and_a_repeat_goes_on(s3, store, filled, money):
    """At the cap nothing more is asked; with new money only what is left is paid for."""
    first, done = Paid(money), Done()
    with pytest.raises(Stopped, match="cap"):
        rescoring(s3, store, first)(ALL, NOW, done)
    assert len(first.asked) == money
    assert not any("spend_cap" in engines for engines in in_table(store).values())
    second = Paid()
    rescoring(s3, store, second)(ALL, NOW, Done())
    assert sorted(first.asked + second.asked) == sorted(in_lake(s3))
    assert all(found == {"vader", "comprehend"} for found in in_lake(s3).values())


def test_a_crash_between_table_and_lake_is_paid_for_once(s3, store, filled):
    """The word that the table has goes into the lake without asking again."""
    first = Paid()
    rescoring(s3, store, first)._table(ALL, NOW, Done())
    second = Paid()
    rescoring(s3, store, second)(ALL, NOW, Done())
    assert sorted(second.asked) == [f"old-{n}" for n in range(5)]
    assert all("comprehend" in found for found in in_lake(s3).values())


class DiesAfter(MemoryStore):
    """Keeps so many words, and then dies."""

    left = -1

    def add_score(self, tenant, scored, score):
        self.left -= 1
        if self.left == -1:
            raise TryAgain("gone")
        return super().add_score(tenant, scored, score)


@pytest.mark.parametrize("words", [0, 1, 7])
def test_one_that_died_goes_on(s3, words):
    """What was kept before is not asked about again."""
    store = DiesAfter()
    made = [scored(f"d{n}", at=NOW - timedelta(minutes=n)) for n in range(10)]
    store.put("acme", made, NOW)
    write(s3, "acme", NOW, "b", made)
    store.left = words
    with pytest.raises(TryAgain):
        rescoring(s3, store, Paid())(ALL, NOW, Done())
    store.left, engine = -1, Paid()
    rescoring(s3, store, engine)(ALL, NOW, Done())
    assert len(engine.asked) == 10 - words
    assert all(found == {"vader", "comprehend"} for found in in_lake(s3).values())
    assert in_lake(s3) == in_table(store)


def test_an_engine_that_does_not_answer_stops_it(s3, store, filled):
    """Nothing is kept of an engine that fell back."""
    with pytest.raises(Stopped, match="does not answer"):
        rescoring(s3, store, Paid(0, "comprehend_unavailable"))(ALL, NOW, Done())
    assert set().union(*in_table(store).values()) == {"vader"}


def test_an_id_that_means_another_text_by_now(s3, store):
    """Forgotten by the table and sent again with another text: each text gets its own word."""
    write(s3, "acme", OLD, "b", [scored("a", text="before", at=OLD)])
    store.put("acme", [scored("a", text="now", at=NOW)], NOW)
    engine = Paid()
    rescoring(s3, store, engine)(ALL, NOW, Done())
    assert engine.asked == ["a", "a"]
    assert in_lake(s3) == {"a": {"vader", "comprehend"}}


def test_a_broken_object_costs_only_itself(s3, store, filled):
    """It is named and left as it is; all others get their word."""
    key = f"enriched/tenant_id=acme/dt={NOW:%Y-%m-%d}/hour=12/broken.json.gz"
    s3.put_object(Bucket="lake", Key=key, Body=b"no gzip")
    done = Done()
    rescoring(s3, store, Paid())(ALL, NOW, done)
    assert [key in problem for problem in done.problems] == [True]
    s3.delete_object(Bucket="lake", Key=key)
    assert all("comprehend" in found for found in in_lake(s3).values())
