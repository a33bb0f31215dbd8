"""Queries of documents and counts: order, pages, cursors, filters, parameters."""

import base64
import hashlib
import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echostream.domain import query
from echostream.domain.codec import time_to_wire, to_json
from echostream.domain.counters import Change
from echostream.domain.errors import BadRequest
from echostream.domain.model import Count
from echostream.domain.query import MAX_SOURCES
from echostream.entrypoints.cursors import encode_cursor
from echostream.entrypoints.queries import query_response, stats_response
from echostream_cli.settings import MAX_RETENTION_DAYS
from tests.builders import NOW, TABLE, scored
from tests.fakes import MemoryCounters, MemoryStore


def query_documents(store, tenant="acme", **parameters):
    query_string = {name.rstrip("_"): value for name, value in parameters.items()}
    return query_response(store, tenant, query_string, NOW, TABLE)


def query_stats(store, **parameters):
    query_string = {name.rstrip("_"): value for name, value in parameters.items()}
    return stats_response(MemoryCounters(store), "acme", query_string, NOW, TABLE)


def pages(store, **parameters):
    cursor: dict[str, str] = {}
    while True:
        page = query_documents(store, **parameters, **cursor)
        yield page["documents"]
        if not page["cursor"]:
            return
        cursor = {"cursor": page["cursor"]}


def store_of(documents, shards=4):
    store = MemoryStore(shards)
    store.put("acme", documents, NOW)
    return store


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60 * 24 * 6), max_size=60),
    st.integers(1, 9),
    st.integers(1, 25),
)
def test_pages_have_each_document_once(minutes, shards, limit):
    """For any number of shards and any page size, in order from new to old."""
    documents = [scored(f"d{i}", at=NOW - timedelta(minutes=m)) for i, m in enumerate(minutes)]
    result = [d for page in pages(store_of(documents, shards), limit=str(limit)) for d in page]
    expected = sorted(documents, key=lambda s: s.position, reverse=True)
    assert [d["id"] for d in result] == [s.document.id for s in expected]


def test_new_documents_do_not_affect_a_cursor():
    """A document that arrives between two pages neither repeats nor hides another one."""
    store = store_of([scored(f"d{i}", at=NOW - timedelta(minutes=i)) for i in range(10)])
    first = query_documents(store, limit="4")
    store.put("acme", [scored("new", at=NOW + timedelta(minutes=1))], NOW)
    second = query_documents(store, limit="10", cursor=first["cursor"])
    assert [d["id"] for d in second["documents"]] == [f"d{i}" for i in range(4, 10)]


def test_documents_are_filtered():
    """By source, channel, sentiment and period; `from` is inclusive, `to` exclusive."""
    store = store_of(
        [
            scored("a", at=NOW - timedelta(hours=3), source="x", compound=0.5),
            scored("b", at=NOW - timedelta(hours=2), source="x", compound=-0.5),
            scored("c", at=NOW - timedelta(hours=1), source="y", compound=0.5, channel="x"),
        ]
    )

    def ids(**parameters):
        return [d["id"] for d in query_documents(store, **parameters)["documents"]]

    assert ids() == ["c", "b", "a"]
    assert ids(source="x") == ["b", "a"]
    assert ids(sentiment="POSITIVE") == ["c", "a"]
    assert ids(source="x", sentiment="POSITIVE") == ["a"]
    assert ids(source="none") == []
    assert ids(channel="x") == ["c"]
    assert ids(channel="x", source="x") == []
    assert ids(channel="X") == []
    start, end = time_to_wire(NOW - timedelta(hours=2)), time_to_wire(NOW - timedelta(hours=1))
    assert ids(from_=start, to=end) == ["b"]
    assert ids(from_="1970-01-01T00:00:00Z", to="1970-01-02T00:00:00Z") == []


def test_rare_filter_gives_short_pages(monkeypatch):
    """A page ends after MAX_SCANNED documents, with a cursor for the next page."""
    monkeypatch.setattr(query, "MAX_SCANNED", 10)
    documents = [scored(f"d{i:02}", at=NOW - timedelta(minutes=i)) for i in range(35)]
    documents.append(scored("rare", at=NOW - timedelta(hours=9), source="rare"))
    *empty, last = [len(page) for page in pages(store_of(documents), source="rare")]
    assert len(empty) > 1
    assert (set(empty), last) == ({0}, 1)


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "0166-04-03T15:05:39Z",
        "1969-12-31T23:59:59Z",
        "9999-04-03T15:05:39Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_period_beyond_the_retention_is_empty(moment):
    """A period far in the past or future is valid; it has no documents."""
    store = store_of([scored("a")])
    parameters = {"to": moment} if moment < "2000" else {"from": moment}
    assert query_response(store, "acme", parameters, NOW, TABLE)["documents"] == []
    assert stats_response(MemoryCounters(store), "acme", parameters, NOW, TABLE)["buckets"] == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "ten"},
        {"limit": "-1"},
        {"limit": "\u0663"},
        {"from": "yesterday"},
        {"to": "2026-05-20"},
        {"sentiment": "HAPPY"},
        {"sentiment": "positive"},
        {"cursor": "abc"},
        {"cursor": ""},
        {"cursor": "%00"},
        {"cursor": "W10"},
        {"cursor": "WzEsMl0"},
        {"tenant": "other"},
        {"source": ""},
        {"channel": ""},
        {"attribute": ""},
        {"attribute": "country"},
        {"attribute": ":DE"},
        {"attribute": "country:"},
        {"attribute": r"country\:DE"},
        {"attribute": r"a\b:DE"},
        {"rating": "0"},
        {"rating": "4.0"},
        {"rating": "Disagrees"},
    ],
)
def test_invalid_parameters_are_refused(parameters):
    """The message starts with the name of the parameter."""
    with pytest.raises(BadRequest) as error:
        query_response(MemoryStore(), "acme", parameters, NOW, TABLE)
    assert error.value.message.startswith(f"{next(iter(parameters))}:")


def test_empty_period_is_refused():
    """The end must be after the start."""
    with pytest.raises(BadRequest, match="to: must be after from"):
        query_documents(MemoryStore(), from_="2026-05-20T12:00:00Z", to="2026-05-20T12:00:00Z")


def test_cursor_of_another_query_is_refused():
    """A cursor is valid for the filters and the tenant of its query only."""
    store = store_of([scored(f"d{i}", at=NOW - timedelta(minutes=i)) for i in range(5)])
    cursor = query_documents(store, limit="2")["cursor"]
    for changed in (
        {"source": "x"},
        {"tenant": "other"},
        {"sentiment": "NEUTRAL"},
        {"channel": "x"},
        {"attribute": "a:x"},
        {"rating": "any"},
    ):
        with pytest.raises(BadRequest, match="cursor: does not belong to this query"):
            query_documents(store, **changed, cursor=cursor)
    forged = encode_cursor("2026-05-20T12:00:00.000000Z#x", ["someone", "else"])
    with pytest.raises(BadRequest, match="cursor"):
        query_documents(store, cursor=forged)


@pytest.mark.parametrize("name", ["x" * 1024, "\ud800"])
def test_forged_position_is_refused(name):
    """DynamoDB takes no key of more than 1,024 bytes, and no text that is not Unicode."""
    position, filters = f"2026-05-20T12:00:00.000000Z#{name}", ["acme", None, None, None, None]
    checksum = hashlib.sha256(json.dumps([position, filters]).encode()).hexdigest()[:16]
    cursor = base64.urlsafe_b64encode(json.dumps([position, checksum]).encode()).decode()
    with pytest.raises(BadRequest, match="cursor"):
        query_documents(MemoryStore(), cursor=cursor)


@pytest.mark.parametrize(
    "compounds",
    [
        (0.937, -0.6651, 0.0401, -0.8998),
        (-0.9269, -0.9167, 0.7741, -0.9699),
        (-0.2046, 0.3247, 0.3576, -0.4331),
    ],
)
def test_mean_does_not_depend_on_the_order_of_counts(compounds):
    """A restore counts in another order; the mean is the same to the last digit."""
    means = set()
    for order in itertools.permutations(compounds):
        store = MemoryStore()
        for compound in order:
            store.put("acme", [scored(str(compound), compound=compound)], NOW)
        [hour] = query_stats(store)["buckets"]
        means.add(hour["mean_compound"])
    assert len(means) == 1


def test_stats_are_by_time_and_by_source():
    """Buckets are hours or days; hours that the period touches are complete."""
    store = store_of(
        [
            scored("a", at=NOW - timedelta(hours=30), source="x", compound=0.5),
            scored("b", at=NOW - timedelta(hours=1), source="x", compound=-0.25),
            scored("c", at=NOW - timedelta(hours=1), source="y", compound=0.0),
        ]
    )
    hours = query_stats(store)["buckets"]
    assert [b["total"] for b in hours] == [1, 2]
    assert hours[1] == {
        "start": "2026-05-20T11:00:00Z",
        "total": 2,
        "positive": 0,
        "negative": 1,
        "neutral": 1,
        "mixed": 0,
        "unscored": 0,
        "mean_compound": -0.125,
    }
    days = query_stats(store, bucket="day", source="x")
    assert [(b["start"][:10], b["total"]) for b in days["buckets"]] == [
        ("2026-05-19", 1),
        ("2026-05-20", 1),
    ]
    assert [(s["source"], s["total"]) for s in days["sources"]] == [("x", 2), ("y", 1)]
    since = query_stats(store, from_=time_to_wire(NOW - timedelta(hours=2)))
    assert [s["total"] for s in since["sources"]] == [1, 1]


@pytest.mark.parametrize(
    "parameters", [{"bucket": "week"}, {"limit": "5"}, {"from": "x"}, {"source": ""}]
)
def test_invalid_parameters_of_stats_are_refused(parameters):
    """Parameters of /query too, if /stats does not have them."""
    with pytest.raises(BadRequest) as error:
        stats_response(MemoryCounters(), "acme", parameters, NOW, TABLE)
    assert error.value.message.startswith(f"{next(iter(parameters))}:")


def test_stats_stay_below_a_mebibyte():
    """With more sources than are listed, of the longest names in JSON, and all days of 10 years."""
    retention = timedelta(days=MAX_RETENTION_DAYS)
    sources = [f"{number:\u0001>128}" for number in range(MAX_SOURCES + 100)]
    many = Count(NOW, "", 400_000, 400_000, 100_000, 100_000, -123_456.7891)
    counts = [replace(many, source=source) for source in sources]
    counts += [
        replace(many, hour=NOW - timedelta(days=day), source=sources[0])
        for day in range(1, retention.days)
    ]
    counters = MemoryCounters()
    counters.add("shard", [Change("1", NOW, "acme", tuple(counts), NOW)], is_behind=False)
    response = stats_response(counters, "acme", {}, NOW, replace(TABLE, retention=retention))
    assert len(response["buckets"]) == retention.days
    assert len(response["sources"]) == MAX_SOURCES
    assert response["other_sources"]["total"] == 100 * many.total
    assert len(to_json(response).encode()) < 2**20


@pytest.mark.parametrize("seconds", [0, 60, 240])
def test_counts_of_other_shards_may_be_late(seconds):
    """`counted_to` is before the time for which Lambda collects changes of the other shards."""
    window = timedelta(seconds=seconds)
    table = replace(TABLE, window=window)

    def counted_to(received):
        counters = MemoryCounters()
        counters.add("shard", [Change("1", received, "acme", received=received)], is_behind=False)
        return stats_response(counters, "acme", {}, NOW, table)["counted_to"]

    assert counted_to(NOW) == time_to_wire(NOW - 1.1 * window)
    assert counted_to(NOW - 2 * window) == time_to_wire(NOW - 2 * window)


def test_long_periods_are_counted_by_day():
    """`hour` is for at most 31 days; without `bucket` a longer period has days."""
    at, long = NOW - timedelta(days=31), replace(TABLE, retention=timedelta(days=60))
    counters = MemoryCounters(store_of([scored("a", at=at)]))

    def starts(days, **parameters):
        since = time_to_wire(NOW - timedelta(days=days))
        period = {"from": since, "to": time_to_wire(NOW), **parameters}
        response = stats_response(counters, "acme", period, NOW, long)
        return [bucket["start"] for bucket in response["buckets"]]

    assert starts(31) == ["2026-04-19T12:00:00Z"]
    assert starts(32) == ["2026-04-19T00:00:00Z"]
    with pytest.raises(BadRequest, match="bucket: hour is for at most 31 days"):
        starts(32, bucket="hour")
