"""How far the counts are, in the words of both frontends."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.charts import sources as charts
from dashboard.data import sources
from dashboard.data.counted import TOLERANCE, Counted, counted, counted_now
from dashboard.data.messages import TEXTS
from echostream.domain.codec import time_to_wire
from tests.unit.dashboard.site_modules import node, page
from tests.unit.dashboard.test_live import NOW, Api, bucket, compare, load

BUCKETS = [bucket("2026-05-20T08:00:00Z", positive=3, mean=0.5)]
OTHERS = bucket("", neutral=6)
BEHIND, NOT_NAMED = TEXTS["counts_behind"], TEXTS["source_not_named"]


def document(seconds):
    """A document that was scored some seconds after NOW, without the fields of no interest."""
    return {"enriched_at": time_to_wire(NOW + timedelta(seconds=seconds))}


def stats(buckets, counted_to=NOW, others=None):
    to = counted_to and time_to_wire(counted_to)
    return {"buckets": buckets, "sources": [], "other_sources": others, "counted_to": to}


LATE = TOLERANCE.total_seconds() + 1
CASES = {
    "counted": (stats(BUCKETS), [document(-9)], "", ""),
    "within the tolerance": (stats(BUCKETS), [document(LATE - 2)], "", ""),
    "one is later": (stats(BUCKETS), [document(-9), document(LATE)], "", BEHIND),
    "no documents": (stats([]), [], "", ""),
    "no counts": (stats([]), [document(-9)], "forum", BEHIND),
    "nothing counted": (stats([], None), [document(-9)], "", BEHIND),
    "restored documents": (stats(BUCKETS, None), [document(-9)], "", ""),
    "source of no name": (stats([], NOW, OTHERS), [document(-9)], "forum", NOT_NAMED),
    "source with a name": (stats(BUCKETS, NOW, OTHERS), [document(LATE)], "forum", BEHIND),
}


@pytest.mark.parametrize("case", CASES)
def test_missing_documents_are_explained(case):
    """Documents that were scored later than the counts, or whose source has no counts."""
    response, documents, source, note = CASES[case]
    assert counted(response, documents, source or None).missing == note


@node
def test_both_frontends_explain_missing_documents_alike():
    """The same text for the same responses; each has its own form of a time."""
    calls = [
        f"counted.countedText({json.dumps(response)}, {json.dumps(documents)}, '{source}')"
        for response, documents, source, _ in CASES.values()
    ]
    texts = page(f"[{', '.join(calls)}]")
    assert texts[0] == "Counted up to 20 May 2026, 12:30:00 UTC."
    assert [in_own_form(text) for text in texts] == [
        counted(response, documents, source or None).text
        for response, documents, source, _ in CASES.values()
    ]


def in_own_form(text):
    """A text of the page with the dashboard's form of the time."""
    return text.replace("20 May 2026, 12:30:00 UTC", "2026-05-20 12:30:00 UTC")


def test_text_names_the_time_of_the_counts():
    """With its date, because the last document can be old; without a time, the text says so."""
    assert Counted(NOW).text == "Counted up to 2026-05-20 12:30:00 UTC."
    assert Counted(NOW, BEHIND).text == f"Counted up to 2026-05-20 12:30:00 UTC. {BEHIND}"
    assert Counted(None).text == TEXTS["nothing_counted"]


def test_live_page_follows_the_counts():
    """A later `counted_to` with the same documents changes the text and the numbers."""
    before = load(Api([], [{**document(-3600), "sentiment": "POSITIVE"}], counted_to=None))
    assert before.counted == Counted(None, BEHIND)
    assert before.numbers.total == 0
    after = load(Api(None, [{**document(-3600), "sentiment": "POSITIVE"}]))
    assert after.counted == Counted(datetime(2026, 5, 20, 12, 0, 0, 500_000, UTC))
    assert after.numbers.total == 4


def test_health_compares_the_counts_with_the_newest_document():
    """Also if no document was counted in this hour."""
    api: Any = Api([])
    to = datetime(2026, 5, 20, 12, 0, 0, 500_000, UTC)
    late = to + TOLERANCE + timedelta(seconds=1)
    assert counted_now(api, to, NOW) == counted_now(api, None, NOW) == Counted(to)
    assert counted_now(api, late, NOW) == Counted(to, BEHIND)


def test_other_sources_are_the_last_row_and_bar():
    """Below more named sources than the chart shows; they cannot be chosen over time."""
    compared = compare(Api(other_sources=OTHERS))
    assert compared.has_other_sources
    table = sources.as_table(compared.all_sources)
    assert list(table["Source"]) == ["forum", "shop", "Other sources"]
    assert list(table["Documents"]) == [3, 1, 6]
    assert list(sources.shares(compared.all_sources, most=1)["source"]) == ["forum", ""]
    assert set(compared.over_time["source"]) == {"forum", "shop"}
    chart = charts.shares(sources.shares(compared.all_sources)).to_dict()
    assert "|| 'Other sources'" in chart["encoding"]["y"]["axis"]["labelExpr"]


def test_source_of_the_name_of_the_others_has_its_own_row():
    """Also in the chart, where the others have no name."""

    class SameName(Api):
        def stats(self, source=None, **_):
            named = {**bucket("", positive=3), "source": "Other sources"}
            return {"buckets": [], "sources": [named], **self.more}

    compared = compare(SameName(other_sources=OTHERS))
    assert list(sources.shares(compared.all_sources)["source"]) == ["Other sources", ""]


def test_without_other_sources_no_row_is_added():
    """The reason is not shown either."""
    compared = compare(Api())
    assert not compared.has_other_sources
    assert list(sources.as_table(compared.all_sources)["Source"]) == ["forum", "shop"]
