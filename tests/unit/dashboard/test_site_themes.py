"""The page's panel of themes: what it says about a response, and when it fetches one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data import theme_texts
from dashboard.data.filters import Filters
from dashboard.data.themes import Query, load
from tests.unit.dashboard.site_modules import node, page
from tests.unit.dashboard.theme_responses import (
    NO_SCORE,
    Api,
    driver,
    emerging,
    period,
    response,
    theme,
)

pytestmark = node
NOTHING: dict[str, Any] = {"themes": [], "drivers": [], "emerging": emerging()}
NO_EARLIER: dict[str, Any] = {
    "against": period(17, 19, 0, **NO_SCORE),
    "drivers": [],
    "emerging": emerging(documents=0),
}
POLL = """(async () => {
    let time = 0, number = 0;
    performance.now = () => time;
    const answer = async () => { number += 1; if (fails) throw { wait: fails }; return {}; };
    const seen = [];
    const one = new poll.Poll(answer, 60, {
        shown: () => seen.push("shown"), failed: () => seen.push("failed") });
    for (const [at, call] of calls) { time = 1000 * at; await one[call]({}); }
    return { number, seen, isCurrent: one.isCurrent };
})()"""


def said(function, content, *arguments):
    """What a function of the page says about a response."""
    values = ", ".join(json.dumps(value) for value in (content, *arguments))
    return page(f"themes.{function}({values})")


def polled(*calls, fails=0):
    """What a poll does in calls at some seconds, if a request fails with this time to wait."""
    values = f"const calls = {json.dumps(calls)}, fails = {fails};"
    return page(f"(() => {{ {values} return {POLL}; }})()")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        NOTHING,
        NO_EARLIER,
        {"period": period(19, 21, 12_345, complete=False, positive=4_000)},
        {"period": period(19, 21, 0, **NO_SCORE), **NOTHING},
    ],
    ids=["full", "nothing", "no earlier documents", "sample", "no documents"],
)
def test_both_frontends_say_the_same_about_themes(changes):
    """What was read, and why a part is empty; a line about chance only with listed terms."""
    api: Any = Api(**changes)
    overview = load(api, Query(Filters()), datetime(2026, 5, 21, tzinfo=UTC))
    content = json.dumps(response(**changes))
    names = ["readText", "noDocuments", "noTheme", "nothingNew", "noDriver", "discoveries"]
    texts = page(f"{json.dumps(names)}.map((name) => themes[name]({content}))")
    is_listed = not overview.drivers.table.empty or not overview.emerging.table.empty
    assert texts == [
        theme_texts.read_text(overview),
        theme_texts.no_documents(overview, Filters()),
        theme_texts.no_theme(overview),
        theme_texts.nothing_new(overview),
        theme_texts.no_driver(overview),
        theme_texts.discoveries(overview) if is_listed else "",
    ]


def test_period_without_documents_names_the_filters():
    """Only if there are any."""
    content = response(period=period(19, 21, 0, **NO_SCORE))
    assert "these filters" in said("noDocuments", content, True)
    assert "This period has no documents" in said("noDocuments", content, False)


def test_comparison_is_named():
    """With its times and number of documents; a sample is called one."""
    assert said("comparedText", response()) == (
        "Compared with the 2 days before: 20 documents from 17 May 2026, 00:00:00 UTC to"
        " 19 May 2026, 00:00:00 UTC."
    )
    sample = response(
        against=period(17, 19, 9_000, complete=False),
        emerging=emerging(documents=8_000, complete=False),
    )
    assert "a sample of about 9,000 documents" in said("comparedText", sample)
    assert "a sample of about 8,000 documents since 12 May 2026" in said("sinceText", sample)


@pytest.mark.parametrize(
    ("share", "before", "text"),
    [
        (0.4, 0.1, "30.0 percentage points more than before"),
        (0.1, 0.125, "2.5 percentage points less than before"),
        (0.1, 0.1004, "the same share as before"),
        (0.1, None, ""),
    ],
)
def test_change_of_a_theme_is_in_words(share, before, text):
    """More, less or the same; nothing without documents to compare with."""
    assert said("changeText", theme("kettle", share=share, share_before=before)) == text


def test_direction_of_a_term_is_in_words():
    """By the sign of its z score."""
    terms = [driver("kettle", 4.2, 0.4, 0.1), driver("tea", -3.1, 0.05, 0.3)]
    assert [said("directionText", one) for one in terms] == ["more frequent", "less frequent"]


def test_theme_is_named_by_its_best_terms():
    """At most four."""
    assert said("nameOf", response()["themes"][0]) == "kettle, water, lid, heat"


def listed(id_, **changes):
    """The elements of a list in the panel."""
    content = json.dumps(response(**changes))
    shown = f"theme_panel.showThemes({content}, {{ time: new Date() }})"
    return page(f"{shown} ?? fake.outline(document.getElementById({json.dumps(id_)}))")


@pytest.mark.parametrize(
    ("id_", "term", "facts"),
    [
        ("drivers", "kettle", ["more frequent", "40.0% of the documents", "10.0% before"]),
        ("emerging", "tram", ["8 documents", "1.5 expected"]),
    ],
)
def test_terms_open_their_documents(id_, term, facts):
    """With numbers and a direction in words."""
    _, (name, summary, documents) = listed(id_)[0]
    assert name == "details"
    assert summary == ["summary", ["bdi", term], ["span", *(["span", fact] for fact in facts)]]
    texts = {"drivers": "text of with kettle", "emerging": "text of new tram"}
    assert [one[2] for one in documents[1:]] == [["p", texts[id_]]]


def test_term_without_documents_has_nothing_to_open():
    """Its numbers are shown all the same."""
    bare = {**driver("tea", -3.1, 0.05, 0.3), "examples": []}
    _, (name, title, _) = listed("drivers", drivers=[bare])[0]
    assert (name, title) == ("p", ["bdi", "tea"])


def test_at_most_six_terms_are_listed():
    """Of those that changed, and of new ones."""
    many = [driver(f"term{number}", 3, 0.2, 0.1) for number in range(10)]
    assert len(listed("drivers", drivers=many)) == 6
    assert len(listed("emerging", emerging=emerging(*"abcdefgh"))) == 6


def test_hostile_terms_are_texts():
    """So are those of themes."""
    hostile = "<img src=x>"
    changes = {"themes": [theme(hostile)], "drivers": [driver(hostile, 4.2, 0.4, 0.1)]}
    for id_ in ("theme-list", "drivers", "emerging"):
        (_, (_, summary, _)), *_ = listed(id_, **changes, emerging=emerging(hostile))
        assert summary[1] == ["bdi", hostile]


def test_response_without_a_part_is_not_readable():
    """The parts are those that the panel shows."""
    assert said("isReadable", response())
    for name in ("period", "against", "themes", "drivers", "emerging"):
        assert not said("isReadable", {**response(), name: None})


def test_themes_of_the_same_filters_are_fetched_once_a_minute():
    """Other filters fetch at once."""
    assert polled([0, "load"], [5, "refresh"], [59, "refresh"])["number"] == 1
    assert polled([0, "load"], [5, "refresh"], [60, "refresh"], [65, "refresh"])["number"] == 2
    assert polled([0, "load"], [1, "load"], [2, "refresh"])["number"] == 2


def test_failed_request_is_repeated_after_a_minute():
    """Or after the time that the service asks to wait, if that is longer."""
    result = polled([0, "load"], [59, "refresh"], [61, "refresh"], fails=1)
    assert result == {"number": 2, "seen": ["failed", "failed"], "isCurrent": False}
    assert polled([0, "load"], [61, "refresh"], fails=90)["number"] == 1
    assert polled([0, "load"], [91, "refresh"], fails=90)["number"] == 2


def test_answer_to_previous_filters_is_dropped():
    """Themes are shown once, for the filters that were chosen last."""
    assert page("""(async () => {
        const seen = [], waiting = [];
        const request = (query) => new Promise((resolve) => waiting.push(() => resolve(query)));
        const one = new poll.Poll(request, 60, {
            shown: (answer) => seen.push(answer), failed: () => seen.push("failed") });
        const loads = [one.load("first"), one.load("second")];
        waiting.forEach((resolve) => resolve());
        await Promise.all(loads);
        return seen;
    })()""") == ["second"]
