"""The last good answer and its age: what a slow or dead service leaves on the screen."""

import threading
from datetime import UTC, datetime

import pytest

from dashboard import fresh as module
from dashboard.fresh import EVERY, LONGEST, Fresh
from dashboard.problem import Problem


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
def fresh(clock):
    return Fresh(clock, clock.now)


def test_a_young_answer_is_not_asked_for_again(fresh, clock):
    """A click between two refreshes costs no call; the next refresh does."""
    service = Service()
    assert fresh.look("q", service).answer == 1
    clock.seconds += EVERY - 2
    assert fresh.look("q", service).answer == 1
    clock.seconds += 2
    assert fresh.look("q", service).answer == 2


def test_what_was_seen_stays_with_its_age(fresh, clock):
    """With the reason, until there is a newer one."""
    service = Service()
    first = fresh.look("q", service)
    service.problem = Problem("failed", status=500)
    clock.seconds += 30
    seen = fresh.look("q", service)
    assert (seen.answer, seen.as_of, seen.age) == (1, first.as_of, 30)
    assert seen.problem is service.problem
    service.problem = None
    clock.seconds += 30
    seen = fresh.look("q", service)
    assert (seen.answer, seen.age, seen.problem) == (3, 0, None)


def test_another_question_begins_anew(fresh):
    """Nobody is shown the answer to what they asked before."""
    assert fresh.look("q", Service()).answer == 1
    service = Service()
    service.problem = Problem("unreachable")
    seen = fresh.look("other", service)
    assert seen.answer is None
    assert seen.problem.kind == "unreachable"


def test_failures_are_asked_about_less_and_less(fresh, clock):
    """As long as the service wants, and a minute at most."""
    service = Service()
    service.problem = Problem("busy", wait=30)
    fresh.look("q", service)
    clock.seconds += 29
    fresh.look("q", service)
    assert service.asked == 1
    clock.seconds += 2
    fresh.look("q", service)
    assert service.asked == 2
    service.problem = Problem("failed")
    for _ in range(9):
        clock.seconds += LONGEST + 1
        fresh.look("q", service)
    assert service.asked == 11


def test_an_ended_session_is_not_asked_again(fresh, clock):
    """Until somebody has signed in."""
    service = Service()
    service.problem = Problem("ended")
    fresh.look("q", service)
    clock.seconds += 1000
    fresh.look("q", service)
    assert service.asked == 1
    service.problem = None
    fresh.again()
    assert fresh.look("q", service).answer == 2


def test_what_was_wrong_ends_with_the_attempt(fresh, clock, monkeypatch):
    """Whoever signed in again, before a slow service, is not told that their session has ended."""
    monkeypatch.setattr(module, "NEXT", 0.01)
    may_end, may_answer = threading.Event(), threading.Event()

    def ended():
        may_end.wait(20)
        raise Problem("ended")

    def slow():
        may_answer.wait(20)
        return "new"

    fresh.look("q", Service())
    fresh.again()
    assert fresh.look("q", ended).is_late
    fresh.forgive()
    may_end.set()
    clock.seconds += EVERY
    seen = fresh.look("q", slow)
    assert (seen.answer, seen.problem, seen.is_late) == (1, None, True)
    may_answer.set()
    monkeypatch.setattr(module, "NEXT", 20)
    assert fresh.look("q", slow).answer == "new"


def test_another_session_keeps_what_was_loaded(fresh):
    """Whoever signs in again finds all of it, also what was loaded beyond the first answer."""
    service = Service()
    fresh.look("q", service, hold=True)
    fresh.keep("all of it")
    fresh.forgive()
    assert fresh.look("q", service, hold=True).answer == "all of it"


def test_held_until_asked_for(fresh, clock):
    """A page that does not refresh keeps its answer, also one with more in it."""
    service = Service()
    fresh.look("q", service, hold=True)
    fresh.keep(10)
    clock.seconds += 1000
    assert fresh.look("q", service, hold=True).answer == 10
    fresh.again()
    assert fresh.look("q", service, hold=True).answer == 2


def test_a_slow_service_does_not_hold_the_page(fresh, clock, monkeypatch):
    """What was seen is shown meanwhile; the answer is taken when it has come."""
    monkeypatch.setattr(module, "NEXT", 0.01)
    fresh.look("q", Service())
    may_answer, has_answered = threading.Event(), threading.Event()

    def slow():
        may_answer.wait(20)
        has_answered.set()
        return "late"

    clock.seconds += EVERY
    seen = fresh.look("q", slow)
    assert (seen.answer, seen.is_late) == (1, True)
    may_answer.set()
    has_answered.wait(20)
    monkeypatch.setattr(module, "NEXT", 20)
    assert fresh.look("q", slow).answer == "late"


def test_a_mistake_of_ours_is_not_hidden(fresh):
    """Only what is expected to fail is told as a problem."""

    def wrong():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fresh.look("q", wrong)
