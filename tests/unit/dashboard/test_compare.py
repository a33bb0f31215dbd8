"""Compare: the two sides, their numbers, terms and themes, and why a part is empty."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from dashboard.charts import compare as charts
from dashboard.data import compare, compare_sides, live
from dashboard.data.compare import Overview
from dashboard.data.compare_sides import OWN, Query, sides_of
from dashboard.data.errors import ServiceError
from dashboard.data.filters import CUSTOM, Filters
from dashboard.data.formatting import NONE
from dashboard.data.themes import PREVIOUS, WEEK
from echostream_client.api import ApiFailed
from tests.unit.dashboard.compare_responses import Api, hour, nothing, only_of_a
from tests.unit.dashboard.theme_responses import driver, period, theme

NOW = datetime(2026, 5, 21, 12, 30, tzinfo=UTC)
DAY = Filters("Last 24 hours")
ODD = "**shop**/<b> $x$ [y](z):_a"
"""A name of a source with characters of Markdown, HTML and of the parameter `against`."""


def hours() -> dict[str, Any]:
    """On the last day 4 documents of forum and 2 of ODD, on the day before 2 of forum."""
    return {
        "forum": [
            hour("2026-05-19T13:00:00Z", positive=2, mean_compound=0.5),
            hour("2026-05-20T13:00:00Z", positive=1, negative=2, mixed=1, mean_compound=-0.25),
        ],
        ODD: [hour("2026-05-20T14:00:00Z", neutral=2, mean_compound=0.0)],
    }


def load(query: Query, api: Any = None, **changes: Any) -> Overview:
    used: Any = api or Api(hours(), **changes)
    return compare.load(used, query, sides_of(query, NOW), NOW)


def own(begin: datetime, end: datetime | None) -> Query:
    return Query(DAY, OWN, Filters(CUSTOM, begin=begin, end=end))


def of_sources(a: str, b: str) -> Query:
    return compare_sides.of_sources(DAY, a, b)


def rows(overview: Overview) -> dict[str, list[str]]:
    return {row[0]: list(row[1:]) for row in overview.numbers.itertuples(index=False)}


@pytest.mark.parametrize(
    ("query", "against"),
    [
        (Query(DAY, PREVIOUS), "2026-05-19T12:00:00Z/2026-05-20T12:00:00Z"),
        (Query(DAY, WEEK), "2026-05-13T12:00:00Z/2026-05-14T12:00:00Z"),
        (
            own(datetime(2026, 5, 1, 8, 20), datetime(2026, 5, 2, 9, 40)),
            "2026-05-01T08:00:00Z/2026-05-02T10:00:00Z",
        ),
        (own(datetime(2026, 5, 1), None), "2026-05-01T00:00:00Z/2026-05-21T12:30:00Z"),
        (of_sources("forum", ODD), f"source:{ODD}"),
    ],
)
def test_side_b_is_asked_of_the_api(query, against):
    """Another period in whole hours, which has no hour of side A, or another source."""
    api: Any = Api(hours())
    load(query, api)
    assert api.parameters["against"] == against
    assert (api.parameters["from"], api.parameters["to"]) == ("2026-05-20T12:00:00Z", None)


def test_filters_apply_to_both_sides():
    """Source and sentiment; /stats has no parameter for a sentiment."""
    api: Any = Api(hours())
    load(Query(Filters("Last 24 hours", "forum", "NEGATIVE")), api)
    assert (api.parameters["source"], api.parameters["sentiment"]) == ("forum", "NEGATIVE")
    assert [one["source"] for one in api.stats_calls] == ["forum", "forum"]
    assert all("sentiment" not in one for one in api.stats_calls)


def test_numbers_are_those_of_the_other_pages():
    """Documents, shares and mean score of both sides, and A less B."""
    found = load(Query(DAY))
    assert rows(found) == {
        "Documents": ["6", "2", "+4"],
        "Positive": ["16.7%", "100.0%", "-83.3"],
        "Neutral": ["33.3%", "0.0%", "+33.3"],
        "Mixed": ["16.7%", "0.0%", "+16.7"],
        "Not scored": ["0.0%", "0.0%", "0.0"],
        "Negative": ["33.3%", "0.0%", "+33.3"],
        "Mean score": ["-0.17", "+0.50", "-0.67"],
    }
    api: Any = Counting(hours())
    on_live = live.load(api, DAY, NOW).numbers
    assert on_live.documents == 6
    assert on_live.mean == pytest.approx(-1 / 6)


class Counting(Api):
    """With no newest document, which the page Live also lists."""

    def query(self, **_):
        return {"documents": [], "cursor": None}


def test_sentiment_counts_its_documents_only():
    """Shares and mean score cover all sentiments, so the chart has no mean score."""
    query = Query(Filters("Last 24 hours", sentiment="NEGATIVE"))
    found = load(query, against=nothing(19, 20))
    assert rows(found)["Documents"] == ["2", "0", "+2"]
    assert rows(found)["Positive"] == ["16.7%", "100.0%", "-83.3"]
    assert list(compare.chart_numbers("NEGATIVE")) == ["Documents"]
    assert list(compare.chart_numbers(None)) == ["Mean score", "Documents"]
    assert "no documents that match" in found.parts[1].missing


def test_periods_are_aligned_at_their_start():
    """Both have documents in the second hour; the table has a row for it."""
    found = load(Query(DAY))
    with_documents = found.over_time[found.over_time["total"] > 0]
    assert list(with_documents["side"]) == ["A: The period"] * 2 + ["B: The period before"]
    assert list(with_documents["since"]) == [1, 2, 1]
    assert [len(part.frame) for part in found.parts] == [25, 24]
    table = compare.over_time_table(found, "total")
    assert table["Hours since the start"].tolist() == [1, 2]
    assert table["A: The period"].tolist() == [4, 2]
    chart: Any = charts.over_time(found.over_time, "hour", "total", "Documents", False).to_dict()
    assert chart["encoding"]["x"]["field"] == "since"
    assert chart["encoding"]["x"]["title"] == "hours since the start"


def test_sources_are_in_real_time():
    """A name with characters of Markdown stays as it is."""
    found = load(of_sources("forum", ODD))
    assert [part.side.label for part in found.parts] == ["A: forum", f"B: {ODD}"]
    assert rows(found)["Documents"] == ["4", "2", "+2"]
    assert set(found.over_time["side"]) == {"A: forum", f"B: {ODD}"}
    chart: Any = charts.over_time(found.over_time, "hour", "total", "Documents", True).to_dict()
    assert chart["encoding"]["x"]["field"] == "start"


def test_terms_are_of_the_side_where_they_are_more_frequent():
    """With the shares of both sides in percent, and documents of that side."""
    a, b = load(Query(DAY)).parts
    assert a.terms.table.to_dict("records") == [{"Term": "kettle", "A": 40, "B": 10, "z": 4.2}]
    assert b.terms.table.to_dict("records") == [{"Term": "tea", "A": 5, "B": 30, "z": -3.1}]
    assert [[one["id"] for one in part.terms.documents[0]] for part in (a, b)] == [
        ["with kettle"],
        ["with tea"],
    ]


def test_themes_of_a_have_their_share_on_both_sides():
    """In percent, with the difference in points; without a share on side B both are empty."""
    found = load(Query(DAY), themes=[theme("kettle"), only_of_a("tram")])
    assert list(found.themes.table["Theme"]) == ["kettle", "tram"]
    first, second = found.themes.table[["A", "B", "Difference"]].to_numpy()
    assert list(first) == pytest.approx([40, 10, 30])
    assert list(pd.isna(second)) == [False, True, True]
    assert found.themes.documents[0][0]["id"] == "about kettle"


def test_overlapping_periods_are_named():
    """Their documents are on both sides; sources and periods side by side share none."""
    overlapping = own(datetime(2026, 5, 20), datetime(2026, 5, 20, 14))
    assert load(overlapping).overlap == (
        "The periods overlap: documents from 2026-05-20 12:00:00 UTC to 2026-05-20 14:00:00 UTC"
        " are on both sides."
    )
    assert "overlap" in load(Query(Filters("Last 30 days"), WEEK)).overlap
    assert load(Query(DAY)).overlap == load(of_sources("forum", ODD)).overlap == ""


def test_empty_side_says_why():
    """The numbers that need its documents are dashes; terms are not compared."""
    query = own(datetime(2026, 5, 1), datetime(2026, 5, 2))
    found = load(query, against=nothing(1, 2), drivers=[], themes=[only_of_a("kettle")])
    a, b = found.parts
    assert a.missing == ""
    assert b.missing.startswith("B: A period of your choice has no documents from 2026-05-01 00")
    assert "Choose another period." in b.missing
    assert rows(found)["Positive"] == ["16.7%", NONE, NONE]
    assert rows(found)["Mean score"] == ["-0.17", NONE, NONE]
    assert set(found.over_time["side"]) == {"A: The period"}
    assert compare.no_term(found, a) == compare.no_term(found, b) != ""
    assert not found.is_empty


def test_longest_period_has_an_axis():
    """Days since a start 2,000 years ago."""
    query = Query(Filters(CUSTOM, begin=datetime(1, 1, 1)), OWN, Filters("Last 30 days"))
    api: Any = Api({"forum": [hour("2026-05-20T00:00:00Z", positive=1)]})
    found = load(query, api)
    assert sorted(found.over_time[found.over_time["total"] > 0]["since"]) == [29, 739_755]


def test_both_sides_may_be_empty():
    """Each says why, and there is nothing to draw."""
    found = load(
        Query(DAY), Api({}, period=nothing(20, 21), against=nothing(19, 20), themes=[], drivers=[])
    )
    assert found.is_empty
    assert all(part.missing for part in found.parts)
    assert found.over_time.empty
    assert compare.no_theme(found) == "Side A has no documents, so it has no theme."


def test_documents_that_are_not_counted_are_named():
    """The counts are behind, or do not name the source."""
    found = load(Query(DAY), Api({}))
    assert "They follow when they are counted." in found.parts[0].missing
    assert not found.is_empty
    api: Any = Api({})
    api.other_sources = {"total": 3}
    found = load(of_sources("forum", ODD), api)
    assert "the counts do not name this source" in found.parts[1].missing
    assert found.parts[1].missing.startswith(f"B: {ODD}. ")


def test_sides_without_a_clear_term_or_theme_say_so():
    """For each side with the name of the other."""
    found = load(Query(DAY), themes=[], drivers=[driver("kettle", 4.2, 0.4, 0.1)])
    a, b = found.parts
    assert compare.no_term(found, a) == ""
    assert compare.no_term(found, b).startswith("No term is more frequent in B than in A")
    assert compare.no_theme(found).startswith("There is no theme")


def test_sample_of_a_side_is_named():
    """How many documents were read, of how many."""
    found = load(Query(DAY), against=period(19, 20, 9_000, complete=False, positive=4_000))
    assert compare.read_text(found.parts[0]) == "A: 10 documents were read."
    assert "4,000 documents of about 9,000" in compare.read_text(found.parts[1])


@pytest.mark.parametrize(
    ("error", "kind"), [(ApiFailed(503, "oops", "HTTP 503: oops"), "failed"), (KeyError(), None)]
)
def test_failed_request_is_a_service_error(error, kind):
    """Also one whose response lacks a part."""
    with pytest.raises(ServiceError) as raised:
        load(Query(DAY), error=error)
    assert raised.value.kind == (kind or "unreadable")
