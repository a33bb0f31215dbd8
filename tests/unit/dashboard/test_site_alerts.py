"""The page's panel of alerts: what it says about a response."""

import json
from typing import Any

import pytest

from dashboard.data import alert_texts
from dashboard.data import alerts as dashboard_alerts
from tests.unit.dashboard.alert_responses import Api, alert, alerts
from tests.unit.dashboard.site_modules import node, page
from tests.unit.dashboard.test_alerts import NOW

pytestmark = node
WATCHED = "Hours are compared up to 20 May 2026, 23:00:00 UTC. The newest hour follows 10 minutes"


def said(function, content):
    """What a function of the page says about a response, or about an alert."""
    return page(f"alerts.{function}({json.dumps(content)})")


def test_alerts_have_a_hint_and_the_time_of_the_last_comparison():
    """And say that there are more, if there are."""
    assert said("aboutAlerts", alerts(alert())).startswith(
        f"Choose an alert to see the documents of its hours and its source. {WATCHED}"
    )
    more = said("aboutAlerts", alerts(alert(), complete=False))
    assert "The period has more alerts. These are the newest 5. Hours are compared" in more


def test_period_without_alerts_has_a_reason():
    """With the number of its days."""
    about = said("aboutAlerts", alerts())
    assert about.startswith("There is no alert in the last 7 days: no compared hour")
    assert WATCHED in about


def test_both_frontends_say_that_no_hour_was_compared():
    """Only the dashboard names a command."""
    api: Any = Api(alerts(watched_to=None))
    text = alert_texts.no_alert(dashboard_alerts.load(api, NOW))
    about = said("aboutAlerts", alerts(watched_to=None))
    assert f"{about} `make alerts` compares them now." == text


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("2026-05-20T10:00:00Z", "20 May, 10:00 to 20 May, 14:00 UTC"),
        ("2026-05-20T22:00:00Z", "20 May, 22:00 to 21 May, 02:00 UTC"),
    ],
)
def test_period_of_an_alert_is_named(start, text):
    """In UTC, in whole hours."""
    assert said("periodText", alert(start)) == text


def test_response_without_alerts_is_not_readable():
    """An empty list is."""
    assert said("isReadable", alerts())
    assert not said("isReadable", {"surprise": []})
