"""The producer: which sources it reads, what it sends, and when the cursor moves."""

from datetime import timedelta

import pytest

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.domain.codec import time_to_wire
from echostream.domain.errors import BadRequest, Conflict, TryAgain
from echostream.domain.live_sources import (
    CLAIM,
    LONGEST_BACKOFF,
    MAX_ERROR,
    LiveSource,
)
from echostream_sources.producer import Producer, SendFailed
from echostream_sources.settings import BadSetting
from echostream_sources.source import Fetched, SourceFailed
from tests.aws import client, mock_table
from tests.builders import NOW
from tests.unit.echostream_cli.filled_table import create_table

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def dynamodb():
    with mock_table():
        create_table(client("dynamodb"), "table")
        yield client("dynamodb")


class Script:
    """A source whose reads are given; errors among them are raised."""

    def __init__(self, *reads):
        self.reads = list(reads)
        self.calls = []

    def fetch(self, cursor, budget, now):
        self.calls.append((cursor, budget))
        read = self.reads.pop(0) if self.reads else Fetched([], cursor)
        if isinstance(read, BaseException):
            raise read
        return read


class World:
    """A producer of a table, on a clock that tests move. `sources` are scripts by name."""

    def __init__(self, dynamodb, tenant):
        self.now = NOW
        self.tenant = tenant
        self.sources = {}
        self.sent = []
        self.refuse = []
        self.store = DynamoDBLiveSources(dynamodb, "table", lambda: self.now)
        self.producer = Producer(self.store, self._open, self._send, lambda: self.now)

    def add(self, name, *reads, interval=MINUTE, budget=1000, tenant=None):
        self.sources[name] = Script(*reads)
        owner = tenant or self.tenant
        source = LiveSource(owner, name, "rss", {"feed": "x"}, interval, budget, self.now)
        self.store.add(source)
        return self.sources[name]

    def _open(self, source):
        opened = self.sources[source.name]
        if isinstance(opened, Exception):
            raise opened
        return opened

    def _send(self, tenant, documents):
        if self.refuse:
            raise self.refuse.pop(0)
        self.sent += [(tenant, one["id"]) for one in documents]
        return {"accepted": len(documents)}

    def run(self, seconds=900.0):
        self.producer.run(lambda: seconds)
        return self

    def tick(self, step=MINUTE):
        self.now += step
        return self.run()

    def listed(self, name):
        return next(one for one in self.store.all(self.tenant) if one.source.name == name)

    def progress(self, name):
        return self.listed(name).progress

    def cursors(self, name):
        return [cursor for cursor, _ in self.sources[name].calls]


@pytest.fixture
def world(dynamodb, request):
    made = World(dynamodb, f"t{abs(hash(request.node.name)) % 10**9}")
    yield made
    for listed in made.store.all():
        made.store.remove(listed.source)


def documents(*names, at=NOW):
    return [{"id": name, "text": name, "created_at": time_to_wire(at)} for name in names]


def fetched(*names, at=1, **options):
    return Fetched(documents(*names), {"at": at}, **options)


def test_source_is_read_again_after_its_interval(world):
    """From where the last read ended, by any process; its documents are sent as its tenant."""
    world.add("news", fetched("a", "b"), fetched("c", at=2), interval=5 * MINUTE)
    world.run()
    for _ in range(6):
        world.tick()
    assert world.cursors("news") == [{}, {"at": 1}]
    assert world.sent == [(world.tenant, name) for name in "abc"]
    progress = world.progress("news")
    assert (progress.totals, progress.taken) == ({"accepted": 3}, 3)
    assert (progress.newest_at, progress.succeeded_at) == (NOW, NOW + 5 * MINUTE)


def test_more_documents_are_read_in_the_next_run(world):
    """Without waiting for the interval."""
    world.add("news", fetched("a", has_more=True), fetched("b", at=2), interval=60 * MINUTE)
    world.run().tick()
    assert [name for _, name in world.sent] == ["a", "b"]


@pytest.mark.parametrize(
    "failure", [SendFailed("down"), SourceFailed("down"), BadSetting("x: y"), TryAgain("secrets")]
)
def test_cursor_moves_only_when_documents_are_accepted(world, failure):
    """A failure repeats the read, later and later."""
    script = world.add("news", fetched("a"), fetched("a"), fetched("b", at=2))
    world.run()
    if isinstance(failure, SendFailed):
        world.refuse = [failure]
    else:
        script.reads.insert(0, failure)
    world.tick()
    assert world.progress("news").failures == 1
    assert world.progress("news").error == str(failure)
    world.tick()
    assert world.cursors("news") == [{}, {"at": 1}, {"at": 1}]
    assert (world.progress("news").failures, world.progress("news").error) == (0, "")


def test_failing_source_is_read_less_often_and_stops_no_other(world):
    """The wait doubles up to a limit, or is what the service asks for, in later processes too."""
    world.add("bad", *[SourceFailed("x" * 999)] * 6, SourceFailed("slow", 3600.0))
    world.add("good")
    waits = []
    for _ in range(7):
        world.run()
        waits.append(world.progress("bad").due_at - world.now)
        world.now = world.progress("bad").due_at
    assert waits == [
        *(MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, LONGEST_BACKOFF, LONGEST_BACKOFF),
        60 * MINUTE,
    ]
    assert len(world.cursors("good")) == 7
    assert world.progress("bad").error == "slow"


def test_unexpected_error_of_a_source_stops_no_other(world):
    """A fault in its code: its name is stored, as an error of the source."""
    world.add("bad", RuntimeError("secret of a library"))
    world.add("good", fetched("a"))
    world.run()
    assert world.progress("bad").error == "RuntimeError: see the producer's log"
    assert world.progress("bad").failures == 1
    assert [name for _, name in world.sent] == ["a"]


def test_error_is_cut(world):
    world.add("bad", SourceFailed("x" * 9_999))
    assert len(world.run().progress("bad").error) == MAX_ERROR


def test_documents_of_any_age_are_sent(world):
    """A feed's first read may bring its archive; a document without a time is new."""
    old = documents("old", at=NOW - 10 * YEAR)
    new = [{"id": "new", "text": "x"}]
    world.add("news", Fetched([*old, *new], {"at": 1}, may_miss=True, without_text=2, unmatched=3))
    world.run().tick()
    assert [name for _, name in world.sent] == ["old", "new"]
    assert world.cursors("news")[1] == {"at": 1}
    assert world.progress("news").totals == {
        "accepted": 2,
        "gaps": 1,
        "without_text": 2,
        "unmatched": 3,
    }


def test_budget_of_a_day(world):
    """A read may bring what is left of it; the next one is on the next day."""
    script = world.add("news", fetched("a", "b"), fetched("c", at=2), fetched("d", at=3), budget=3)
    world.run().tick()
    assert [budget for _, budget in script.calls] == [3, 1]
    for _ in range(3):
        world.tick(60 * MINUTE)
    assert len(script.calls) == 2
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    assert world.progress("news").due_at == midnight
    world.now = midnight
    world.run()
    assert script.calls[2] == ({"at": 2}, 3)
    assert world.progress("news").taken == 1


def test_paused_source_is_not_read(world):
    """It goes on from where it was."""
    world.add("news", fetched("a"))
    world.run()
    world.store.pause(world.listed("news").source)
    assert world.listed("news").state == "paused"
    world.tick().tick()
    assert len(world.cursors("news")) == 1
    world.store.resume(world.listed("news"), world.now)
    world.tick()
    assert world.cursors("news") == [{}, {"at": 1}]


def test_resumed_source_is_read_at_once(world):
    """One that waits after a failure for hours."""
    world.add("news", SourceFailed("down", 7200.0), fetched("a"))
    world.run()
    assert world.listed("news").state == "failing"
    world.store.resume(world.listed("news"), world.now)
    world.tick()
    assert world.sent == [(world.tenant, "a")]
    assert world.listed("news").state == "ok"


def test_removed_source_is_neither_paused_nor_resumed(world):
    world.add("news")
    listed = world.listed("news")
    assert listed.state == "new"
    world.store.remove(listed.source)
    with pytest.raises(Conflict, match="name: news was removed meanwhile"):
        world.store.pause(listed.source)
    with pytest.raises(Conflict, match="removed"):
        world.store.resume(listed, world.now)
    assert list(world.store.all(world.tenant)) == []


def test_two_runs_do_not_read_a_source_at_once(world):
    """The second one leaves it to the first one; after a crash another one reads it."""
    script = world.add("news")
    [listed] = world.store.all(world.tenant)

    class Dead(BaseException):
        pass

    def fetch(cursor, budget, now):
        world.run()
        raise Dead

    script.fetch = fetch
    with pytest.raises(Dead):
        world.run()
    assert script.calls == []
    del script.fetch
    world.tick()
    assert script.calls == []
    world.tick(CLAIM)
    assert len(script.calls) == 1
    assert listed.progress.version == 0


def test_late_result_does_not_replace_a_newer_one(world):
    """A read that took longer than its claim: another run has stored its progress."""
    world.add("news", fetched("a"))
    [listed] = world.store.all(world.tenant)
    world.run()
    assert world.store.save(listed.source, listed.progress) is None
    assert world.progress("news").totals == {"accepted": 1}


def test_result_of_a_removed_source_is_dropped(world):
    """A source that is added again under its name starts without the cursor of the former one."""
    world.add("news", fetched("a"))
    [listed] = world.store.all(world.tenant)
    world.run()
    world.store.remove(listed.source)
    world.store.remove(listed.source)
    assert world.store.save(listed.source, listed.progress, {"at": 7}) is None
    assert list(world.store.all(world.tenant)) == []
    world.now += MINUTE
    script = world.add("news")
    world.run()
    assert script.calls == [({}, 500)]


def test_clock_that_was_ahead_does_not_stop_a_source(world):
    """A run with a clock of next year; the clock is right again."""
    script = world.add("news")
    world.now += timedelta(days=365)
    world.run()
    world.now = NOW + MINUTE
    world.run()
    assert len(script.calls) == 2
    assert world.progress("news").due_at == NOW + 2 * MINUTE


def test_run_ends_in_time(world):
    """The source that waits longest is read first."""
    world.add("later")
    world.run()
    world.add("first")
    world.now += 2 * MINUTE
    left = iter([900.0, 10.0])
    world.producer.run(lambda: next(left))
    assert (len(world.cursors("later")), len(world.cursors("first"))) == (1, 1)


def test_sources_of_tenants_are_apart(world):
    """The same name for two tenants, one whose name begins with that of the other."""
    world.add("news", fetched("a"))
    world.add("other", fetched("b"), tenant="globex")
    world.add("third", tenant=f"{world.tenant}x")
    world.run()
    assert sorted(world.sent) == sorted([(world.tenant, "a"), ("globex", "b")])
    assert [one.source.name for one in world.store.all(world.tenant)] == ["news"]
    assert sorted(one.source.name for one in world.store.all()) == ["news", "other", "third"]


def test_second_source_of_a_name_is_refused(world):
    world.add("news")
    with pytest.raises(Conflict, match="has a source news already"):
        world.add("news")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": ""}, "name: must have 1 to 63"),
        ({"name": "a#b"}, "name: must"),
        ({"interval": timedelta(seconds=59)}, "interval: must be 60 to 86400 seconds"),
        ({"interval": timedelta(days=2)}, "interval: must"),
        ({"budget": 0}, "budget: must be 1 to"),
    ],
)
def test_invalid_source_is_refused(world, values, message):
    valid = {"name": "news", "interval": MINUTE, "budget": 1}
    with pytest.raises(BadRequest, match=message):
        world.store.add(
            LiveSource(tenant="t", kind="rss", settings={}, added_at=NOW, **{**valid, **values})
        )


def test_cursor_that_is_too_large_is_an_error_of_its_source(world):
    """A service with very long ids; the others are read."""
    world.add("bad", Fetched(documents("a"), {"seen": "x" * 400_000}))
    world.add("good", fetched("b"))
    world.run()
    assert "400,0" in world.progress("bad").error
    assert [name for _, name in world.sent] == ["b"]
