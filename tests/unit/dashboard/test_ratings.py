"""Ratings beside scores: the panel of the page Sources, and the filters of Explore."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data import messages, ratings
from dashboard.data.document_filters import RATINGS
from dashboard.data.filters import Filters
from dashboard.data.ratings import Rated, as_table, cells, empty_text, load, summary
from echostream.domain.codec import scored_to_wire
from echostream.domain.query import Question
from echostream.domain.ratings import RATING_FILTERS
from tests.builders import scored
from tests.unit.dashboard.theme_pages import page_of, texts

NOW = datetime(2026, 5, 21, tzinfo=UTC)
LOVED_BADLY = scored("a", text="I love it", rating=1.5, compound=0.5, attributes={"country": "DE"})
HATED_WELL = scored("b", text="I hate it", rating=5, compound=-0.5, attributes={"country": "FR"})
AGREES = scored("c", text="It is fine", rating=4, compound=0.2)
UNRATED = scored("d", text="Nobody rated this", attributes={"app version": "2"})
ALL = [LOVED_BADLY, HATED_WELL, AGREES, UNRATED]


class Api:
    """Documents in pages of `page`, filtered as the API does it; no counts, no live sources."""

    def __init__(self, documents=ALL, page=500):
        self.documents, self.page, self.requests = documents, page, []

    def query(self, limit, cursor=None, **parameters):
        self.requests.append(parameters)
        name, _, value = (parameters.get("attribute") or "").partition(":")
        attribute, rating = (name, value) if name else None, parameters.get("rating")
        question = Question(NOW, NOW, attribute=attribute, rating=rating)
        matching = [scored_to_wire(one) for one in self.documents if question.matches(one)]
        at = int(cursor or 0)
        end = at + min(limit, self.page)
        rest = str(end) if end < len(matching) else None
        return {"documents": matching[at:end], "cursor": rest}

    def stats(self, **_):
        return {"buckets": [], "sources": [], "other_sources": None, "counted_to": None}

    def live_sources(self):
        return {"sources": [], "kinds": []}


def load_from(**options: Any) -> Rated:
    api: Any = Api(**options)
    return load(api, Filters(), NOW)


def test_every_filter_has_a_label():
    """Both frontends offer the filters of the API."""
    assert set(RATINGS) == set(RATING_FILTERS)


def test_ratings_are_counted_by_sentiment():
    """By the nearest number of stars, with those that disagree."""
    rated = load_from()
    table = as_table(cells(rated))
    assert list(table) == ["Stars", "Negative", "Neutral", "Mixed", "Positive", "Disagree"]
    assert table.to_numpy().tolist() == [
        [5, 1, 0, 0, 0, 1],
        [4, 0, 0, 0, 1, 0],
        [3, 0, 0, 0, 0, 0],
        [2, 0, 0, 0, 1, 1],
        [1, 0, 0, 0, 0, 0],
    ]
    assert summary(rated).startswith(
        "This period has 3 documents with a rating. The rating of 2 (66.7%) disagrees"
    )


def test_documents_without_a_score_are_not_counted():
    """They are named; if there are no others, there is no table."""
    wire = [{**scored_to_wire(AGREES), "unscored": "unsupported_language"}]
    api: Any = Api()
    api.query = lambda **_: {"documents": [*wire, scored_to_wire(HATED_WELL)], "cursor": None}
    rated = load(api, Filters(), NOW)
    assert "1 of them have no score" in summary(rated)
    assert "The rating of 1 (100.0%)" in summary(rated)
    api.query = lambda **_: {"documents": wire, "cursor": None}
    assert "no score" in empty_text(load(api, Filters(), NOW))


@pytest.mark.parametrize(
    ("limit", "number", "read"), [("MAX_DOCUMENTS", 35, 40), ("MAX_PAGES", 3, 30)]
)
def test_reading_is_bounded(monkeypatch, limit, number, read):
    """By documents and by requests; the summary says that there are more."""
    monkeypatch.setattr(ratings, limit, number)
    rated = load_from(documents=[scored(f"d{n}", rating=3) for n in range(60)], page=10)
    assert (rated.read, rated.is_complete) == (read, False)
    assert f"the newest {read} documents" in summary(rated)


def test_sources_page_compares_ratings_with_scores():
    """The numbers, and the documents that disagree."""
    page = page_of(Api(), "sources")
    assert "The rating of 2 (66.7%) disagrees" in texts(page.text)
    labels = [one.label for one in page.expander]
    assert labels == ["Show as a table", "Documents that disagree: 2"]
    assert page.dataframe[1].value["text"].tolist() == ["I love it", "I hate it"]
    assert page.dataframe[1].value["rating"].tolist() == [1.5, 5.0]


def test_sources_page_says_how_to_bring_ratings():
    """It is not blank without any."""
    page = page_of(Api([UNRATED]), "sources")
    assert "RATING=" in texts(page.info)
    assert not page.expander


def test_explore_filters_by_attribute_and_rating():
    """Names and values of the loaded documents are offered, also while one is chosen."""
    api = Api()
    page = page_of(api, "explore")
    assert page.dataframe[0].value["rating"].tolist()[:3] == [1.5, 5.0, 4.0]
    name = page.selectbox(key="explore.attribute")
    assert name.options == ["app version", "country"]
    name.select("country").run()
    assert page.selectbox(key="explore.value.country").options == ["DE", "FR"]
    page.selectbox(key="explore.value.country").select("FR").run()
    assert page.dataframe[0].value["text"].tolist() == ["I hate it"]
    assert page.selectbox(key="explore.value.country").options == ["DE", "FR"]
    page.selectbox(key="explore.rating").select("1").run()
    assert api.requests[-1]["attribute"] == "country:FR"
    assert messages.TEXTS["no_match"].split(".")[0] in texts(page.info).replace("\\", "")
    page.selectbox(key="explore.attribute").set_value(None).run()
    page.selectbox(key="explore.rating").select("disagrees").run()
    assert page.dataframe[0].value["text"].tolist() == ["I love it", "I hate it"]
    assert not page.exception
