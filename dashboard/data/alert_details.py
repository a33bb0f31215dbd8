"""The documents behind an alert, and the terms that drove it."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.data import live, themes
from dashboard.data.alerts import Alert
from dashboard.data.errors import translate_errors
from dashboard.data.filters import CUSTOM, Filters
from dashboard.data.themes import WEEK, Documents, Overview, Query
from echostream_client.api import ApiClient

NEWEST = 20
"""Documents that are shown."""


@dataclass(frozen=True, slots=True)
class Details:
    """The themes of the hours, compared with the week before, and the newest documents.

    The documents are those of `sentiment`, if there is one.
    """

    overview: Overview
    documents: Documents
    sentiment: str | None


def load(api: ApiClient, alert: Alert, now: datetime) -> Details:
    """Fetch what the page shows of an alert. Raises `ServiceError`."""
    filters = Filters(CUSTOM, alert.subject.source, None, alert.start, alert.end)
    sentiment = sentiment_of(alert)
    with translate_errors():
        overview = themes.load(api, Query(filters, WEEK), now)
        parameters = {**filters.span(now).parameters(), "source": filters.source}
        documents = live.newest(api, NEWEST, **parameters, sentiment=sentiment)
    return Details(overview, documents, sentiment)


def sentiment_of(alert: Alert) -> str | None:
    """The sentiment towards which the mean score moved; None if it is usual."""
    change = alert.sentiment
    if change is None:
        return None
    return "POSITIVE" if change.value > change.expected else "NEGATIVE"
