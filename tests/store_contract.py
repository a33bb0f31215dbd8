"""What every document store keeps to. Subclass it and give `store` and `at`."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from echostream.domain.document_store import DocumentStore, Outcome
from echostream.domain.errors import BadRequest
from echostream.domain.model import Count, ScoredDocument, Sentiment, count
from echostream.domain.query import Question, newest
from tests.builders import scored


class StoreContract:
    """`store` is empty for `tenant`; `at` is a time that the store keeps for a while."""

    @pytest.fixture
    def at(self) -> datetime:
        raise NotImplementedError

    @staticmethod
    def ids(store: DocumentStore, tenant: str, at: datetime) -> list[str]:
        whole = Question(at - timedelta(days=3), at + timedelta(days=1))
        found, position = [], None
        while True:
            page = newest(store, tenant, whole, 500, position)
            found += [s.document.id for s in page.documents]
            position = page.position
            if not position:
                return found

    @staticmethod
    def found(store: DocumentStore, tenant: str, at: datetime) -> list[ScoredDocument]:
        whole = Question(at - timedelta(days=3), at + timedelta(days=1))
        return newest(store, tenant, whole, 500).documents

    def test_gives_back_what_was_put(self, store, tenant, at):
        """A document comes back as it was put, whatever characters it holds."""
        text = "\u0000 \u202e back\nnew line \U0001f60d e\u0301 \ufeff \ud7ff"
        put = scored("a/b#c \u2603", text=text, at=at, compound=0.25)
        assert [p.outcome for p in store.put(tenant, [put], at)] == [Outcome.STORED]
        whole = Question(at - timedelta(hours=1), at + timedelta(hours=1))
        assert newest(store, tenant, whole, limit=5).documents == [put]

    def test_a_repeat_changes_nothing(self, store, tenant, at):
        """The same id with the same text is known; the first one and its count stay."""
        first = scored("a", at=at)
        store.put(tenant, [first], at)
        later = scored("a", at=at + timedelta(minutes=1))
        [again] = store.put(tenant, [later], at)
        assert (again.outcome, again.stored) == (Outcome.REPEATED, first)
        assert sum(c.total for c in store.counts(tenant, at.date())) == 1

    def test_another_text_is_a_conflict(self, store, tenant, at):
        """The same id with another text is refused, and costs nobody else of its batch."""
        store.put(tenant, [scored("a", text="one", at=at)], at)
        puts = store.put(tenant, [scored("b", at=at), scored("a", text="two", at=at)], at)
        assert [p.outcome for p in puts] == [Outcome.STORED, Outcome.CONFLICT]
        assert self.ids(store, tenant, at) == ["b", "a"]
        assert sum(c.total for c in store.counts(tenant, at.date())) == 2

    def test_one_id_twice_in_a_batch(self, store, tenant, at):
        """Within a batch the first of an id wins, as it would over two batches."""
        same, other = scored("a", text="one", at=at), scored("a", text="two", at=at)
        puts = store.put(tenant, [same, scored("a", text="one", at=at), other], at)
        assert [p.outcome for p in puts] == [Outcome.STORED, Outcome.REPEATED, Outcome.CONFLICT]
        assert sum(c.total for c in store.counts(tenant, at.date())) == 1

    def test_more_than_one_transaction(self, store, tenant, at):
        """A large batch over many hours and sources is stored and counted whole."""
        batch = [
            scored(f"d{i}", at=at - timedelta(minutes=7 * i), source=f"s{i % 9}", compound=0.1)
            for i in range(330)
        ]
        puts = store.put(tenant, batch, at)
        assert {p.outcome for p in puts} == {Outcome.STORED}
        assert [p.stored.document.id for p in puts] == [s.document.id for s in batch]
        assert self.ids(store, tenant, at) == [s.document.id for s in batch]
        days = {s.document.created_at.date() for s in batch}
        counted = [part for day in days for part in store.counts(tenant, day)]
        assert sum(part.total for part in counted) == 330
        assert sum(part.compound_sum for part in counted) == pytest.approx(33)

    def test_large_texts(self, store, tenant, at):
        """Texts of 64 KiB fit, also where one character takes six in JSON."""
        batch = [scored(f"d{i}", text="\u0001" * 65536, at=at) for i in range(12)]
        puts = store.put(tenant, batch, at)
        assert {p.outcome for p in puts} == {Outcome.STORED}
        assert len(self.ids(store, tenant, at)) == 12

    def test_counts_by_hour_and_source(self, store, tenant, at):
        """What is counted adds up to what was put."""
        batch = [
            scored("a", at=at, source="x", compound=0.5),
            scored("b", at=at, source="x", compound=-0.5),
            scored("c", at=at, source="y#z", compound=0.0),
            scored("d", at=at, source="x", compound=0.25),
        ]
        store.put(tenant, batch, at)
        [expected_x, expected_y] = sorted(count(batch), key=lambda c: c.source)
        assert sorted(store.counts(tenant, at.date()), key=lambda c: c.source) == [
            expected_x,
            expected_y,
        ]
        hour = at.replace(minute=0, second=0, microsecond=0)
        assert expected_x == Count(hour, "x", positive=2, negative=1, compound_sum=0.25)

    def test_tenants_do_not_meet(self, store, tenant, at):
        """One tenant's ids, documents and counts are nothing to another."""
        other = tenant + "x"
        store.put(tenant, [scored("a", text="mine", at=at)], at)
        [put] = store.put(other, [scored("a", text="theirs", at=at)], at)
        assert put.outcome is Outcome.STORED
        assert put.stored.enrichment.sentiment is Sentiment.NEUTRAL
        assert self.ids(store, tenant, at) == ["a"]
        assert sum(c.total for c in store.counts(other, at.date())) == 1

    def test_what_is_kept(self, store, tenant, at):
        """Documents are found by id, also many at once and some that are not there."""
        batch = [scored(f"d{i}", text="x" * 2000, at=at) for i in range(230)]
        store.put(tenant, batch, at)
        names = [*(s.document.id for s in batch), "d1", "none"]
        assert store.get_many(tenant, names) == {s.document.id: s for s in batch}
        assert store.get_many(tenant + "x", names) == {}
        assert store.get_many(tenant, []) == {}

    def test_other_engines(self, store, tenant, at):
        """What other engines said is kept beside, the latest word of each; counts stay."""
        store.put(tenant, [scored("a", at=at)], at)
        [first] = self.found(store, tenant, at)
        said = replace(first.enrichment, engine="other", compound=0.5, enriched_at=at)
        assert store.add_score(tenant, first, said)
        [second] = self.found(store, tenant, at)
        assert (second.enrichment, second.other_scores) == (first.enrichment, (said,))
        assert not store.add_score(tenant, first, said)
        later = replace(said, compound=0.25)
        assert store.add_score(tenant, second, later)
        [third] = self.found(store, tenant, at)
        assert third.other_scores == (later,)
        assert sum(c.total for c in store.counts(tenant, at.date())) == 1

    def test_members(self, store, tenant):
        """A user belongs to the tenant that they were added to last, others to none."""
        user = f"user-{tenant}"
        assert store.tenant_of(user) is None
        store.add_member(user, "old")
        store.add_member(user, tenant)
        assert store.tenant_of(user) == tenant

    def test_names_of_tenants(self, store, tenant):
        """A name that could break out of a folder of the lake, or of a literal, names no tenant."""
        for bad in ("", "a/b", "a'b", 'a"b', "..", "a b", "a#b", "x" * 64, "é", "a\nb"):
            with pytest.raises(BadRequest, match="tenant: a tenant's name"):
                store.add_member(f"user-{tenant}", bad)
        assert store.tenant_of(f"user-{tenant}") is None

    def test_answers(self, store):
        """A store that works passes its check."""
        store.check()
