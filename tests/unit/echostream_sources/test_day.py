"""A day of the producer's schedule at 1,000 posts an hour, against a server of each service."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module

import pytest

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.domain.live_sources import DEFAULT_INTERVAL, RUN_EVERY, LiveSource
from echostream_sources.kinds import open_source
from echostream_sources.producer import Producer
from echostream_sources.settings import Settings
from tests.aws import client, mock_table
from tests.builders import NOW
from tests.unit.echostream_cli.filled_table import create_table
from tests.unit.echostream_sources.services.bluesky import event
from tests.unit.echostream_sources.services.service import Posts

AN_HOUR = 1_000
"""Posts."""
DAY, INTERVAL = timedelta(days=1), timedelta(seconds=DEFAULT_INTERVAL)
LIMITS = {
    "hackernews": (10_000, timedelta(hours=1)),
    "reddit": (1_000, timedelta(minutes=10)),
    "mastodon": (300, timedelta(minutes=5)),
    "rss": (12, timedelta(hours=1)),
    "bluesky": (12, timedelta(hours=1)),
}
"""Requests in a period at most. The first three are in the documentation of Algolia's HN search
(for an address), of Reddit's API (100 a minute on average, for a client), of Mastodon's API (for an
account). Feeds and Jetstream document none: a request for each interval."""


@dataclass
class Growing(Posts):
    """The posts of the last hour, to which time adds others."""

    now: datetime = NOW
    step: timedelta = timedelta(hours=1) / AN_HOUR

    def items(self) -> list[tuple[int, datetime, str]]:
        last = int((self.now - self.start) / self.step)
        first = max(0, last - AN_HOUR + 1)
        return [(n, self.start + n * self.step, f"post {n}") for n in range(first, last + 1)]


class Day:
    """A producer with one source, on a clock that goes from run to run."""

    def __init__(self, kind, service):
        self.now, self.kind, self.service = NOW, kind, service
        self.sent, self.requests = [], []
        service.posts = Growing(start=NOW)
        self.settings = Settings(service.settings, service.secrets, allows_private=True)
        self.store = DynamoDBLiveSources(client("dynamodb"), "table", lambda: self.now)
        self.store.add(LiveSource("acme", kind, kind, service.settings, INTERVAL, 100_000, NOW))
        self.producer = Producer(self.store, self._open, self._send, lambda: self.now)

    def _open(self, _):
        return open_source(self.kind, self.settings)

    def _send(self, _, documents):
        self.sent += [one["id"] for one in documents]
        return {"accepted": len(documents)}

    def run(self):
        """Run until the day ends; how far the source is then."""
        while self.now < NOW + DAY:
            self._prepare()
            before = self._number()
            self.producer.run(lambda: 300.0)
            self.requests.append((self.now, self._number() - before))
            [listed] = self.store.all()
            assert listed.progress.error == ""
            due = max(listed.progress.due_at, self.now + RUN_EVERY)
            self.now = NOW + RUN_EVERY * -(-(due - NOW) // RUN_EVERY)
        return listed.progress

    def _prepare(self):
        self.service.posts.now = self.now
        if self.kind == "bluesky":  # a read ends with an event of its own time
            self.service.shown = None
            self.service.live = [event(self.now, "account", account={"active": True})]
        if self.kind in ("reddit", "mastodon"):
            self.service.left = LIMITS[self.kind][0]

    def _number(self):
        is_websocket = self.kind == "bluesky"
        return len(self.service.queries if is_websocket else self.service.server.requests)

    def most_requests(self, period):
        """The most requests in a period of this length."""
        window: deque[tuple[datetime, int]] = deque()
        most = 0
        for at, number in self.requests:
            window.append((at, number))
            while window[0][0] <= at - period:
                window.popleft()
            most = max(most, sum(number for _, number in window))
        return most


@pytest.mark.parametrize("kind", LIMITS)
def test_day_of_schedule_stays_within_the_limits_of_the_service(kind):
    """Each post is sent once, and none is missed."""
    module = import_module(f"tests.unit.echostream_sources.services.{kind}")
    with mock_table(), module.service() as service:
        create_table(client("dynamodb"), "table")
        day = Day(kind, service)
        progress = day.run()
    largest, period = LIMITS[kind]
    assert 1 <= day.most_requests(period) <= largest
    assert len(day.requests) == DAY / INTERVAL
    written = int((DAY - INTERVAL) / service.posts.step) + 1
    assert len(day.sent) == len(set(day.sent)) == progress.totals["accepted"] == written
    assert progress.totals.keys() == {"accepted"}
