"""What the dashboard shows, asked from the query API as the demo user."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from echostream.client import ApiClient, ApiFailed, SignInFailed
from echostream.codec import time_to_wire
from localstack.outputs import api, outputs
from localstack.settings import SandboxError, load_running

PERIODS = {
    "Last hour": timedelta(hours=1),
    "Last 24 hours": timedelta(hours=24),
    "Last 48 hours": timedelta(hours=48),
    "Last 7 days": timedelta(days=7),
    "All that is kept": None,
}
SENTIMENTS = ("POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED")
NEWEST = 100
HOURLY_UP_TO = timedelta(days=4)
"""Longer periods are shown by day."""

TIME_COLUMNS = ["start", "total", *(name.lower() for name in SENTIMENTS), "mean_compound"]
DOCUMENT_COLUMNS = ["created_at", "sentiment", "compound", "source", "author", "text", "engine"]


class NothingToShow(Exception):
    """The API could not be asked. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the viewer chose; None means all."""

    period: timedelta | None
    source: str | None = None
    sentiment: str | None = None

    @property
    def bucket(self) -> str:
        return "hour" if self.period and self.period <= HOURLY_UP_TO else "day"


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at the data. `over_time` has TIME_COLUMNS, `newest` DOCUMENT_COLUMNS."""

    as_of: datetime
    over_time: pd.DataFrame
    newest: pd.DataFrame
    sources: list[str]


@st.cache_resource(ttl=600)
def client() -> ApiClient:
    """The API, connected to once for all viewers; `client.clear()` forgets it."""
    return connect()


def connect() -> ApiClient:
    """The API of the sandbox that runs here. Raises `NothingToShow`."""
    try:
        settings = load_running()
        return api(settings, outputs(settings))
    except SandboxError as error:
        raise NothingToShow(str(error)) from error


def look(client: ApiClient, filters: Filters) -> Picture:
    """Ask for everything that the page shows. Raises `NothingToShow`."""
    now = datetime.now(UTC)
    start = time_to_wire(now - filters.period) if filters.period else None
    with asking():
        stats = client.stats(**{"from": start}, source=filters.source, bucket=filters.bucket)
        found = client.query(
            **{"from": start}, source=filters.source, sentiment=filters.sentiment, limit=NEWEST
        )
    over_time = pd.DataFrame(stats["buckets"], columns=TIME_COLUMNS)
    newest = pd.DataFrame(found["documents"], columns=DOCUMENT_COLUMNS)
    over_time["start"] = pd.to_datetime(over_time["start"], utc=True, format="ISO8601")
    newest["author"] = newest["author"].fillna("")
    newest["created_at"] = pd.to_datetime(newest["created_at"], utc=True, format="ISO8601")
    sources = [counted["source"] for counted in stats["sources"]]
    return Picture(now, only_sentiment(over_time, filters.sentiment), newest, sources)


@contextmanager
def asking() -> Iterator[None]:
    """Turns what may go wrong between here and the API into `NothingToShow`."""
    try:
        yield
    except SignInFailed as error:
        raise NothingToShow(f"{error}. After `make reset`, reload this page.") from error
    except ApiFailed as error:
        raise NothingToShow(f"The API gave no answer ({error}). Is it up? `make status`") from error


def only_sentiment(over_time: pd.DataFrame, sentiment: str | None) -> pd.DataFrame:
    """Counts with every other sentiment at zero; unchanged where none is chosen.

    The mean compound is of all sentiments, so it is left out then.
    """
    if sentiment is None:
        return over_time
    shown = over_time.copy()
    for name in SENTIMENTS:
        if name != sentiment:
            shown[name.lower()] = 0
    shown["total"] = shown[sentiment.lower()]
    shown["mean_compound"] = float("nan")
    return shown[shown["total"] > 0]
