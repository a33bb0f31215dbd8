"""Themes: the tables of a response of the API, what they are compared with, and empty parts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.charts import themes as charts
from dashboard.data import theme_texts
from dashboard.data.errors import ServiceError
from dashboard.data.filters import Filters
from dashboard.data.themes import (
    PREVIOUS,
    WEEK,
    Query,
    choice_label,
    choices,
    load,
    shares_table,
)
from echostream_client.api import ApiFailed
from tests.unit.dashboard.theme_responses import (
    NO_SCORE,
    Api,
    counts,
    document,
    emerging,
    period,
    theme,
)

NOW = datetime(2026, 5, 21, tzinfo=UTC)


def overview(asked=PREVIOUS, **changes):
    """What the page shows if `asked` is the comparison."""
    api: Any = Api(**changes)
    return load(api, Query(Filters(), asked), NOW)


def test_filters_and_comparison_are_asked_of_the_api():
    """Period, source and sentiment as on other pages; the sources of the period are offered."""
    api: Any = Api()
    filters = Filters("Last 24 hours", "forum", "NEGATIVE")
    assert load(api, Query(filters, WEEK), NOW).sources == ["forum", "shop"]
    assert api.parameters == {
        "from": "2026-05-20T00:00:00Z",
        "to": None,
        "source": "forum",
        "sentiment": "NEGATIVE",
        "mask": None,
        "against": "week",
    }


def test_theme_has_its_terms_and_numbers():
    """At most four terms; shares in percent, the change in percentage points."""
    found = overview()
    assert list(found.themes.table["Theme"]) == ["kettle, water, lid, heat", "tram"]
    row = found.themes.table.iloc[0]
    assert (row["Documents"], row["Authors"]) == (4, 3)
    assert (row["Share"], row["Change"]) == pytest.approx((40.0, 30.0))
    assert (row["Mean score"], row["Effect"]) == (0.25, -0.05)
    assert [[one["id"] for one in cited] for cited in found.themes.documents] == [
        ["about kettle"],
        ["about tram"],
    ]


def test_missing_numbers_of_a_theme_are_empty():
    """Without documents to compare with there is neither a change nor an effect."""
    nothing: dict[str, Any] = {"share_before": None, "effect": None, "mean_compound": None}
    found = overview(themes=[theme("kettle", **nothing), theme("tram")])
    columns = ["Change", "Effect", "Mean score"]
    assert found.themes.table[columns].isna().to_numpy().tolist() == [[True] * 3, [False] * 3]


def test_chart_has_the_shares_of_all_documents():
    """The bar of a theme is as long as its share, parted by sentiment."""
    found = overview()
    assert list(found.shares["theme"]) == ["kettle, water, lid, heat", "tram"]
    assert (found.shares["positive"][0], found.shares["negative"][0]) == (0.1, 0.3)
    assert list(shares_table(found)["Negative (% of the documents)"]) == [30.0, 30.0]
    many = overview(themes=[theme(f"term{number}") for number in range(20)])
    chart: Any = charts.shares(many.shares).to_dict()
    [rows] = chart["datasets"].values()
    assert {row["theme"] for row in rows} == {f"term{number}" for number in range(charts.MOST)}


def test_driver_says_whether_it_is_more_frequent():
    """With both shares in percent, and its documents."""
    found = overview().drivers
    assert list(found.table["Term"]) == ["kettle", "tea"]
    assert list(found.table["Frequency"]) == ["higher", "lower"]
    assert list(found.table["Share"]) == pytest.approx([40.0, 5.0])
    assert list(found.table["Share compared with"]) == pytest.approx([10.0, 30.0])
    assert found.documents[1][0]["id"] == "with tea"


def test_emerging_term_has_counts_and_probability():
    """With the time since which it is compared, and the false-discovery rate."""
    found = overview()
    assert found.emerging.table.to_dict("records") == [
        {"Term": "tram", "Documents": 8, "Expected": 1.5, "Probability": 0.0002}
    ]
    assert found.emerging.documents[0][0]["id"] == "new tram"
    since = "Compared with 70 documents since 2026-05-12 00:00:00 UTC"
    assert theme_texts.since_text(found).startswith(since)
    assert "at most 5%" in theme_texts.discoveries(found)


@pytest.mark.parametrize(
    ("against", "name", "is_earlier"),
    [
        ("previous", "the 2 days before", True),
        ("week", "the week before", True),
        ("source:a:b", "the source a:b", False),
        ("sentiment:MIXED", "the sentiment Mixed", False),
    ],
)
def test_comparison_is_named(against, name, is_earlier):
    """With its number of documents and its times."""
    found = overview(against)
    assert (found.against.name, found.against.is_earlier) == (name, is_earlier)
    assert theme_texts.compared_text(found) == (
        f"Compared with {name}: 20 documents from 2026-05-17 00:00:00 UTC to"
        " 2026-05-19 00:00:00 UTC."
    )


def test_choices_leave_out_what_the_filters_have():
    """Earlier periods, other sources, other sentiments; a chosen source stays."""
    assert choices(Filters(), ["forum"], PREVIOUS)[:3] == ["previous", "week", "source:forum"]
    filters = Filters(source="forum", sentiment="MIXED")
    offered = choices(filters, ["forum", "shop"], "sentiment:MIXED")
    assert offered[2:] == [
        "source:shop",
        "sentiment:POSITIVE",
        "sentiment:NEUTRAL",
        "sentiment:NEGATIVE",
        "sentiment:UNSCORED",
    ]
    assert "source:past" in choices(filters, ["shop"], "source:past")
    assert "source:forum" not in choices(filters, ["forum"], "source:forum")


def test_choices_have_labels():
    """The name of a source as it is."""
    labels = [choice_label(one) for one in ("previous", "week", "source:x", "sentiment:MIXED")]
    assert labels == ["The period before", "The week before", "Source x", "Sentiment Mixed"]


def test_sample_is_named():
    """How many documents were read, of how many; also of those compared with."""
    assert theme_texts.read_text(overview()) == "10 documents were read. 2 of them have no theme."
    found = overview(
        period=period(19, 21, 12_345, complete=False, positive=4_000),
        against=period(17, 19, 9_000, complete=False, positive=4_000),
        emerging=emerging("tram", documents=8_000, complete=False),
    )
    assert "of a sample: 4,000 documents of about 12,345" in theme_texts.read_text(found)
    assert "a sample of about 9,000 documents" in theme_texts.compared_text(found)
    assert "a sample of about 8,000 documents" in theme_texts.since_text(found)


def test_parts_with_content_need_no_reason():
    """No text says that a part is empty."""
    found = overview()
    assert theme_texts.no_documents(found, Filters()) == ""
    assert theme_texts.no_theme(found) == ""
    assert theme_texts.no_driver(found) == ""
    assert theme_texts.nothing_new(found) == ""


def test_empty_parts_have_a_reason():
    """Documents without a theme, no driver, and nothing new."""
    found = overview(themes=[], drivers=[], emerging=emerging())
    assert "at least three documents that share a term" in theme_texts.no_theme(found)
    assert "than in the 2 days before" in theme_texts.no_driver(found)
    assert "twice as frequent" in theme_texts.nothing_new(found)
    assert found.themes.table.empty
    assert shares_table(found).empty


def test_nothing_to_compare_with_is_a_reason():
    """Another one than that nothing differs."""
    none = period(17, 19, 0, **NO_SCORE)
    found = overview("source:shop", against=none, drivers=[], emerging=emerging(documents=0))
    assert "no documents to compare with in the source shop" in theme_texts.no_driver(found)
    assert theme_texts.other_comparison(found) == "Choose another comparison."
    assert theme_texts.other_comparison(overview()) == ""
    assert "no term can be new" in theme_texts.nothing_new(found)


def test_period_without_documents_has_a_reason():
    """The filters, if there are any."""
    found = overview(
        period=period(19, 21, 0, **NO_SCORE),
        themes=[],
        without_theme=counts(**NO_SCORE),
        drivers=[],
        emerging=emerging(),
    )
    assert "This period has no documents" in theme_texts.no_documents(found, Filters())
    assert "these filters" in theme_texts.no_documents(found, Filters(source="forum"))


def test_origin_of_a_document_names_its_author():
    """If it has one; with source, time, sentiment and id."""
    assert theme_texts.origin(document("d1")) == (
        "2026-05-20 10:00:00 UTC, Negative (-0.50), id d1, source forum, author ann"
    )
    assert "no author" in theme_texts.origin(document("d1", author=None))


@pytest.mark.parametrize(
    ("error", "kind"), [(ApiFailed(503, "oops", "HTTP 503: oops"), "failed"), (KeyError(), None)]
)
def test_failed_request_is_a_service_error(error, kind):
    """Also one whose response lacks a part."""
    with pytest.raises(ServiceError) as raised:
        overview(error=error)
    assert raised.value.kind == (kind or "unreadable")
