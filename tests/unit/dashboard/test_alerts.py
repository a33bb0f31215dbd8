"""Alerts: the table of a response of the API, the texts about it, and the documents behind one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.data import alert_details, alert_texts, alerts
from dashboard.data.errors import ServiceError
from dashboard.data.messages import plain
from echostream_client.api import ApiFailed
from tests.unit.dashboard.alert_responses import SENTIMENT, VOLUME, Api, alert
from tests.unit.dashboard.alert_responses import alerts as response

NOW = datetime(2026, 5, 21, 9, 30, tzinfo=UTC)
HOSTILE = "**b** <script>alert(1)</script> [x](http://x)"


def load(answer=None, **changes):
    """What the page shows of a response."""
    api: Any = Api(response(alert(**changes)) if answer is None else answer)
    return alerts.load(api, NOW)


def row(**changes):
    """The row of an alert."""
    [found] = alerts.table(load(**changes).alerts).to_dict("records")
    return found


def details(api=None, **changes):
    """What the page shows of the hours of an alert, and the API that was asked."""
    api = api or Api()
    [one] = load(**changes).alerts
    return alert_details.load(api, one, NOW), api


def test_alerts_of_30_days_are_asked_of_the_api():
    """The newest 500 of them; the notice of the page Live needs fewer days."""
    api: Any = Api()
    alerts.load(api, NOW)
    alerts.load(api, NOW, alerts.RECENT_DAYS)
    assert api.alerts_calls == [
        {"from": "2026-04-21T09:30:00Z", "limit": 500},
        {"from": "2026-05-14T09:30:00Z", "limit": 500},
    ]


def test_row_has_subject_numbers_and_largest_deviation():
    """Of an alert with more documents than expected, and a lower mean score."""
    assert row() == {
        "When (UTC)": "2026-05-20 10:00 to 14:00",
        "What": "Source demo",
        "Documents": 88.0,
        "Expected documents": 41.0,
        "Mean score": -0.45,
        "Expected mean score": 0.14,
        "How unusual": 8.1,
    }


def test_alert_over_midnight_has_two_dates():
    """So that the hours are clear."""
    assert row(hour="2026-05-19T22:00:00Z")["When (UTC)"] == "2026-05-19 22:00 to 2026-05-20 02:00"


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ({"source": None}, "All sources"),
        ({"source": None, "terms": ["kettle", "lid"]}, "Theme kettle, lid"),
        ({"source": HOSTILE}, f"Source {HOSTILE}"),
    ],
    ids=["all", "theme", "hostile source"],
)
def test_subject_is_named(subject, name):
    """All sources, a source unchanged, or the terms of a theme."""
    assert row(**subject)["What"] == name


def test_usual_metric_is_empty():
    """An alert about the mean score has no documents, and the other way round."""
    mean, volume = row(changes=[SENTIMENT]), row(changes=[VOLUME])
    assert mean["Documents"] != mean["Documents"]  # NaN
    assert (mean["Mean score"], mean["How unusual"]) == (-0.45, 8.1)
    assert volume["Expected mean score"] != volume["Expected mean score"]
    assert (volume["Documents"], volume["How unusual"]) == (88.0, 5.3)


def test_unknown_metric_changes_only_the_deviation():
    """A metric that the API has later is no error; an alert without any has no number."""
    found = row(changes=[VOLUME, {**VOLUME, "metric": "length", "deviations": -9.0}])
    assert (found["Documents"], found["How unusual"]) == (88.0, 9.0)
    assert row(changes=[])["How unusual"] != row(changes=[])["How unusual"]


def test_time_of_the_last_comparison_is_named():
    """With the delay of the newest hour."""
    found = load(response())
    assert alert_texts.watched_text(found) == (
        "Hours are compared up to 2026-05-20 23:00:00 UTC. The newest hour follows 10 minutes"
        " after its end."
    )
    assert "no alert in the last 30 days" in alert_texts.no_alert(found)
    assert alerts.table(found.alerts).empty


def test_tenant_that_was_never_compared_has_a_reason():
    """Another one than that nothing was unusual."""
    found = load(response(watched_to=None))
    assert alert_texts.watched_text(found) == ""
    assert alert_texts.no_alert(found) == (
        "No hour was compared yet. Hours are compared each hour at 10 minutes past."
        " `make alerts` compares them now."
    )


def test_missing_alerts_are_named():
    """If the period has more than the API returns."""
    assert alert_texts.more_text(load()) == ""
    assert "These are the newest 500." in alert_texts.more_text(load(response(complete=False)))
    assert alert_texts.no_alert(load()) == ""


def test_alert_is_recent_for_a_day_after_its_end():
    """However long ago it began."""
    ended = {
        "one": alert("2026-05-21T08:00:00Z", hours=1),
        "long": alert("2026-05-18T10:00:00Z", hours=48),
        "old": alert("2026-05-20T08:00:00Z", hours=1),
    }
    found = alerts.recent(load(response(*ended.values())), NOW)
    assert [one.id for one in found] == [ended["one"]["id"], ended["long"]["id"]]


def test_notice_has_a_line_for_each_of_three_alerts():
    """One line says how many others there are; the text of the API is escaped as Markdown."""
    found = load(response(*[alert(text=HOSTILE)] * 5)).alerts
    lines = alert_texts.notice_lines(found)
    assert lines == [f"2026-05-20 10:00 to 14:00 UTC: {HOSTILE}"] * 3 + ["and 2 other alerts"]
    assert alert_texts.notice_lines(found[:3]) == lines[:3]
    assert alert_texts.notice_lines([]) == []
    assert "<" not in plain(lines[0]).replace("\\<", "")


def test_documents_are_those_of_the_hours_and_the_source():
    """The drivers are compared with the week before, the documents have the worse sentiment."""
    found, api = details()
    period = {"from": "2026-05-20T10:00:00Z", "to": "2026-05-20T14:00:00Z", "source": "demo"}
    assert api.parameters == {**period, "sentiment": None, "against": "week", "mask": None}
    assert api.query_parameters == {**period, "sentiment": "NEGATIVE", "limit": 20, "cursor": None}
    assert [one["id"] for one in found.documents] == ["d1"]
    assert list(found.overview.drivers.table["Term"]) == ["kettle", "tea"]
    assert alert_texts.no_details(found) == ""
    assert "sentiment Negative, at most 20" in alert_texts.documents_text(found)


@pytest.mark.parametrize(
    ("changes", "sentiment"),
    [
        ([{**SENTIMENT, "value": 0.5}], "POSITIVE"),
        ([SENTIMENT], "NEGATIVE"),
        ([VOLUME], None),
    ],
)
def test_sentiment_is_that_of_the_direction(changes, sentiment):
    """All documents, if the mean score is usual."""
    found, api = details(changes=changes)
    assert api.query_parameters["sentiment"] == found.sentiment == sentiment
    assert ("with the sentiment" in alert_texts.documents_text(found)) == bool(sentiment)


def test_documents_of_a_theme_are_not_selected():
    """The page says that they are all documents of the hours."""
    [one] = load(terms=["kettle"], source=None).alerts
    assert "all of the hours" in alert_texts.theme_text(one)
    assert alert_texts.theme_text(load().alerts[0]) == ""


def test_hours_without_documents_have_a_reason():
    """Such as those of a source that fell silent; another one, if only the sentiment is missing."""
    some, _ = details(Api(documents=[]))
    assert alert_texts.no_details(some) == ""
    assert "has the sentiment Negative" in alert_texts.documents_text(some)
    empty = {**Api().response["period"], "total": 0, "documents": 0}
    none, _ = details(Api(documents=[], period=empty, drivers=[]))
    assert "There are no documents of these hours" in alert_texts.no_details(none)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ApiFailed(503, "oops", "HTTP 503: oops"), "failed"),
        (ApiFailed(403, "role_needed", "no"), "role_needed"),
        ({"surprise": []}, "unreadable"),
        (response({**alert(), "from": "yesterday"}), "unreadable"),
    ],
)
def test_failed_request_is_a_service_error(answer, kind):
    """Also one whose response lacks a part, or has another form."""
    with pytest.raises(ServiceError) as raised:
        load(answer)
    assert raised.value.kind == kind


def test_failed_request_for_documents_is_a_service_error():
    """Of the themes as of the documents."""
    with pytest.raises(ServiceError):
        details(Api(error=ApiFailed(503, "oops", "HTTP 503: oops")))
