"""Documents without a score on both frontends: a part of their own, and in no mean or share."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data import engines, explore, live, messages, sources
from dashboard.data.filters import Filters
from echostream.domain.codec import scored_to_wire
from echostream.domain.model import LABELS
from tests.builders import scored
from tests.unit.dashboard.site_modules import node, page

NOW = datetime(2026, 5, 20, 12, 30, tzinfo=UTC)
GERMAN = {"unscored": "unsupported_language", "language": "de-AT"}
EMPTY = dict.fromkeys(("positive", "negative", "neutral", "mixed"), 0)


def bucket(hour, unscored, mean=None, **numbers):
    """Counts of an hour as /stats returns them."""
    counts = {**EMPTY, **numbers}
    total = sum(counts.values()) + unscored
    start = f"2026-05-20T{hour:02}:00:00Z"
    return {"start": start, **counts, "unscored": unscored, "total": total, "mean_compound": mean}


BUCKETS = [bucket(8, 6), bucket(9, 1, 0.5, positive=2), bucket(10, 0, -0.5, negative=1)]


class Api:
    """Hours with and without scores, and a document of each."""

    def stats(self, **_: Any) -> dict[str, Any]:
        of_source = bucket(0, 7, 0.1667, positive=2, negative=1)
        of_other = bucket(0, 4)
        named = [{**of_source, "source": "shop"}, {**of_other, "source": "laden"}]
        return {"buckets": BUCKETS, "sources": named, "other_sources": None, "counted_to": None}

    def query(self, **_: Any) -> dict[str, Any]:
        good = scored_to_wire(scored("a", compound=0.5))
        return {"documents": [good, {**good, "id": "b", **GERMAN, "compound": 0}], "cursor": None}


def test_labels_are_those_of_the_api():
    """With a name and a colour each; UNSCORED is last, so it is the end of a bar."""
    assert set(messages.LABELS) == set(LABELS)
    assert list(messages.LABELS)[-1] == "UNSCORED"


def test_colour_contrasts_with_light_and_dark_backgrounds():
    """At least 3:1, as WCAG 2 asks of graphics."""

    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    grey = luminance(messages.COLOURS["UNSCORED"])
    for background in ("#ffffff", "#0e1117"):
        low, high = sorted((grey, luminance(background)))
        assert (high + 0.05) / (low + 0.05) >= 3


def test_numbers_leave_out_what_has_no_score():
    """Shares and mean are those of the three documents with a score, of ten."""
    overview = live.load(Api(), Filters("Last 24 hours"), NOW)  # type: ignore[arg-type]
    numbers = overview.numbers
    assert (numbers.total, numbers.scored, numbers.unscored) == (10, 3, 7)
    assert numbers.mean == pytest.approx(0.5 / 3)
    by_hour = overview.over_time.set_index(overview.over_time["start"].dt.hour)
    assert (by_hour["unscored"][8], math.isnan(by_hour["mean_compound"][8])) == (6, True)
    table = live.as_table(overview.over_time, "hour")
    assert list(table["Not scored"]) == [0, 1, 6]
    chosen = live.load(Api(), Filters(sentiment="UNSCORED"), NOW)  # type: ignore[arg-type]
    assert (chosen.numbers.documents, chosen.over_time["total"].sum()) == (7, 7)


def test_nothing_with_a_score_has_no_mean():
    """And no share."""
    numbers = live.numbers(live.counts(BUCKETS[:1]), None)
    assert (numbers.scored, numbers.mean) == (0, None)


def test_documents_name_the_language_in_place_of_a_score():
    """In lists, in an open document, and in what is exported."""
    newest = live.load(Api(), Filters(), NOW).newest  # type: ignore[arg-type]
    assert list(newest["sentiment"]) == ["Positive", "Not scored: German"]
    assert [math.isnan(one) for one in newest["compound"]] == [False, True]
    document = Api().query()["documents"][1]
    fields = explore.fields(document).set_index("Field")["Value"]
    assert (fields["Sentiment"], fields["Score"]) == ("Not scored: German", "–")  # noqa: RUF001
    assert list(explore.engine_scores(document)["Sentiment"]) == ["Not scored: German"]
    assert messages.sentiment_name({**document, "language": "und"}) == "Not scored"


def test_sources_show_the_share_without_a_score():
    """Of all documents; the shares of sentiments are those of the documents with a score."""
    compared = sources.compare(Api(), Filters(), ("shop",), NOW)  # type: ignore[arg-type]
    table = sources.as_table(compared.all_sources).set_index("Source")
    assert table.loc["shop", "Positive"] == pytest.approx(100 * 2 / 3)
    assert table.loc["shop", "Not scored"] == pytest.approx(70)
    assert table.loc["laden", "Not scored"] == 100
    assert table["Mean score"].isna().tolist() == [False, True]
    shares = sources.shares(compared.all_sources).set_index("source")
    assert shares[live.COUNTS].sum(axis=1).tolist() == [1.0, 1.0]


def test_engines_page_says_that_vader_does_not_know_german():
    """No score of an English word list."""
    result = engines._vader("Die App ist leider super schlecht, nie wieder")
    assert result.failure.startswith("Not scored: German.")
    assert engines._vader("This is great").sentiment == "POSITIVE"


def test_engines_are_not_compared_on_a_document_without_a_score():
    """VADER has none."""
    german = {**scored_to_wire(scored("a")), **GERMAN}
    german["others"] = [{**german, "engine": "comprehend", "unscored": None}]
    assert engines.scored_by_both([german]).empty
    assert len(engines.scored_by_both([{**german, "unscored": None}])) == 1


@node
def test_page_leaves_out_what_has_no_score():
    """The same numbers as the dashboard, and a dash without a mean."""
    span = "{from: new Date('2026-05-20T08:00Z'), to: null, bucket: 'hour'}"
    filled = f"filters.fill({BUCKETS!r}, {span}, new Date('2026-05-20T11:00Z'))"
    filled = filled.replace("None", "null")
    sums = page(f"filters.total({filled})")
    assert (sums["total"], sums["UNSCORED"]) == (10, 7)
    assert sums["mean"] == pytest.approx(0.5 / 3)
    assert page(f"filters.total({filled}.slice(0, 1)).mean") is None
    assert page("formatting.score(null)") == "–"  # noqa: RUF001


@node
@pytest.mark.parametrize(
    ("language", "name"),
    [('"de-AT"', "Not scored: German"), ('"und"', "Not scored"), ("null", "Not scored")],
)
def test_page_names_the_language(language, name):
    """Where the dashboard does."""
    assert page(f"documents.unscoredName({language})") == name
