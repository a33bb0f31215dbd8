"""The page Compare in Streamlit's AppTest, with an API that returns small responses."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import components
from dashboard.data.compare_sides import OWN, PERIODS, SOURCES
from echostream.domain.codec import time_to_wire
from echostream.domain.model import hour_of
from echostream_client.api import ApiFailed
from tests.unit.dashboard import theme_pages
from tests.unit.dashboard.compare_responses import Api, hour, nothing
from tests.unit.dashboard.theme_pages import texts
from tests.unit.dashboard.theme_responses import document, driver

ODD = "**shop** <b>x</b> [y](http://z) $a$ :red[b]"
RENDERED = ("markdown", "caption", "subheader", "header", "info", "error", "warning")
"""Elements of AppTest whose text is Markdown."""


def api_of(**changes):
    """Two sources had documents in the last hours, and one of them three days ago."""
    now = datetime.now(UTC)
    past, recent, last = (time_to_wire(hour_of(now - timedelta(hours=back))) for back in (72, 2, 1))
    hours = {
        "forum": [hour(past, positive=1), hour(recent, positive=3, mean_compound=0.5)],
        ODD: [hour(last, negative=1, mean_compound=-0.5)],
    }
    return Api(hours, **changes)


def page_of(api):
    return theme_pages.page_of(api, "compare")


def choose_sources(page):
    page.radio(key="compare.kind").set_value(SOURCES).run()
    assert not page.exception
    return page


def headers(page):
    return [header.value.replace("\\", "") for header in page.header]


def test_periods_are_shown_side_by_side():
    """Numbers, the table of the chart, the terms of both sides, and themes."""
    page = page_of(api_of())
    assert page.radio(key="compare.kind").value == PERIODS
    assert headers(page) == [
        "A: The period",
        "B: The period before",
        "Numbers",
        "Over time",
        "Terms",
        "Themes of side A on both sides",
    ]
    assert page.dataframe[0].value.loc[0].tolist() == ["Documents", "4", "1", "+3"]
    first_columns = [frame.value.iloc[:, 0].tolist() for frame in page.dataframe[2:]]
    assert first_columns == [["kettle"], ["tea"], ["kettle, water, lid, heat", "tram"]]
    assert "Counted up to" in texts(page.caption)
    assert not page.info


def test_sources_are_shown_side_by_side():
    """The two largest at first; side B cannot have the source of side A; one request for each."""
    api = api_of()
    page = choose_sources(page_of(api))
    assert headers(page)[:2] == ["A: forum", f"B: {ODD}"]
    assert (api.parameters["source"], api.parameters["against"]) == ("forum", f"source:{ODD}")
    assert page.selectbox(key="compare.source.B").options == [ODD]
    page.selectbox(key="compare.source.A").select(ODD).run()
    assert not page.exception
    assert headers(page)[:2] == [f"A: {ODD}", "B: forum"]
    calls = api.calls, len(api.stats_calls)
    page.run()
    assert (api.calls, len(api.stats_calls)) == calls


def test_one_source_cannot_be_compared():
    """The page says so, and what to do."""
    api = api_of()
    del api.hours[ODD]
    page = choose_sources(page_of(api))
    assert "this period has 1 source. Choose a longer period" in page.info[0].value
    assert not page.dataframe


def test_own_period_needs_a_start_and_another_time():
    """A warning without them, and no request."""
    api = api_of()
    page = page_of(api)
    calls = api.calls
    page.selectbox(key="compare.against").select(OWN).run()
    assert "Choose when the period begins." in page.warning[0].value
    page.session_state["compare.begin"] = datetime.now(UTC).replace(tzinfo=None) - timedelta(2)
    page.run()
    assert "Both sides are the same period." in page.warning[0].value
    assert api.calls == calls
    page.session_state["compare.begin"] -= timedelta(1)
    page.run()
    assert not page.exception
    assert "The periods overlap" in texts(page.info).replace("\\", "")
    assert api.calls == calls + 1


def test_sentiment_has_no_mean_score_over_time():
    """The page says that shares and the mean score cover all sentiments."""
    page = page_of(api_of())
    page.selectbox(key="filter.sentiment").select("POSITIVE").run()
    assert not page.exception
    assert page.radio[-1].options == ["Documents"]
    assert "Shares and the mean score cover all sentiments." in texts(page.caption)


def test_empty_sides_say_why():
    """Without documents there are no parts but the reasons."""
    api = Api({}, period=nothing(19, 21), against=nothing(17, 19), themes=[], drivers=[])
    page = page_of(api)
    assert len(page.info) == 2
    assert all("has no documents" in info.value for info in page.info)
    assert not page.dataframe
    page = choose_sources(page)
    assert "this period has 0 sources" in page.info[0].value


def test_texts_of_others_are_not_rendered(monkeypatch):
    """Sources, terms and documents: neither Markdown nor HTML."""
    monkeypatch.setattr(components, "choose_row", lambda *_: 0)
    examples = {"examples": [document(ODD, text=ODD, author=ODD, source=ODD)]}
    drivers = [driver(ODD, z, 0.4, 0.1) | examples for z in (3.0, -3.0)]
    api = api_of(drivers=drivers, against=nothing(17, 19))
    page = choose_sources(page_of(api))
    api.hours[ODD] = []
    page.session_state["poll.compare"].refresh()
    page.run()
    rendered = "\n".join(texts(getattr(page, kind)) for kind in RENDERED)
    rendered = re.sub(r"\\.", "", rendered)  # without what is escaped
    assert all(part not in rendered for part in ("**shop", "<b>", "[y](", "$a$", ":red["))
    assert texts(page.text).count(ODD) >= 2
    assert "has no documents" in texts(page.info)


@pytest.mark.parametrize("part", ["themes", "stats"])
def test_failed_request_is_an_error(part, monkeypatch):
    """The page says what failed, and offers to try again."""

    def fail(*_, **__):
        raise ApiFailed(503, "oops", "HTTP 503: oops")

    api = api_of()
    monkeypatch.setattr(api, part, fail)
    page = page_of(api)
    assert "HTTP 503" in page.error[0].value
    assert "Try again" in [button.label for button in page.button]
    page = choose_sources(page)
    assert "HTTP 503" in page.error[0].value
