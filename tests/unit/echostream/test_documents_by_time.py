"""Pages of documents: order, completeness, and the number of reads."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echostream.domain import query
from echostream.domain.codec import max_response_bytes, response_bytes, scored_to_wire, to_json
from echostream.domain.document_store import (
    PartitionPage,
    PartitionQuery,
    TimePartition,
    with_score,
)
from echostream.domain.model import ScoredDocument
from echostream.domain.query import MAX_READS, MAX_ROUNDS, MAX_SCANNED, Question, newest
from tests.builders import NOW, RETENTION, SHARDS, scored
from tests.fakes import MemoryStore

PERIOD = Question(NOW - RETENTION, NOW + timedelta(minutes=10))


class ChangingStore(MemoryStore):
    """A store that counts reads, answers with small pages, and lets documents and entries expire.

    `page` is the largest number of documents of a read; `empty` partitions are listed, too.
    """

    def __init__(self, shards: int = SHARDS, page: int = 1_000) -> None:
        super().__init__(shards)
        self.page = page
        self.reads: list[int] = []
        self.empty: list[TimePartition] = []
        self.documents = 0

    def newest(self, tenant: str, queries: Sequence[PartitionQuery]) -> list[PartitionPage]:
        cut = [PartitionQuery(q.partition, q.before, min(q.limit, self.page)) for q in queries]
        pages = super().newest(tenant, cut)
        self.reads.append(len(queries))
        self.documents += sum(len(page.documents) for page in pages)
        return pages

    def _by_time(self, tenant: str) -> dict[TimePartition, list[ScoredDocument]]:
        return {partition: [] for partition in self.empty} | super()._by_time(tenant)

    def all(self, question: Question) -> list[ScoredDocument]:
        """The matching documents by a plain sort, newest first."""
        matching = [
            stored
            for stored in self._of("acme")
            if question.start <= stored.document.created_at < question.end
            and question.matches(stored)
        ]
        return sorted(matching, key=lambda stored: stored.position, reverse=True)

    def expire(self, number: int) -> None:
        """Delete the oldest documents."""
        for old in self.all(PERIOD)[::-1][:number]:
            del self._documents["acme", old.document.id]


def fill(
    store: ChangingStore, minutes: Sequence[float], prefix: str = "d", source: str = ""
) -> None:
    """Documents of these ages, from two sources unless one is given."""
    documents = [
        scored(f"{prefix}{i}", at=NOW - timedelta(minutes=m), source=source or "xy"[i % 2])
        for i, m in enumerate(minutes)
    ]
    store.put("acme", documents, NOW)


AGE = st.one_of(st.integers(-9, 90), st.integers(0, 60 * 24 * 31), st.sampled_from([30, 90, 150]))
"""In minutes: often within two hours, often the same."""


LIMITS = {"MAX_SCANNED": 7, "MAX_READS": 5, "MAX_ROUNDS": 1, "MAX_PAGE_BYTES": 1_500}
"""A small value of each limit of a page."""


@given(
    ages=st.lists(AGE, min_size=15, max_size=70),
    changes=st.lists(st.tuples(st.lists(AGE, max_size=9), st.integers(0, 5)), max_size=5),
    store=st.builds(ChangingStore, st.integers(1, 5), st.sampled_from([1, 2, 3, 8, 50])),
    page=st.tuples(st.integers(1, 30), st.sampled_from([None, *LIMITS])),
    question=st.builds(
        Question,
        st.sampled_from([PERIOD.start, NOW - timedelta(minutes=95)]),
        st.sampled_from([PERIOD.end, NOW - timedelta(minutes=30), NOW - timedelta(minutes=31)]),
        st.sampled_from([None, None, "x", "none"]),
    ),
)
def test_pages_are_parts_of_a_sorted_list(ages, changes, store, page, question):
    """A page has exactly the documents from its cursor to the next one, as the table is then.

    Documents arrive and expire between pages; reads are small, or reach a limit.
    """
    store.empty = [TimePartition(NOW.replace(minute=0) - timedelta(hours=h), 0) for h in (1, 3, 5)]
    fill(store, ages)
    changing = iter(changes)
    limit, small = page
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(query, small, LIMITS[small])
        below: str | None = "~"
        while below:
            result = newest(store, "acme", question, limit, below)
            assert (result.position or "") < below
            expected = store.all(question)
            assert result.documents == [
                match for match in expected if (result.position or "") <= match.position < below
            ]
            assert len(result.documents) <= limit
            below = result.position
            arriving, expiring = next(changing, ([], 0))
            fill(store, arriving, prefix=f"new{len(expected)}-")
            store.expire(expiring)


def test_sparse_hours_are_read_in_few_rounds():
    """720 hours with one document each: the reads grow to what a page needs."""
    store = ChangingStore()
    fill(store, range(0, 720 * 60, 60))
    assert len(newest(store, "acme", PERIOD, 50).documents) == 50
    assert store.reads == [1, 4, 20, 25]


def test_dense_hour_is_read_alone():
    """One read of each shard, with no more documents than twice the page."""
    store = ChangingStore()
    fill(store, [minute / 30 for minute in range(5_000)])
    assert len(newest(store, "acme", PERIOD, 50).documents) == 50
    assert store.reads == [SHARDS]
    assert store.documents <= 100


def test_dense_hour_is_read_alone_for_a_filter():
    """Until it is clear that the hour has too few documents."""
    store = ChangingStore()
    fill(store, [minute / 100 for minute in range(5_000)], source="other")
    newest(store, "acme", Question(PERIOD.start, PERIOD.end, "none"), 50)
    assert store.reads[:2] == [SHARDS, SHARDS]


def test_next_hours_are_read_when_an_hour_ends():
    """The start of an hour has few documents: one more round completes the page."""
    store = ChangingStore()
    fill(store, [minute / 8 for minute in range(-8, 5_000)])
    first = newest(store, "acme", PERIOD, 250)
    assert len(first.documents) == 250
    store.reads.clear()
    assert len(newest(store, "acme", PERIOD, 50, first.position).documents) == 50
    assert len(store.reads) <= 2


@pytest.mark.parametrize("limit", [1, 500])
@pytest.mark.parametrize("spacing", [0.02, 0.4, 60])
def test_filter_without_matches_reads_a_bounded_number(spacing, limit):
    """From a dense hour, from full hours, and from hours with one document each."""
    store = ChangingStore()
    fill(store, [spacing * i for i in range(int(min(6_000, 43_000 / spacing)))], source="other")
    page = newest(store, "acme", Question(PERIOD.start, PERIOD.end, "none"), limit)
    assert page.documents == []
    assert page.position
    assert len(store.reads) < MAX_ROUNDS
    assert sum(store.reads) <= MAX_READS + SHARDS
    assert MAX_READS <= store.documents < 2 * MAX_SCANNED


TEXTS = st.text(st.one_of(st.characters(), st.sampled_from('"\\\x00\x1f\x7f\n/<é\u2028😍')))


@given(TEXTS, TEXTS)
def test_size_of_a_document_is_that_in_the_response(text, source):
    """JSON inside JSON, all in ASCII, as Lambda's runtime writes it."""
    document = scored("a", text=text, source=source)
    size = len(json.dumps(to_json(scored_to_wire(document)))) - 2
    assert max_response_bytes(document) >= response_bytes(document) == size
    rescored = with_score(document, document.enrichment)
    assert max_response_bytes(rescored) >= response_bytes(rescored)


@pytest.mark.parametrize("character", ["\u0001", "é", "😍", '"', "a", "\x7f"])
def test_page_of_the_largest_texts_fits_into_a_response(character):
    """Lambda refuses responses above 6 MiB, so the page is short."""
    text = character * (65_536 // len(character.encode()))
    store = ChangingStore(page=20)
    store.put("acme", [scored(f"d{i}", text=text, at=NOW) for i in range(120)], NOW)
    page = newest(store, "acme", PERIOD, 500)
    body = to_json({"documents": [scored_to_wire(s) for s in page.documents], "cursor": "c" * 500})
    assert 4_000_000 < len(json.dumps({"statusCode": 200, "body": body})) < 6 * 2**20
