"""Aspects: the table of a response of the API, its sentences, and empty parts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data.aspects import load, no_aspect, origin, read_text
from dashboard.data.errors import ServiceError
from dashboard.data.filters import Filters
from echostream_client.api import ApiFailed
from tests.unit.dashboard.theme_responses import Api, aspect, aspects

NOW = datetime(2026, 5, 21, tzinfo=UTC)


def loaded(response):
    """The aspects of a response."""
    api: Any = Api()
    api.aspects_response = response
    return load(api, Filters(), False, NOW)


def test_filters_are_asked_of_the_api():
    """Period, source and sentiment; aspects are not compared."""
    api: Any = Api()
    load(api, Filters("Last 24 hours", "forum", "NEGATIVE"), True, NOW)
    assert api.aspects_calls == [
        {
            "from": "2026-05-20T00:00:00Z",
            "to": None,
            "source": "forum",
            "sentiment": "NEGATIVE",
            "mask": "true",
        }
    ]


def test_aspect_has_counts_and_sentences():
    """A row for each, in the order of the API, with the sentences of both sides."""
    found = loaded(aspects(aspect("lid"), aspect("tank", criticised=0, criticism=[])))
    assert found.table.to_dict("records") == [
        {"Aspect": "lid", "Documents": 6, "Praised": 3, "Criticised": 1, "Mean score": 0.31},
        {"Aspect": "tank", "Documents": 6, "Praised": 3, "Criticised": 0, "Mean score": 0.31},
    ]
    assert [one["text"] for one in found.praise[0]] == ["I love the lid."]
    assert [one["text"] for one in found.criticism[0]] == ["The lid is bad."]
    assert found.criticism[1] == []
    assert origin(found.criticism[0][0]) == "Score of the clause -0.54, document id c1"


def test_caption_says_how_far_the_sentiment_goes():
    """The engine of the clauses, and that criticism is undercounted."""
    text = read_text(loaded(aspects(aspect("lid"))))
    assert text.startswith("10 documents were read. ")
    assert "VADER" in text
    assert "factual complaints" in text
    assert text.endswith("therefore too low.")


def test_sample_is_named():
    """How many documents were read, of how many."""
    text = read_text(loaded(aspects(aspect("lid"), documents=12_345, complete=False)))
    assert text.startswith("The aspects are those of a sample: 10 documents of about 12,345")


def test_no_aspect_has_a_reason():
    """An aspect needs three documents; a table with rows needs no reason."""
    found = loaded(aspects())
    assert found.table.empty
    assert "at least three documents that name it" in no_aspect(found)
    assert no_aspect(loaded(aspects(aspect("lid")))) == ""


@pytest.mark.parametrize(
    ("response", "kind"),
    [(ApiFailed(503, "oops", "HTTP 503: oops"), "failed"), ({"aspects": []}, "unreadable")],
)
def test_failed_request_is_a_service_error(response, kind):
    """Also one whose response lacks a part."""
    with pytest.raises(ServiceError) as raised:
        loaded(response)
    assert raised.value.kind == kind
