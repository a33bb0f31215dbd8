"""`GET /themes`: its parameters, what it compares, and its response."""

import json
from datetime import timedelta
from functools import partial

import pytest

from echostream.domain.codec import time_to_wire, to_json
from echostream.domain.errors import BadRequest
from echostream.domain.themes.sampling import sample
from echostream.entrypoints.theme_requests import MAX_TERMS, MAX_THEMES, themes_response
from tests.builders import NOW, RETENTION
from tests.fakes import MemoryCounters, MemoryStore
from tests.unit.echostream.theme_texts import about, documents

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def store_of(stored):
    store = MemoryStore()
    store.put("acme", stored, NOW)
    return store


def get(stored=(), retention=RETENTION, **parameters):
    """The response for the stored documents."""
    store = store_of(stored)
    take = partial(sample, store, MemoryCounters(store), "acme")
    query = {name.rstrip("_"): value for name, value in parameters.items()}
    return themes_response(take, query, NOW, retention)


def day_and_day_before():
    """A battery that fails today; couriers as always."""
    return [
        *about("battery", 30, at=NOW - HOUR, compound=-0.6),
        *about("courier", 30, at=NOW - HOUR, compound=0.4),
        *about("invoice", 20, at=NOW - DAY - HOUR, compound=0.4, source="mail"),
        *about("courier", 30, at=NOW - DAY - HOUR, compound=0.4),
    ]


def test_default_is_the_last_day_against_the_day_before():
    """With the number of documents of both, and what changed."""
    content = get(day_and_day_before())
    assert content["period"]["from"] == time_to_wire(NOW - DAY)
    assert content["period"]["to"] == time_to_wire(NOW)
    assert content["against"]["from"] == time_to_wire(NOW - 2 * DAY)
    assert content["against"]["to"] == time_to_wire(NOW - DAY)
    assert (content["period"]["documents"], content["against"]["documents"]) == (60, 50)
    assert content["period"]["complete"] is True
    assert content["period"]["mean_compound"] == -0.1
    assert content["against"]["mean_compound"] == 0.4


def test_theme_has_numbers_and_documents():
    """A theme says its share now and before, its sentiment, its effect, and cites documents."""
    stored = day_and_day_before()
    first, second = get(stored)["themes"]
    battery = first if "battery" in " ".join(first["terms"]) else second
    assert battery["label"] == battery["terms"][0]
    assert (battery["total"], battery["negative"], battery["positive"]) == (30, 30, 0)
    assert (battery["share"], battery["share_before"]) == (0.5, 0.0)
    assert battery["mean_compound"] == -0.6
    assert battery["effect"] == -0.5
    assert battery["authors"] == 30
    texts = {one.document.id: one.document.text for one in stored}
    assert all(texts[example["id"]] == example["text"] for example in battery["examples"])


def test_drivers_and_new_terms_cite_documents():
    """Both directions of a change, and the rate of false discoveries."""
    content = get(day_and_day_before() + documents(["firmware"] * 30, at=NOW - HOUR))
    signs = {driver["z"] > 0 for driver in content["drivers"]}
    assert signs == {True, False}
    terms = content["emerging"]["terms"]
    assert "firmware" in {one["term"] for one in terms}
    assert all(one["examples"] for one in [*terms, *content["drivers"]])
    assert content["emerging"]["since"] == time_to_wire(NOW - 8 * DAY)
    assert content["emerging"]["documents"] == 50
    assert content["false_discovery_rate"] == 0.05


@pytest.mark.parametrize(
    ("against", "number"),
    [
        ("previous", 50),
        ("week", 50),
        (f"{time_to_wire(NOW - 2 * DAY)}/{time_to_wire(NOW)}", 110),
        ("source:mail", 0),
        ("source:forum", 60),
        ("sentiment:NEGATIVE", 30),
    ],
)
def test_against_names_another_period_source_or_sentiment(against, number):
    """The documents to compare with."""
    assert get(day_and_day_before(), against=against)["against"]["documents"] == number


@pytest.mark.parametrize(
    "against", ["previous", "week", f"{time_to_wire(NOW - 9 * DAY)}/{time_to_wire(NOW - DAY)}"]
)
def test_documents_past_the_retention_are_not_read(against):
    """A tenant may keep documents for a shorter time than the table: none older is compared."""
    old = about("courier", 30, at=NOW - 2.5 * DAY) + about("battery", 30, at=NOW - DAY - HOUR)
    stored = [*old, *about("invoice", 30, at=NOW - HOUR)]
    assert get(stored, against=against)["emerging"]["documents"] == 60
    for kept, number in ((2 * DAY, 30), (DAY / 2, 0)):
        content = get(stored, kept, against=against)
        assert content["against"]["documents"] == content["emerging"]["documents"] == number
        assert "courier" not in str(content)
        assert content["period"]["documents"] == 30


def test_period_before_the_retention_is_empty():
    """It ends where it begins, as does what it is compared with."""
    content = get(about("battery", 9), from_="2020-01-01T00:00:00Z", to="2020-01-02T00:00:00Z")
    for name in ("period", "against"):
        assert content[name]["documents"] == 0
        assert content[name]["from"] == content[name]["to"] == time_to_wire(NOW - RETENTION)


@pytest.mark.parametrize(
    "parameters",
    [
        {"from_": "8005-09-01T04:09:09Z", "to": "8005-09-02T12:31:40Z"},
        {"from_": "8005-09-01T04:09:09Z"},
        {"to": "0001-01-01T00:00:01Z"},
        {"to": "9999-12-31T23:59:59Z"},
        {"against": "0001-01-01T00:00:00Z/9999-12-31T23:59:59Z"},
        {"against": "8005-01-01T00:00:00Z/9999-12-31T23:59:59Z"},
        {"against": "0001-01-01T00:00:00Z/0001-01-01T00:00:01Z"},
    ],
    ids=str,
)
def test_any_time_is_cut_to_the_kept_ones(parameters):
    """The first and the last year, and a future without documents, are no error."""
    content = get(about("battery", 9, at=NOW - HOUR), **parameters)
    oldest, newest = time_to_wire(NOW - RETENTION), time_to_wire(NOW + timedelta(minutes=5))
    for name in ("period", "against"):
        assert oldest <= content[name]["from"] <= content[name]["to"] <= newest


def test_end_before_the_start_is_refused():
    """Also if it is in the first year."""
    with pytest.raises(BadRequest, match="to: must be after from"):
        get(from_="6802-01-03T07:00:00Z", to="0001-01-01T00:00:00Z")


def test_filters_hold_for_both_sides():
    """A source is compared with itself, unless `against` names another."""
    period = {"from_": time_to_wire(NOW - 2 * DAY), "to": time_to_wire(NOW - DAY)}
    content = get(day_and_day_before(), source="mail", **period)
    assert content["period"]["source"] == content["against"]["source"] == "mail"
    assert content["period"]["documents"] == 20
    assert get(day_and_day_before(), sentiment="NEGATIVE")["period"]["total"] == 30


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"against": "yesterday"}, "against"),
        ({"against": ""}, "against"),
        ({"against": "source:"}, "against"),
        ({"against": "sentiment:negative"}, "against"),
        ({"against": "a/b"}, "against"),
        ({"against": "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z"}, "against"),
        ({"limit": "0"}, "limit"),
        ({"limit": str(MAX_THEMES + 1)}, "limit"),
        ({"from_": "now"}, "from"),
        ({"to": "2026-13-01T00:00:00Z"}, "to"),
        ({"sentiment": "SAD"}, "sentiment"),
        ({"source": ""}, "source"),
        ({"cursor": "x"}, "cursor"),
        ({"mask": "TRUE"}, "mask"),
    ],
)
def test_bad_parameter_is_named(parameters, named):
    """The message begins with the parameter."""
    with pytest.raises(BadRequest) as error:
        get(**parameters)
    assert str(error.value).startswith(named)


def test_no_document_is_no_error():
    """A period without documents has no theme, and nothing to compare with has no change."""
    content = get()
    assert content["themes"] == content["drivers"] == content["emerging"]["terms"] == []
    assert content["period"]["total"] == content["without_theme"]["total"] == 0
    assert content["period"]["mean_compound"] is None
    theme = get(about("battery", 20, at=NOW - HOUR))["themes"][0]
    assert theme["share_before"] is theme["effect"] is None


def test_response_is_small_json():
    """The largest response stays far below Lambda's 6 MiB."""
    words = [f"topic{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(60)]
    stored = documents(
        [f"{word} " + "\u00e9" * 250 for word in words for _ in range(8)], at=NOW - HOUR
    )
    content = get(stored, limit=str(MAX_THEMES))
    assert len(content["themes"]) == MAX_THEMES
    assert len(content["drivers"]) <= MAX_TERMS
    assert len(json.dumps(to_json(content))) < 1_000_000
