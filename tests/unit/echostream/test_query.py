"""Newest first over days and shards, cursors, filters, counts."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echostream.domain import query
from echostream.domain.codec import time_to_wire
from echostream.domain.errors import BadRequest
from echostream.entrypoints.cursors import encode_cursor
from echostream.entrypoints.queries import query_response, stats_response
from tests.builders import NOW, RETENTION, scored
from tests.fakes import MemoryStore


def ask(store, tenant="acme", **parameters):
    given_ = {name.rstrip("_"): value for name, value in parameters.items()}
    return query_response(store, tenant, given_, NOW, RETENTION)


def ask_stats(store, **parameters):
    given_ = {name.rstrip("_"): value for name, value in parameters.items()}
    return stats_response(store, "acme", given_, NOW, RETENTION)


def pages(store, **parameters):
    cursor = {}
    while True:
        page = ask(store, **parameters, **cursor)
        yield page["documents"]
        if not page["cursor"]:
            return
        cursor = {"cursor": page["cursor"]}


def filled(documents, shards=4):
    store = MemoryStore(shards)
    store.put("acme", documents, NOW)
    return store


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 60 * 24 * 6), max_size=60),
    st.integers(1, 9),
    st.integers(1, 25),
)
def test_paging_gives_each_document_once(minutes, shards, limit):
    """Whatever the shards and the page size, pages add up to all documents, newest first."""
    documents = [scored(f"d{i}", at=NOW - timedelta(minutes=m)) for i, m in enumerate(minutes)]
    found = [d for page in pages(filled(documents, shards), limit=str(limit)) for d in page]
    expected = sorted(documents, key=lambda s: s.position, reverse=True)
    assert [d["id"] for d in found] == [s.document.id for s in expected]


def test_new_documents_do_not_disturb_a_cursor():
    """What arrives between two pages neither repeats nor hides anything."""
    store = filled([scored(f"d{i}", at=NOW - timedelta(minutes=i)) for i in range(10)])
    first = ask(store, limit="4")
    store.put("acme", [scored("new", at=NOW + timedelta(minutes=1))], NOW)
    second = ask(store, limit="10", cursor=first["cursor"])
    assert [d["id"] for d in second["documents"]] == [f"d{i}" for i in range(4, 10)]


def test_filters_and_period():
    """`from` is inclusive, `to` exclusive; source and sentiment narrow down."""
    store = filled(
        [
            scored("a", at=NOW - timedelta(hours=3), source="x", compound=0.5),
            scored("b", at=NOW - timedelta(hours=2), source="x", compound=-0.5),
            scored("c", at=NOW - timedelta(hours=1), source="y", compound=0.5),
        ]
    )

    def found(**parameters):
        return [d["id"] for d in ask(store, **parameters)["documents"]]

    assert found() == ["c", "b", "a"]
    assert found(source="x") == ["b", "a"]
    assert found(sentiment="POSITIVE") == ["c", "a"]
    assert found(source="x", sentiment="POSITIVE") == ["a"]
    assert found(source="none") == []
    start, end = time_to_wire(NOW - timedelta(hours=2)), time_to_wire(NOW - timedelta(hours=1))
    assert found(from_=start, to=end) == ["b"]
    assert found(from_="1970-01-01T00:00:00Z", to="1970-01-02T00:00:00Z") == []


def test_a_rare_filter_gives_short_pages(monkeypatch):
    """A request reads so many documents at most, then hands out a cursor to go on."""
    monkeypatch.setattr(query, "MAX_SCANNED", 10)
    documents = [scored(f"d{i:02}", at=NOW - timedelta(minutes=i)) for i in range(35)]
    documents.append(scored("rare", at=NOW - timedelta(hours=9), source="rare"))
    found = list(pages(filled(documents), source="rare"))
    assert [len(page) for page in found] == [0, 0, 0, 1]


def test_a_page_fits_a_lambda_answer(monkeypatch):
    """A page ends where its JSON inside JSON would grow past the limit."""
    monkeypatch.setattr(query, "MAX_PAGE_BYTES", 2_000)
    documents = [scored(f"d{i}", text="\u0001" * 50, at=NOW) for i in range(20)]
    found = list(pages(filled(documents), limit="20"))
    assert all(1 <= len(page) <= 3 for page in found)
    assert sum(len(page) for page in found) == 20


@pytest.mark.parametrize("year", ["0001", "0166", "1969", "9999"])
def test_periods_beyond_what_is_kept_are_empty(year):
    """A far past or future is a fair question with an empty answer."""
    store = filled([scored("a")])
    moment = f"{year}-04-03T15:05:39Z"
    empty = {"to": moment} if year < "2000" else {"from": moment}
    assert query_response(store, "acme", empty, NOW, RETENTION)["documents"] == []
    assert stats_response(store, "acme", empty, NOW, RETENTION)["buckets"] == []


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
    ],
)
def test_bad_parameters_are_named(parameters):
    """A 400 names the parameter."""
    with pytest.raises(BadRequest) as refused:
        query_response(MemoryStore(), "acme", parameters, NOW, RETENTION)
    assert refused.value.message.startswith(next(iter(parameters)))


def test_a_period_that_ends_before_it_begins():
    """The end must come after the start."""
    with pytest.raises(BadRequest, match="to: must be after from"):
        ask(MemoryStore(), from_="2026-05-20T12:00:00Z", to="2026-05-20T12:00:00Z")


def test_a_cursor_of_another_query():
    """A cursor works only with the filters and the tenant that it was given for."""
    store = filled([scored(f"d{i}", at=NOW - timedelta(minutes=i)) for i in range(5)])
    cursor = ask(store, limit="2")["cursor"]
    for changed in ({"source": "x"}, {"tenant": "other"}, {"sentiment": "NEUTRAL"}):
        with pytest.raises(BadRequest, match="cursor: does not belong to this query"):
            ask(store, **changed, cursor=cursor)
    made_up = encode_cursor("2026-05-20T12:00:00.000000Z#x", ["someone", "else"])
    with pytest.raises(BadRequest, match="cursor"):
        ask(store, cursor=made_up)


@pytest.mark.parametrize(
    "compounds",
    [
        (0.937, -0.6651, 0.0401, -0.8998),
        (-0.9269, -0.9167, 0.7741, -0.9699),
        (-0.2046, 0.3247, 0.3576, -0.4331),
    ],
)
def test_a_mean_does_not_hang_on_the_order_of_its_parts(compounds):
    """Counted in another order, as after a restore, the mean is the same to the digit."""
    means = set()
    for order in itertools.permutations(compounds):
        store = MemoryStore()
        for compound in order:
            store.put("acme", [scored(str(compound), compound=compound)], NOW)
        [hour] = ask_stats(store)["buckets"]
        means.add(hour["mean_compound"])
    assert len(means) == 1


def test_stats_add_up():
    """Buckets by hour or day, sources beside them."""
    store = filled(
        [
            scored("a", at=NOW - timedelta(hours=30), source="x", compound=0.5),
            scored("b", at=NOW - timedelta(hours=1), source="x", compound=-0.25),
            scored("c", at=NOW - timedelta(hours=1), source="y", compound=0.0),
        ]
    )
    hours = ask_stats(store)["buckets"]
    assert [b["total"] for b in hours] == [1, 2]
    assert hours[1] == {
        "start": "2026-05-20T11:00:00Z",
        "total": 2,
        "positive": 0,
        "negative": 1,
        "neutral": 1,
        "mixed": 0,
        "mean_compound": -0.125,
    }
    days = ask_stats(store, bucket="day", source="x")
    assert [(b["start"][:10], b["total"]) for b in days["buckets"]] == [
        ("2026-05-19", 1),
        ("2026-05-20", 1),
    ]
    assert [(s["source"], s["total"]) for s in days["sources"]] == [("x", 2), ("y", 1)]
    since = ask_stats(store, from_=time_to_wire(NOW - timedelta(hours=2)))
    assert [s["total"] for s in since["sources"]] == [1, 1]


@pytest.mark.parametrize("parameters", [{"bucket": "week"}, {"limit": "5"}, {"from": "x"}])
def test_bad_stats_parameters(parameters):
    """Stats know their own parameters only."""
    with pytest.raises(BadRequest) as refused:
        stats_response(MemoryStore(), "acme", parameters, NOW, RETENTION)
    assert refused.value.message.startswith(next(iter(parameters)))
