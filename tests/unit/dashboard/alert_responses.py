"""Small responses of `GET /alerts`, and an API that returns them."""

from datetime import UTC, datetime, timedelta

from echostream.domain.codec import time_to_wire
from tests.unit.dashboard import theme_responses
from tests.unit.dashboard.destination_responses import Destinations
from tests.unit.dashboard.theme_responses import document, returned

VOLUME = {"metric": "volume", "value": 88, "expected": 41.0, "deviations": 5.3}
SENTIMENT = {"metric": "sentiment", "value": -0.45, "expected": 0.14, "deviations": -8.1}


def alert(hour="2026-05-20T10:00:00Z", hours=4, source="demo", terms=(), **changed):
    """An alert of some hours from `hour` on; `changed` are its parts that differ."""
    start = datetime.fromisoformat(hour)
    kind = "theme" if terms else "source" if source else "all"
    changes = changed.pop("changes", [VOLUME, SENTIMENT])
    return {
        "id": f"{start:%Y-%m-%dT%H}#{kind}:{source}",
        "subject": {"kind": kind, "source": source, "terms": list(terms)},
        "from": hour,
        "to": time_to_wire(start + timedelta(hours=hours)),
        "changes": [{**change, "hour": hour} for change in changes],
        "text": "x",
        "noticed_at": time_to_wire(start + timedelta(minutes=70)),
        **changed,
    }


def recent_alert(hours_ago, **changes):
    """An alert of one hour, which ended some hours ago."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_ago)
    return alert(time_to_wire(end - timedelta(hours=1)), hours=1, **changes)


def alerts(*found, complete=True, watched_to="2026-05-20T23:00:00Z"):
    return {"alerts": list(found), "complete": complete, "watched_to": watched_to}


class Api(theme_responses.Api, Destinations):
    """Returns alerts, themes, documents and destinations.

    `alerts_response` may be an error, which is raised.
    """

    def __init__(self, response=None, documents=None, **changes):
        theme_responses.Api.__init__(self, **changes)
        Destinations.__init__(self)
        self.alerts_response = alerts(alert()) if response is None else response
        self.documents = [document("d1")] if documents is None else documents
        self.alerts_calls = []

    def alerts(self, **parameters):
        self.alerts_calls.append(parameters)
        return returned(self.alerts_response)

    def query(self, **parameters):
        self.query_parameters = parameters
        return {"documents": self.documents, "cursor": None}
