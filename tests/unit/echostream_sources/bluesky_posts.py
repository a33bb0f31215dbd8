"""Events of posts, and a source of them."""

from datetime import datetime, timedelta
from typing import Any

from echostream_sources.bluesky import Bluesky
from echostream_sources.kinds import open_source
from echostream_sources.settings import Settings
from echostream_sources.source import Fetched
from tests.builders import NOW
from tests.unit.echostream_sources.services.bluesky import BlueskyService, Event, commit, record

BUDGET = 500
AT = NOW - timedelta(seconds=100)
"""When the events begin."""


def opened(service: BlueskyService, **values: str) -> Bluesky:
    source = open_source("bluesky", Settings({**service.settings, **values}, allows_private=True))
    assert isinstance(source, Bluesky)
    return source


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def post(seconds: float, rkey: str = "", **fields: Any) -> Event:
    """The event of a post some seconds after the first one, with that text."""
    at = after(seconds)
    return commit(at, rkey or f"3k{seconds}", record(at, f"post {seconds}", **fields))


def texts(fetched: Fetched) -> list[str]:
    return [one["text"] for one in fetched.documents]
