"""The response of `GET /alerts`."""

import pytest

from echostream.domain.alerts.alert import Alert, Subject
from echostream.domain.alerts.deviations import HOUR, Deviation, Metric
from echostream.domain.errors import BadRequest
from echostream.entrypoints.alert_requests import alerts_response
from tests.builders import NOW
from tests.memory_alerts import MemoryAlerts

TENANT = "acme"
HOUR_START = NOW.replace(minute=0)


SHOP = Subject("shop")


def alert(hours_ago, subject=SHOP):
    """An alert of one hour, with both changes."""
    hour = HOUR_START - HOUR * hours_ago
    changes = (
        Deviation(hour, Metric.VOLUME, 412, 130.5, 9.04),
        Deviation(hour, Metric.SENTIMENT, -0.345678, 0.1, -7.0),
    )
    return Alert(subject, hour, hour + 2 * HOUR, changes, hour + HOUR)


@pytest.fixture
def log():
    return MemoryAlerts()


def response(log, **parameters):
    names = {name.replace("start", "from"): value for name, value in parameters.items()}
    return alerts_response(log, TENANT, names, NOW)


def test_alert_has_its_hours_and_changes(log):
    """With the numbers rounded, and a text for people."""
    log.save(TENANT, alert(2))
    log.mark_watched(TENANT, HOUR_START)
    assert response(log) == {
        "alerts": [
            {
                "id": "2026-05-20T10#source:shop",
                "subject": {"kind": "source", "source": "shop", "terms": []},
                "from": "2026-05-20T10:00:00Z",
                "to": "2026-05-20T12:00:00Z",
                "changes": [
                    {
                        "metric": "volume",
                        "hour": "2026-05-20T10:00:00Z",
                        "value": 412,
                        "expected": 130.5,
                        "deviations": 9.0,
                    },
                    {
                        "metric": "sentiment",
                        "hour": "2026-05-20T10:00:00Z",
                        "value": -0.3457,
                        "expected": 0.1,
                        "deviations": -7.0,
                    },
                ],
                "text": "Source shop: 412 documents in an hour, about 131 expected;"
                " mean score -0.35, about +0.10 expected (within 2 hours)",
                "noticed_at": "2026-05-20T11:00:00Z",
            }
        ],
        "complete": True,
        "watched_to": "2026-05-20T12:00:00Z",
    }


def test_before_the_first_comparison_the_response_is_empty(log):
    """`watched_to` says that nothing was compared."""
    assert response(log) == {"alerts": [], "complete": True, "watched_to": None}


@pytest.mark.parametrize(
    ("subject", "kind"),
    [(Subject(), "all"), (Subject("a#b"), "source"), (Subject(terms=("battery", "case")), "theme")],
)
def test_kind_of_a_subject(log, subject, kind):
    """All documents, those of a source, or those with a theme."""
    log.save(TENANT, alert(2, subject))
    [found] = response(log)["alerts"]
    assert found["subject"]["kind"] == kind


def test_period_is_that_of_the_last_30_days(log):
    """Older alerts are found by their time, for a year."""
    old = 24 * 40
    for hours in (1, 24 * 29, old):
        log.save(TENANT, alert(hours))
    starts = [one["from"] for one in response(log)["alerts"]]
    assert starts == ["2026-05-20T11:00:00Z", "2026-04-21T12:00:00Z"]
    before = response(log, start="2026-01-01T00:00:00Z", to="2026-04-20T00:00:00Z")["alerts"]
    assert [one["from"] for one in before] == ["2026-04-10T12:00:00Z"]
    assert response(log, to="2025-01-01T00:00:00Z")["alerts"] == []


def test_limit_cuts_the_list(log):
    """The newest stay, and the response says that there are more."""
    for hours in range(1, 4):
        log.save(TENANT, alert(hours))
    found = response(log, limit="2")
    assert ([one["from"][11:13] for one in found["alerts"]], found["complete"]) == (
        ["11", "10"],
        False,
    )
    assert response(log, limit="3")["complete"]


def test_source_selects_its_own_alerts(log):
    """Not those of all documents, nor of another source."""
    for subject in (Subject(), Subject("shop"), Subject("forum")):
        log.save(TENANT, alert(2, subject))
    [found] = response(log, source="shop")["alerts"]
    assert found["subject"]["source"] == "shop"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"limit": "0"}, "limit: must be a whole number from 1 to 500"),
        ({"limit": "501"}, "limit: must be a whole number from 1 to 500"),
        ({"source": ""}, "source: must not be empty; leave it out for all sources"),
        ({"start": "yesterday"}, "from: must be"),
        ({"start": "2026-05-20T00:00:00Z", "to": "2026-05-19T00:00:00Z"}, "to: must be after from"),
        ({"sentiment": "NEGATIVE"}, "sentiment: unknown parameter"),
    ],
)
def test_bad_parameters_are_refused(log, parameters, message):
    """With the name of the parameter."""
    with pytest.raises(BadRequest, match=f"^{message}"):
        response(log, **parameters)


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_any_period_has_a_response(log, end):
    """Also before the first year in which alerts are stored, and in the far future."""
    assert response(log, to=end)["alerts"] == []
    assert response(log, start=end)["alerts"] == []
