"""`GET /aspects`: its parameters and its response."""

from datetime import timedelta
from functools import partial

import pytest

from echostream.adapters.vader import Vader
from echostream.domain.codec import time_to_wire
from echostream.domain.errors import BadRequest
from echostream.domain.themes.corpus import MAX_EXCERPT
from echostream.domain.themes.sampling import sample
from echostream.entrypoints.aspect_requests import MAX_ASPECTS, aspects_response
from tests.builders import NOW, RETENTION, scored
from tests.fakes import MemoryCounters, MemoryStore
from tests.unit.echostream.theme_texts import documents

HOUR = timedelta(hours=1)
TEXTS = ["The battery life is great, but the screen is terrible."] * 4
MORE = ["I love the battery life."] * 2 + ["What an awful screen."] * 3


def get(stored, **parameters):
    """The response for the stored documents."""
    store = MemoryStore()
    store.put("acme", stored, NOW)
    take = partial(sample, store, MemoryCounters(store), "acme")
    return aspects_response(take, Vader().score, parameters, NOW, RETENTION)


def test_aspects_have_both_sides():
    """What is praised and criticised, in how many documents, with sentences that say so."""
    content = get(documents(TEXTS + MORE, at=NOW - HOUR))
    found = {aspect["phrase"]: aspect for aspect in content["aspects"]}
    assert content["period"]["documents"] == 9
    assert (found["battery life"]["praised"], found["battery life"]["criticised"]) == (6, 0)
    assert (found["screen"]["praised"], found["screen"]["criticised"]) == (0, 7)
    assert found["battery life"]["praise"][0]["text"]
    assert found["screen"]["praise"] == []
    assert {one["compound"] < 0 for one in found["screen"]["criticism"]} == {True}


def test_source_and_period_are_filters():
    """An aspect of another source, or of yesterday, is not counted."""
    other = documents(TEXTS, at=NOW - HOUR, source="mail")
    old = documents(TEXTS, at=NOW - timedelta(days=3))
    stored = [*documents(MORE, at=NOW - HOUR), *other, *old]
    (aspect,) = get(stored, source="forum")["aspects"]
    assert (aspect["phrase"], aspect["documents"]) == ("screen", 3)
    start = time_to_wire(NOW - timedelta(days=4))
    assert get(stored, **{"from": start})["period"]["documents"] == 13


def test_attribute_and_rating_are_filters():
    """The response repeats them."""
    rated = [
        scored(f"r{n}", text=text, at=NOW - HOUR, rating=2, attributes={"a:b": "c"})
        for n, text in enumerate(MORE)
    ]
    content = get([*documents(TEXTS, at=NOW - HOUR), *rated], attribute=r"a\:b:c", rating="2")
    period = content["period"]
    assert (period["documents"], period["attribute"], period["rating"]) == (5, r"a\:b:c", "2")
    assert get(rated, rating="5")["period"]["documents"] == 0
    assert get(rated)["period"]["attribute"] is None


def test_sentence_is_cut_to_an_excerpt():
    """As the text of a document."""
    long = "great battery and " + "so on and " * 50
    [aspect] = get(documents([f"{long}{n}" for n in range(3)], at=NOW - HOUR))["aspects"]
    assert {len(one["text"]) for one in aspect["praise"]} == {MAX_EXCERPT}


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"limit": str(MAX_ASPECTS + 1)}, "limit"),
        ({"against": "week"}, "against"),
        ({"mask": "yes"}, "mask"),
    ],
)
def test_bad_parameter_is_named(parameters, named):
    """The message begins with the parameter."""
    with pytest.raises(BadRequest) as error:
        get([], **parameters)
    assert str(error.value).startswith(named)


def test_no_document_is_no_error():
    """There is no aspect then."""
    assert get([])["aspects"] == []
