"""An API for the page Compare: `GET /stats` by source and time, and `GET /themes`."""

from datetime import datetime, timedelta

from echostream.domain.codec import time_to_wire
from tests.unit.dashboard import theme_responses
from tests.unit.dashboard.theme_responses import counts, driver, period, response, theme

DRIVERS = [driver("kettle", 4.2, 0.4, 0.1), driver("tea", -3.1, 0.05, 0.3)]


def hour(start, **numbers):
    return {"start": start, **counts(**numbers)}


class Api(theme_responses.Api):
    """Counts of hours by source; a request without a source gets those of all sources.

    An hour is in a response if the period of the request touches it. `stats_calls` are the
    parameters of all requests.
    """

    def __init__(self, hours, error=None, **changes):
        super().__init__(error)
        self.hours = hours
        self.response = response(**changes)
        self.other_sources = None
        self.stats_calls = []

    def stats(self, **parameters):
        self.stats_calls.append(parameters)
        source = parameters.get("source")
        names = [source] if source else list(self.hours)
        buckets = [
            one for name in names for one in self.hours.get(name, []) if within(one, parameters)
        ]
        return {
            "buckets": sorted(buckets, key=lambda one: one["start"]),
            "sources": [{"source": name, **counts(positive=1)} for name in self.hours],
            "other_sources": self.other_sources,
            "counted_to": "2026-05-21T00:00:00.5Z",
        }


def within(one, parameters):
    start = datetime.fromisoformat(one["start"])
    is_before = parameters["to"] is not None and one["start"] >= parameters["to"]
    return time_to_wire(start + timedelta(hours=1)) > parameters["from"] and not is_before


def nothing(start, end):
    """A side of `GET /themes` without documents."""
    return period(start, end, 0, mean_compound=None)


def only_of_a(*terms):
    """A theme that side B cannot have: it has no documents."""
    return theme(*terms, share_before=None, effect=None)
