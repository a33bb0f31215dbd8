"""Tests of every document store. A subclass needs the fixtures `store`, `tenant` and `at`."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from echostream.domain.document_store import (
    DocumentStore,
    Outcome,
    PartitionQuery,
    TimePartition,
    time_partition_of,
)
from echostream.domain.model import ScoredDocument, sort_time
from echostream.domain.query import Question, newest
from echostream.domain.validation import (
    MAX_LENGTH,
    MAX_TEXT_BYTES,
    AcceptedTimes,
    document_from_wire,
)
from tests.builders import RETENTION, SHARDS, scored


class StoreContract:
    """`store` is empty for `tenant`; a document of the time `at` does not expire during a test."""

    @staticmethod
    def documents(store: DocumentStore, tenant: str, at: datetime) -> list[ScoredDocument]:
        """Every document of the tenant from three days before `at`, newest first."""
        period = Question(at - timedelta(days=3), at + timedelta(days=1))
        page = newest(store, tenant, period, 500)
        documents = page.documents
        while page.position:
            page = newest(store, tenant, period, 500, page.position)
            documents = documents + page.documents
        return documents

    def ids(self, store: DocumentStore, tenant: str, at: datetime) -> list[str]:
        return [scored.document.id for scored in self.documents(store, tenant, at)]

    def test_documents_are_returned_unchanged(self, store, tenant, at):
        """A document keeps every field and every character."""
        text = "\u0000 \u202e back\nnew line \U0001f60d e\u0301 \ufeff \ud7ff"
        document = scored("a/b#c \u2603", text=text, at=at, compound=0.25)
        assert [put.outcome for put in store.put(tenant, [document], at)] == [Outcome.STORED]
        period = Question(at - timedelta(hours=1), at + timedelta(hours=1))
        assert newest(store, tenant, period, limit=5).documents == [document]

    def test_repeated_document_changes_nothing(self, store, tenant, at):
        """The same id with the same text is a repeat; the first document stays."""
        first = scored("a", at=at)
        store.put(tenant, [first], at)
        later = scored("a", at=at + timedelta(minutes=1))
        [put] = store.put(tenant, [later], at)
        assert (put.outcome, put.stored) == (Outcome.REPEATED, first)
        assert self.documents(store, tenant, at) == [first]

    def test_same_id_with_another_text_is_a_conflict(self, store, tenant, at):
        """A conflict leaves the stored document; the rest of its batch is stored."""
        first, second = scored("a", text="one", at=at), scored("b", at=at)
        store.put(tenant, [first], at)
        puts = store.put(tenant, [second, scored("a", text="two", at=at)], at)
        assert [put.outcome for put in puts] == [Outcome.STORED, Outcome.CONFLICT]
        assert [put.stored for put in puts] == [second, first]
        assert self.documents(store, tenant, at) == [second, first]

    def test_first_document_of_an_id_in_a_batch_is_stored(self, store, tenant, at):
        """Within a batch, an id has the same outcomes as in consecutive batches."""
        same, other = scored("a", text="one", at=at), scored("a", text="two", at=at)
        puts = store.put(tenant, [same, scored("a", text="one", at=at), other], at)
        assert [p.outcome for p in puts] == [Outcome.STORED, Outcome.REPEATED, Outcome.CONFLICT]
        assert self.documents(store, tenant, at) == [same]

    def test_batch_larger_than_a_call_is_stored(self, store, tenant, at):
        """A batch over many hours and sources is stored completely."""
        batch = [
            scored(f"d{i}", at=at - timedelta(minutes=7 * i), source=f"s{i % 9}", compound=0.1)
            for i in range(330)
        ]
        puts = store.put(tenant, batch, at)
        assert {p.outcome for p in puts} == {Outcome.STORED}
        assert [p.stored.document.id for p in puts] == [s.document.id for s in batch]
        assert self.ids(store, tenant, at) == [s.document.id for s in batch]

    def test_largest_texts_are_stored(self, store, tenant, at):
        """A text of 64 KiB is stored, also if each character takes six in JSON."""
        batch = [scored(f"d{i}", text="\u0001" * 65536, at=at) for i in range(12)]
        puts = store.put(tenant, batch, at)
        assert {p.outcome for p in puts} == {Outcome.STORED}
        by_time = sorted(batch, key=lambda scored: scored.position, reverse=True)
        assert self.documents(store, tenant, at) == by_time

    @pytest.mark.parametrize("character", ["\u0439", "\u20ac", "\U0001f60d", '"', "\x00", "\x7f"])
    def test_largest_documents_of_any_script_are_stored(self, store, tenant, at, character):
        """A batch of the longest texts, with the longest other fields that validation accepts."""
        text = character * (MAX_TEXT_BYTES // len(character.encode()))
        fields = {name: character * length for name, length in MAX_LENGTH.items()}
        raw = {**fields, "text": text, "url": f"http://{character * 2041}", "language": "en"}
        if character == "\x00":
            raw["text"] = character * (MAX_TEXT_BYTES - 1552)  # 399,999 bytes of 400,000
        times = AcceptedTimes(at, RETENTION)
        template = scored("a", at=at)
        documents = [
            document_from_wire({**raw, "id": f"{i:02d}{raw['id'][2:]}"}, times) for i in range(22)
        ]
        batch = [replace(template, document=document) for document in documents]
        puts = store.put(tenant, batch, at)
        assert {put.outcome for put in puts} == {Outcome.STORED}
        assert self.documents(store, tenant, at) == batch[::-1]
        score = replace(template.enrichment, engine="comprehend", fallback="unsupported_language")
        assert store.add_score(tenant, batch[0], score)

    def test_tenants_are_separate(self, store, tenant, at):
        """Two tenants may use the same id; each has its own documents."""
        other = tenant + "x"
        own = scored("a", text="one", at=at)
        foreign = scored("a", text="two", at=at, compound=0.5)
        store.put(tenant, [own], at)
        assert [put.outcome for put in store.put(other, [foreign], at)] == [Outcome.STORED]
        for owner, document in ((tenant, own), (other, foreign)):
            assert self.documents(store, owner, at) == [document]

    def test_get_many_returns_the_stored_documents(self, store, tenant, at):
        """More ids than one read takes, a repeated id and an unknown id are accepted."""
        batch = [scored(f"d{i}", text="x" * 2000, at=at) for i in range(230)]
        store.put(tenant, batch, at)
        ids = [*(s.document.id for s in batch), "d1", "none"]
        assert store.get_many(tenant, ids) == {s.document.id: s for s in batch}
        assert store.get_many(tenant + "x", ids) == {}
        assert store.get_many(tenant, []) == {}

    def test_scores_of_other_engines_are_added(self, store, tenant, at):
        """The latest score of each engine is stored beside the first one."""
        store.put(tenant, [scored("a", at=at)], at)
        [first] = self.documents(store, tenant, at)
        score = replace(first.enrichment, engine="other", compound=0.5, enriched_at=at)
        assert store.add_score(tenant, first, score)
        [second] = self.documents(store, tenant, at)
        assert second == replace(first, other_scores=(score,))
        later = replace(score, compound=0.25)
        assert not store.add_score(tenant, first, later)
        assert self.documents(store, tenant, at) == [second]
        assert store.add_score(tenant, second, later)
        [third] = self.documents(store, tenant, at)
        assert third.other_scores == (later,)

    def test_partitions_of_documents_are_listed(self, store, tenant, at):
        """Newest hour first, from the hour of the start to a position, also in another month."""
        ages = [timedelta(0), timedelta(hours=1), timedelta(hours=26), timedelta(days=29)]
        documents = [scored(f"d{i}", at=at - age) for i, age in enumerate(ages)]
        store.put(tenant, documents, at)
        expected = [[time_partition_of(document, SHARDS)] for document in documents]
        start, below = at - ages[3], sort_time(at + timedelta(minutes=1))
        assert list(store.time_partitions(tenant, start, below)) == expected
        assert list(store.time_partitions(tenant, at - ages[1], below)) == expected[:2]
        assert list(store.time_partitions(tenant, start, sort_time(at - ages[1]))) == expected[1:]
        assert list(store.time_partitions(tenant, at + timedelta(hours=1), below)) == []
        assert list(store.time_partitions(tenant + "x", start, below)) == []

    def test_partitions_are_read_together(self, store, tenant, at):
        """Each query has its page, in order: the newest documents below its position."""
        documents = [scored(f"d{i}", at=at - timedelta(minutes=9 * i)) for i in range(20)]
        store.put(tenant, documents, at)
        by_partition: dict[TimePartition, list[ScoredDocument]] = {}
        for document in documents:
            by_partition.setdefault(time_partition_of(document, SHARDS), []).append(document)
        queries = [PartitionQuery(partition, "~", 9) for partition in by_partition]
        pages = store.newest(tenant, queries)
        assert [page.documents for page in pages] == list(by_partition.values())
        assert all(page.is_last for page in pages)

    def test_partition_is_read_below_a_position(self, store, tenant, at):
        """A page has at most `limit` documents, and says if there are no older ones."""
        documents = [scored(f"d{i}", at=at - timedelta(minutes=i)) for i in range(30)]
        store.put(tenant, documents, at)
        partition = time_partition_of(documents[0], SHARDS)
        same = [d for d in documents if time_partition_of(d, SHARDS) == partition]
        [first] = store.newest(tenant, [PartitionQuery(partition, "~", 2)])
        assert (first.documents, first.is_last) == (same[:2], False)
        [rest] = store.newest(tenant, [PartitionQuery(partition, same[1].position, 50)])
        assert (rest.documents, rest.is_last) == (same[2:], True)

    def test_old_document_is_stored_by_its_id_only(self, store, tenant, at):
        """One that is older than the retention when it is scored: repeats and conflicts are found.

        It is not found by time, also if another document of its hour is.
        """
        written = at - RETENTION
        old = scored("old", at=written, arrived=at)
        edge = scored("edge", at=written + timedelta(microseconds=1), arrived=at)
        outcomes = [put.outcome for put in store.put(tenant, [old, edge], at)]
        assert outcomes == [Outcome.STORED] * 2
        period = Question(written - timedelta(days=1), at + timedelta(days=1))
        assert newest(store, tenant, period, 9).documents == [edge]
        later = at + timedelta(days=5)
        again = scored("old", at=written, arrived=later)
        other = scored("old", at=written, arrived=later, text="other")
        puts = store.put(tenant, [again, other], later)
        assert [(put.outcome, put.stored) for put in puts] == [
            (Outcome.REPEATED, old),
            (Outcome.CONFLICT, old),
        ]
        assert store.get_many(tenant, ["old"]) == {"old": old}

    def test_shorter_retention_decides_what_is_old(self, store, tenant, at):
        """The retention of a tenant."""
        week = timedelta(days=7)
        old = scored("old", at=at - week, arrived=at)
        new = scored("new", at=at - timedelta(days=1), arrived=at)
        store.put(tenant, [old, new], at, week)
        period = Question(at - RETENTION, at + timedelta(days=1))
        assert newest(store, tenant, period, 9).documents == [new]

    def test_available_store_passes_its_check(self, store):
        """`check` raises nothing."""
        store.check()
