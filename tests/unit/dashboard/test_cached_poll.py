"""The last good answer and its age, while a service is well, slow or down."""

import itertools
import threading
from datetime import UTC, datetime

import pytest

from dashboard.data import cached_poll as module
from dashboard.data.cached_poll import EVERY, LONGEST, CachedPoll
from dashboard.data.errors import ServiceError


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds

    def now(self):
        return datetime.fromtimestamp(self.seconds, UTC)


class Service:
    """Returns the number of the call, or raises `error`."""

    def __init__(self):
        self.calls = 0
        self.error = None

    def __call__(self):
        self.calls += 1
        if self.error:
            raise self.error
        return self.calls


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def poll(clock):
    return CachedPoll(clock, clock.now)


def test_young_answer_is_not_fetched_again(poll, clock):
    """Between two refreshes there is no call; the next refresh makes one."""
    service = Service()
    assert poll.get("q", service).answer == 1
    clock.seconds += EVERY - 2
    assert poll.get("q", service).answer == 1
    clock.seconds += 2
    assert poll.get("q", service).answer == 2


def test_page_names_its_own_interval(poll, clock):
    """An answer that is younger is not fetched again, even if it is older than the default."""
    service = Service()
    assert poll.get("q", service, every=60).answer == 1
    clock.seconds += 58
    assert poll.get("q", service, every=60).answer == 1
    clock.seconds += 2
    assert poll.get("q", service, every=60).answer == 2


def test_answer_that_is_not_awaited_comes_later(poll):
    """The page goes on without it, and fetches it once."""
    is_open, service = threading.Event(), Service()

    def fetch():
        is_open.wait(10)
        return service()

    first = poll.get("q", fetch, is_awaited=False)
    assert (first.answer, first.error, first.is_late) == (None, None, True)
    is_open.set()
    assert poll.get("q", fetch).answer == 1
    assert poll.get("q", fetch, is_awaited=False).answer == 1


def test_last_answer_stays_after_an_error(poll, clock):
    """With its time, its age and the error, until there is a newer answer."""
    service = Service()
    first = poll.get("q", service)
    service.error = ServiceError("failed", status=500)
    clock.seconds += 30
    snapshot = poll.get("q", service)
    assert (snapshot.answer, snapshot.as_of, snapshot.age) == (1, first.as_of, 30)
    assert snapshot.error is service.error
    service.error = None
    clock.seconds += 30
    snapshot = poll.get("q", service)
    assert (snapshot.answer, snapshot.age, snapshot.error) == (3, 0, None)


def test_another_query_starts_over(poll):
    """The answer to the previous query is not shown."""
    assert poll.get("q", Service()).answer == 1
    service = Service()
    service.error = ServiceError("unreachable")
    snapshot = poll.get("other", service)
    assert snapshot.answer is None
    assert snapshot.error.kind == "unreachable"


def test_poll_waits_as_long_as_the_service_requires(poll, clock):
    """A busy service names the seconds until the next call."""
    service = Service()
    service.error = ServiceError("busy", wait=30)
    poll.get("q", service)
    clock.seconds += 29
    poll.get("q", service)
    assert service.calls == 1
    clock.seconds += 2
    poll.get("q", service)
    assert service.calls == 2


def test_waits_between_failures_double_up_to_a_minute(poll, clock):
    """A page that refreshes each second calls a failing service less and less often."""
    service = Service()
    service.error = ServiceError("failed")
    times = []
    for _ in range(300):
        calls = service.calls
        poll.get("q", service)
        if service.calls > calls:
            times.append(clock.seconds)
        clock.seconds += 1
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert waits == [EVERY, EVERY, 9, 17, 33, LONGEST + 1, LONGEST + 1, LONGEST + 1]


def test_ended_session_is_not_fetched_again(poll, clock):
    """There is no call until the next sign-in."""
    service = Service()
    service.error = ServiceError("ended")
    poll.get("q", service)
    clock.seconds += 1000
    poll.get("q", service)
    assert service.calls == 1
    service.error = None
    poll.refresh()
    assert poll.get("q", service).answer == 2


def test_error_of_a_former_session_is_dropped(poll, clock, monkeypatch):
    """A request that began before the new sign-in does not report that the session has ended."""
    monkeypatch.setattr(module, "NEXT", 0.01)
    may_end, may_answer = threading.Event(), threading.Event()

    def ended():
        may_end.wait(20)
        raise ServiceError("ended")

    def slow():
        may_answer.wait(20)
        return "new"

    poll.get("q", Service())
    poll.refresh()
    assert poll.get("q", ended).is_late
    poll.clear_error()
    may_end.set()
    clock.seconds += EVERY
    snapshot = poll.get("q", slow)
    assert (snapshot.answer, snapshot.error, snapshot.is_late) == (1, None, True)
    may_answer.set()
    monkeypatch.setattr(module, "NEXT", 20)
    assert poll.get("q", slow).answer == "new"


def test_new_session_keeps_the_loaded_documents(poll):
    """After another sign-in the page shows all of them, also those of later pages."""
    service = Service()
    poll.get("q", service, hold=True)
    poll.replace("all of it")
    poll.clear_error()
    assert poll.get("q", service, hold=True).answer == "all of it"


def test_held_answer_stays_until_refresh(poll, clock):
    """A page that does not refresh by itself keeps its answer, also a replaced one."""
    service = Service()
    poll.get("q", service, hold=True)
    poll.replace(10)
    clock.seconds += 1000
    assert poll.get("q", service, hold=True).answer == 10
    poll.refresh()
    assert poll.get("q", service, hold=True).answer == 2


def test_slow_service_does_not_block_the_page(poll, clock, monkeypatch):
    """The last answer is shown meanwhile; a later call returns the new one."""
    monkeypatch.setattr(module, "NEXT", 0.01)
    poll.get("q", Service())
    may_answer, has_answered = threading.Event(), threading.Event()

    def slow():
        may_answer.wait(20)
        has_answered.set()
        return "late"

    clock.seconds += EVERY
    snapshot = poll.get("q", slow)
    assert (snapshot.answer, snapshot.is_late) == (1, True)
    may_answer.set()
    assert has_answered.wait(20)
    monkeypatch.setattr(module, "NEXT", 20)
    assert poll.get("q", slow).answer == "late"


def test_unexpected_exception_is_raised(poll):
    """Only a `ServiceError` wait_until the error of a snapshot."""

    def fetch():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        poll.get("q", fetch)
