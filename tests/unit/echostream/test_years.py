"""A retention of ten years: the number of calls of each request stays bounded."""

from collections import Counter
from datetime import timedelta
from typing import Any, cast

import pytest

from echostream.adapters.dynamodb_counters import DynamoDBCounters
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.dynamodb_tenant_items import MAX_PARTITIONS, DynamoDBTenantItems
from echostream.adapters.side_by_side import THREADS, growing
from echostream.adapters.table_items import directory_items, document_item
from echostream.adapters.table_keys import derived_partitions
from echostream.domain.document_store import time_partition_of
from echostream.domain.errors import BadRequest
from echostream.domain.model import ScoredDocument, count
from echostream.domain.query import MAX_READS, Question, newest, stats
from echostream.domain.themes import sampling
from tests.aws import client, mock_table
from tests.builders import NOW, scored
from tests.counters_contract import change
from tests.fakes import MemoryCounters, MemoryStore
from tests.unit.echostream_cli.filled_table import create_table

DAY = timedelta(days=1)
YEARS = 3650 * DAY
ALL = Question(NOW - YEARS, NOW + DAY)
RARE = Question(NOW - YEARS, NOW + DAY, source="rare")
MONTHS = [
    scored(f"m{n}", at=NOW - 30 * n * DAY, source="rare" if n == 100 else "forum")
    for n in range(121)
]
"""A document a month, of ten years."""
DAYS = [scored(f"d{n}", at=NOW - n * DAY) for n in range(420)]
"""A document a day."""


class Calls(Counter[str]):
    """The calls of a client since `clear`, by operation."""

    def __init__(self, dynamodb):
        super().__init__()
        dynamodb.meta.events.register("before-call.dynamodb.*", self._add)

    def _add(self, model, **_):
        self[model.name] += 1


@pytest.fixture(scope="module")
def dynamodb():
    with mock_table():
        dynamodb = client("dynamodb")
        create_table(dynamodb, "table")
        counters = make_counters(dynamodb)
        fill(dynamodb, "days", DAYS)
        fill(dynamodb, "months", MONTHS)
        changes = [
            change(n, "months", NOW, *count([one]), received=NOW) for n, one in enumerate(MONTHS)
        ]
        counters.add("", changes, is_behind=False)
        yield dynamodb


def fill(dynamodb, tenant, documents):
    """As the store does, in fewer calls."""
    items = {}
    for one in documents:
        partition = time_partition_of(one, 1)
        for item in (
            document_item(tenant, one, partition, YEARS),
            *directory_items(tenant, partition, YEARS),
        ):
            items[item["pk"]["S"], item["sk"]["S"]] = {"PutRequest": {"Item": item}}
    puts = list(items.values())
    for first in range(0, len(puts), 25):
        dynamodb.batch_write_item(RequestItems={"table": puts[first : first + 25]})


def make_store(dynamodb):
    return DynamoDBStore(dynamodb, "table", YEARS, 1)


def make_counters(dynamodb, shards=1):
    return DynamoDBCounters(dynamodb, "table", YEARS, shards)


@pytest.fixture
def calls(dynamodb):
    return Calls(dynamodb)


def test_rare_source_of_sparse_documents_is_one_page(dynamodb, calls):
    """The entries of 121 months and 122 days, and the documents of 121 hours."""
    page = newest(make_store(dynamodb), "months", RARE, 50)
    assert [one.document.id for one in page.documents] == ["m100"]
    assert page.position is None
    assert calls["Query"] == 121 + 122 + 121


def test_first_page_of_sparse_documents_reads_few_months_more(dynamodb, calls):
    """Months and days are read side by side, so that some are read that the page does not need."""
    page = newest(make_store(dynamodb), "months", ALL, 10)
    assert len(page.documents) == 10
    assert calls["Query"] <= 3 * (10 + THREADS)


def test_page_without_a_match_ends_with_a_cursor(dynamodb, calls):
    """Each page makes progress: 200 partitions, each of another day, and a few more entries."""
    store, position, pages, found = make_store(dynamodb), None, 0, []
    while True:
        calls.clear()
        page = newest(store, "days", RARE, 50, position)
        assert calls["Query"] <= 2 * MAX_READS + 4 * THREADS
        found += page.documents
        pages, position = pages + 1, page.position
        if position is None:
            break
    assert (found, pages) == ([], 3)


def test_all_pages_have_all_documents(dynamodb):
    store, position = make_store(dynamodb), None
    found: list[ScoredDocument] = []
    while position is not None or not found:
        page = newest(store, "days", ALL, 500, position)
        found += page.documents
        position = page.position
    assert found == DAYS


@pytest.mark.parametrize("shards", [1, 4])
def test_counts_of_ten_years_take_a_query_for_each_year_and_shard(dynamodb, calls, shards):
    """And those of the days at both ends, by hour; and two for how far documents are counted."""
    result = stats(make_counters(dynamodb, shards), "months", ALL, "day")
    assert sum(part.total for part in result.by_time) == len(MONTHS)
    years = NOW.year - (NOW - YEARS).year + 1
    assert calls["Query"] == shards * (years + 2) + 1
    assert calls["GetItem"] == 1


def test_too_many_counts_are_refused(monkeypatch):
    """With what to do, and before all are read: years of a hundred sources take a minute."""
    monkeypatch.setattr("echostream.domain.query.MAX_COUNTS", 99)
    store = MemoryStore()
    store.put("acme", DAYS, NOW, YEARS)
    counters = MemoryCounters(store)
    with pytest.raises(BadRequest, match="99 counts of times and sources"):
        stats(counters, "acme", ALL, "day")
    assert len(stats(counters, "acme", Question(NOW - 90 * DAY, NOW), "day").by_time) == 91


def test_early_end_reads_little():
    """The first value alone, then more and more, at most as many as there are threads."""
    sizes = [len(batch) for batch in growing(range(20))]
    assert sizes == [1, 2, 4, 8, 5]
    assert max(sizes) == THREADS


class CountingStore(MemoryStore):
    """Counts the reads of partitions, and of the directory's days."""

    reads = 0

    def newest(self, tenant, queries):
        self.reads += len(queries)
        return super().newest(tenant, queries)

    def time_partitions(self, tenant, start, below):
        self.reads += 2
        return super().time_partitions(tenant, start, below)


def take(documents, question, limit=4_000):
    store = CountingStore(shards=1)
    store.put("acme", documents, NOW, YEARS)
    return sampling.sample(store, MemoryCounters(store), "acme", question, limit), store.reads


def test_sample_of_years_reads_days_of_all_years():
    """At equal distances, whatever the number of days."""
    documents = [scored(f"d{n}", at=NOW - 3 * n * DAY) for n in range(1_200)]
    taken, reads = take(documents, ALL)
    assert not taken.is_complete
    assert taken.documents == len(documents)
    assert reads <= sampling.MAX_READS + sampling.SIDE_BY_SIDE
    by_year = Counter((NOW - one.document.created_at) // (360 * DAY) for one in taken.scored)
    assert len(by_year) == 10
    assert max(by_year.values()) - min(by_year.values()) <= 4


def test_sample_of_years_has_the_share_of_each_day():
    """A busy day has as large a part of its documents in the sample as a quiet one."""
    documents = [
        scored(f"{n}-{k}", at=NOW - n * DAY - k * timedelta(minutes=3 if n % 2 else 30))
        for n in range(60)
        for k in range(200 if n % 2 else 20)
    ]
    taken, _ = take(documents, ALL, limit=300)
    by_day = Counter(int(one.document.id.split("-")[0]) for one in taken.scored)
    busy, quiet = ([n for day, n in by_day.items() if day % 2 == odd] for odd in (1, 0))
    assert taken.documents == len(documents)
    assert len(taken.scored) == pytest.approx(300, rel=0.2)
    assert sum(busy) / len(busy) == pytest.approx(10 * sum(quiet) / len(quiet), rel=0.3)


def test_rare_source_of_years_is_read_completely():
    """Only its days are read, in the middle of many others."""
    documents = [
        scored(f"d{n}", at=NOW - 3 * n * DAY, source="rare" if n % 300 == 5 else "forum")
        for n in range(1_200)
    ]
    taken, reads = take(documents, RARE)
    assert (taken.is_complete, taken.documents, len(taken.scored)) == (True, 4, 4)
    assert reads == 4 * (2 + 1)


def test_documents_that_are_not_counted_yet_are_no_error():
    """The sample is empty then, as the counts are."""
    store = CountingStore(shards=1)
    store.put("acme", DAYS, NOW, YEARS)
    taken = sampling.sample(store, MemoryCounters(), "acme", ALL, 4_000)
    assert (taken.documents, taken.scored) == (0, [])


class OnePartition:
    """A client of a table with items in one partition."""

    def __init__(self, partition):
        self.partition, self.queries = partition, 0

    def query(self, **arguments):
        self.queries += 1
        is_found = arguments["ExpressionAttributeValues"][":pk"]["S"] == self.partition
        return {"Items": [{"pk": {"S": self.partition}, "sk": {"S": "x"}}] if is_found else []}


def test_partitions_of_a_tenant_are_searched_in_parts():
    """Each part takes a bounded number of calls; together they find all."""
    table = OnePartition(f"hours#acme#{NOW - 3000 * DAY:%Y-%m-%d}")
    items = DynamoDBTenantItems(cast(Any, table), "table", YEARS)
    found: list[str] = []
    position: str | None = ""
    parts = 0
    while position is not None:
        table.queries = 0
        some, position = items.find("acme", NOW, position)
        assert table.queries <= MAX_PARTITIONS
        found, parts = found + some, parts + 1
    assert found == [table.partition]
    first, last = (NOW - YEARS).date(), (NOW + 2 * DAY).date()
    assert parts == -(-len(derived_partitions("acme", first, last)) // MAX_PARTITIONS)
