"""The last good answer and its age: what a slow or dead service leaves on the screen."""

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
    """Answers one number more each time, unless it fails."""

    def __init__(self):
        self.asked = 0
        self.problem = None

    def __call__(self):
        self.asked += 1
        if self.problem:
            raise self.problem
        return self.asked


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def poll(clock):
    return CachedPoll(clock, clock.now)


def test_a_young_answer_is_not_asked_for_again(poll, clock):
    """A click between two refreshes costs no call; the next refresh does."""
    service = Service()
    assert poll.get("q", service).answer == 1
    clock.seconds += EVERY - 2
    assert poll.get("q", service).answer == 1
    clock.seconds += 2
    assert poll.get("q", service).answer == 2


def test_what_was_seen_stays_with_its_age(poll, clock):
    """With the reason, until there is a newer one."""
    service = Service()
    first = poll.get("q", service)
    service.problem = ServiceError("failed", status=500)
    clock.seconds += 30
    seen = poll.get("q", service)
    assert (seen.answer, seen.as_of, seen.age) == (1, first.as_of, 30)
    assert seen.error is service.problem
    service.problem = None
    clock.seconds += 30
    seen = poll.get("q", service)
    assert (seen.answer, seen.age, seen.error) == (3, 0, None)


def test_another_question_begins_anew(poll):
    """Nobody is shown the answer to what they asked before."""
    assert poll.get("q", Service()).answer == 1
    service = Service()
    service.problem = ServiceError("unreachable")
    seen = poll.get("other", service)
    assert seen.answer is None
    assert seen.error.kind == "unreachable"


def test_failures_are_asked_about_less_and_less(poll, clock):
    """As long as the service wants, and a minute at most."""
    service = Service()
    service.problem = ServiceError("busy", wait=30)
    poll.get("q", service)
    clock.seconds += 29
    poll.get("q", service)
    assert service.asked == 1
    clock.seconds += 2
    poll.get("q", service)
    assert service.asked == 2
    service.problem = ServiceError("failed")
    for _ in range(9):
        clock.seconds += LONGEST + 1
        poll.get("q", service)
    assert service.asked == 11


def test_an_ended_session_is_not_asked_again(poll, clock):
    """Until somebody has signed in."""
    service = Service()
    service.problem = ServiceError("ended")
    poll.get("q", service)
    clock.seconds += 1000
    poll.get("q", service)
    assert service.asked == 1
    service.problem = None
    poll.refresh()
    assert poll.get("q", service).answer == 2


def test_what_was_wrong_ends_with_the_attempt(poll, clock, monkeypatch):
    """Whoever signed in again, before a slow service, is not told that their session has ended."""
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
    seen = poll.get("q", slow)
    assert (seen.answer, seen.error, seen.is_late) == (1, None, True)
    may_answer.set()
    monkeypatch.setattr(module, "NEXT", 20)
    assert poll.get("q", slow).answer == "new"


def test_another_session_keeps_what_was_loaded(poll):
    """Whoever signs in again finds all of it, also what was loaded beyond the first answer."""
    service = Service()
    poll.get("q", service, hold=True)
    poll.replace("all of it")
    poll.clear_error()
    assert poll.get("q", service, hold=True).answer == "all of it"


def test_held_until_asked_for(poll, clock):
    """A page that does not refresh keeps its answer, also one with more in it."""
    service = Service()
    poll.get("q", service, hold=True)
    poll.replace(10)
    clock.seconds += 1000
    assert poll.get("q", service, hold=True).answer == 10
    poll.refresh()
    assert poll.get("q", service, hold=True).answer == 2


def test_a_slow_service_does_not_hold_the_page(poll, clock, monkeypatch):
    """What was seen is shown meanwhile; the answer is taken when it has come."""
    monkeypatch.setattr(module, "NEXT", 0.01)
    poll.get("q", Service())
    may_answer, has_answered = threading.Event(), threading.Event()

    def slow():
        may_answer.wait(20)
        has_answered.set()
        return "late"

    clock.seconds += EVERY
    seen = poll.get("q", slow)
    assert (seen.answer, seen.is_late) == (1, True)
    may_answer.set()
    has_answered.wait(20)
    monkeypatch.setattr(module, "NEXT", 20)
    assert poll.get("q", slow).answer == "late"


def test_a_mistake_of_ours_is_not_hidden(poll):
    """Only what is expected to fail is told as a problem."""

    def wrong():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        poll.get("q", wrong)
