"""Paid calls within a budget of time and within caps: throttles, waits, concurrency."""

import random
import threading
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from echostream.adapters.comprehend import Comprehend
from echostream.adapters.paid_calls import MAX_CONCURRENT, MAX_SECONDS, PaidCalls, TimeBudget
from echostream.adapters.vader import Vader
from echostream.domain.cascade import Cascade
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.model import Document
from echostream.domain.spend import ALL_TENANTS, Reservations, SpendGuard
from echostream.entrypoints import wiring
from tests.builders import NOW
from tests.ledger_contract import MONTH
from tests.unit.echostream.fake_comprehend import FakeComprehend, client_error
from tests.unit.echostream.test_spend import LockedLedger

VADER = Vader()
ENGINES = {"comprehend": lambda paid: paid, "cascade": lambda paid: Cascade(VADER, paid)}
HOLA, HABARI, ENGLISH = 6, 3, 3
"""Units of a short text without language, of one in a language that has no score, of English."""


def document(text="hola", language=None):
    return Document("a", text, "x", NOW, language=language)


class Clock:
    """Seconds that pass in waits, and in calls of a `SlowComprehend`."""

    def __init__(self):
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


class SlowComprehend(FakeComprehend):
    """Each call takes some seconds of a clock."""

    def __init__(self, clock, seconds, *failures):
        super().__init__(*failures)
        self.clock = clock
        self.seconds = seconds

    def _respond(self, *arguments):
        self.clock.now += self.seconds
        return super()._respond(*arguments)


def engine(client, ledger=None, caps=(10_000, 100_000), *, clock=None, seconds=10.0):
    clock = clock or Clock()
    guard = SpendGuard(ledger or LockedLedger(), "acme", *caps)
    return Comprehend(PaidCalls(client, guard, lambda: seconds, clock.sleep, clock), VADER)


def spent(ledger):
    return ledger.spent("tenant#acme", MONTH), ledger.spent(ALL_TENANTS, MONTH)


def fallbacks(scores):
    return Counter(score.fallback for score in scores)


def texts_of(client, operation):
    return sum(len(request["TextList"]) for name, request in client.calls if name == operation)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("caps", "number"),
    [((300, 999), 50), ((999, 300), 50), ((290, 299), 48), ((6, 6), 1), ((5, 9), 0), ((9, 5), 0)],
)
def test_cap_pays_for_detection_and_score_of_the_same_documents(name, caps, number):
    """Of 560 documents without language as many are scored as the lower cap has units for."""
    ledger, client = LockedLedger(), FakeComprehend()
    paid = engine(client, ledger, caps)
    scores = ENGINES[name](paid).enrich([document()] * 560, NOW)
    assert fallbacks(scores) == Counter({None: number, "spend_cap": 560 - number})
    assert Counter(score.engine for score in scores)["comprehend"] == number
    assert texts_of(client, "language") == texts_of(client, "sentiment") == number
    assert spent(ledger) == (number * HOLA, number * HOLA)


def test_reached_cap_is_asked_a_few_times():
    """Not for each of 560 documents: what was refused to one is refused to all that need more."""
    ledger, refused = LockedLedger(), []
    guard = SpendGuard(ledger, "acme", 300, 300)

    class Counting:
        def reserve(self, units, now):
            is_granted = guard.reserve(units, now)
            refused.append(not is_granted)
            return is_granted

        release = guard.release

    paid: Any = PaidCalls(FakeComprehend(), Counting())  # type: ignore[arg-type]
    scores = Comprehend(paid, VADER).enrich([document()] * 560, NOW)
    assert fallbacks(scores) == Counter({None: 50, "spend_cap": 510})
    assert sum(refused) == 5  # 25 documents, 12, 6, 3, 1


def test_documents_with_a_language_are_paid_for_first():
    """They cost half, so that the cap scores more documents."""
    ledger, client = LockedLedger(), FakeComprehend()
    documents = [document()] * 30 + [document(language="en")] * 30
    scores = engine(client, ledger, (150, 999)).enrich(documents, NOW)
    assert [score.fallback for score in scores[30:]] == [None] * 30
    assert fallbacks(scores[:30]) == Counter({None: 10, "spend_cap": 20})
    assert spent(ledger) == (150, 150)


def test_units_of_a_language_without_scores_pay_for_the_next_documents():
    """Such a document costs its detection."""
    ledger, client = LockedLedger(), FakeComprehend()
    documents = [document("habari")] * 10 + [document()] * 20
    scores = engine(client, ledger, (999, 60)).enrich(documents, NOW)
    assert fallbacks(scores) == Counter({"unsupported_language": 10, None: 5, "spend_cap": 15})
    assert spent(ledger) == (60, 60) == (10 * HABARI + 5 * HOLA,) * 2


def test_detection_that_fails_releases_the_score_too():
    """Nothing stays reserved, whatever the reason."""
    ledger, client = LockedLedger(), FakeComprehend(*[client_error("AccessDeniedException")] * 9)
    scores = engine(client, ledger).enrich([document()] * 60, NOW)
    assert fallbacks(scores) == Counter({"comprehend_AccessDeniedException": 60})
    assert spent(ledger) == (0, 0)


def test_detection_without_a_response_is_paid_for_again():
    """AWS may charge for the lost one; the score is reserved once."""
    ledger = LockedLedger()
    client = FakeComprehend(ReadTimeoutError(endpoint_url="http://slow"))
    [score] = engine(client, ledger).enrich([document()], NOW)
    assert score.fallback is None
    assert spent(ledger) == (3 + HOLA, 3 + HOLA)


@pytest.mark.parametrize("caps", [(200, 999), (999, 200)])
def test_concurrent_requests_stay_within_the_cap(caps):
    """What is reserved is what was sent, and no more than the cap."""
    ledger, client = LockedLedger(), FakeComprehend()
    start = threading.Barrier(4)

    def send():
        start.wait(10)
        engine(client, ledger, caps).enrich([document()] * 60, NOW)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = 3 * (texts_of(client, "language") + texts_of(client, "sentiment"))
    assert spent(ledger) == (sent, sent)
    assert 0 < sent <= 200


def test_crash_between_reservation_and_call_costs_units_of_the_cap():
    """They are lost, and the next request gets the rest."""
    ledger, client = LockedLedger(), FakeComprehend()
    crashed = Reservations(SpendGuard(ledger, "acme", 300, 300), NOW)
    assert crashed.hold(dict.fromkeys(range(25), HOLA))
    scores = engine(client, ledger, (300, 300)).enrich([document()] * 60, NOW)
    assert fallbacks(scores) == Counter({None: 25, "spend_cap": 35})
    assert spent(ledger) == (300, 300)


def test_error_of_the_ledger_releases_what_was_reserved():
    """The request is repeated, and pays again."""

    class Ledger(LockedLedger):
        calls = 0

        def reserve(self, *arguments, **options):
            self.calls += 1
            if self.calls == 3:
                raise TryAgain("ledger: no")
            return super().reserve(*arguments, **options)

    ledger = Ledger()
    with pytest.raises(TryAgain):
        engine(FakeComprehend(), ledger).enrich([document()] * 60, NOW)
    assert spent(ledger) == (0, 0)


def test_unexpected_error_keeps_units_of_calls_that_were_sent():
    """AWS charges for those; only what was not sent is released."""
    ledger, client = LockedLedger(), FakeComprehend(RuntimeError("no JSON"))
    with pytest.raises(RuntimeError):
        engine(client, ledger).enrich([document()] * 60, NOW)
    assert spent(ledger) == (180, 180)


class NotReleasing(LockedLedger):
    """Its releases fail."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def release(self, *arguments):
        raise self.error


@pytest.mark.parametrize("error", [TryAgain("ledger: lost"), CallRefused("ledger: no")])
def test_scores_that_were_paid_for_outlive_a_failing_release(error):
    """The units stay reserved in both accounts, and each is reported."""
    ledger, lost = NotReleasing(error), []
    guard = SpendGuard(ledger, "acme", 999, 999, watch_lost=lambda *report: lost.append(report))
    paid = Comprehend(PaidCalls(FakeComprehend(), guard), VADER)
    scores = paid.enrich([document(), document("habari")], NOW)
    assert [score.fallback for score in scores] == [None, "unsupported_language"]
    assert spent(ledger) == (2 * HOLA, 2 * HOLA)
    assert lost == [(HOLA - HABARI, str(error))] * 2


def test_failing_release_does_not_hide_the_error_before_it():
    """The reason of the failure is what an operator has to see."""
    client = FakeComprehend(RuntimeError("no JSON"))
    with pytest.raises(RuntimeError, match="no JSON"):
        engine(client, NotReleasing(TryAgain("ledger: lost"))).enrich([document()], NOW)


def test_throttled_calls_are_repeated_until_the_budget_ends():
    """With random waits; nothing is paid for, and the reason is the throttle."""
    ledger, clock = LockedLedger(), Clock()
    client = SlowComprehend(clock, 0.01, *[client_error("ThrottlingException")] * 999)
    scores = engine(client, ledger, clock=clock).enrich([document()] * 500, NOW)
    assert fallbacks(scores) == Counter({"comprehend_throttled": 500})
    assert 5 < clock.now <= 10
    assert len(clock.waits) > 3
    assert len(set(clock.waits)) == len(clock.waits)
    assert spent(ledger) == (0, 0)


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException", "Throttling"])
def test_documents_are_scored_after_throttles(code):
    """More than a failed call has attempts; each document is paid for once."""
    ledger, clock = LockedLedger(), Clock()
    client = SlowComprehend(clock, 0.01, *[client_error(code)] * 8)
    scores = engine(client, ledger, clock=clock, seconds=99).enrich([document()] * 100, NOW)
    assert fallbacks(scores) == Counter({None: 100})
    assert spent(ledger) == (600, 600)


def test_fewer_calls_run_at_once_after_a_throttle(monkeypatch):
    """Half of them, and after each wave without one more."""
    monkeypatch.setattr(random, "uniform", lambda _, limit: limit)
    waves: list[int] = []

    class Noting(Clock):
        def sleep(self, seconds):
            waves.append(len(client.calls))
            super().sleep(seconds)

    clock, client = Noting(), FakeComprehend(*[client_error("ThrottlingException")] * 7)
    engine(client, clock=clock).enrich([document(language="en")] * 200, NOW)
    assert waves == [4, 6, 7]
    assert clock.waits == [0.4, 0.8, 1.0]
    assert len(client.calls) == 7 + 8


def test_slow_calls_leave_the_rest_to_vader():
    """What is scored stays; no call begins after the budget."""
    clock = Clock()
    client = SlowComprehend(clock, 3.0)
    scores = engine(client, clock=clock).enrich([document(language="en")] * 250, NOW)
    assert [score.fallback for score in scores] == [None] * 100 + ["comprehend_slow"] * 150
    assert len(client.calls) == MAX_CONCURRENT


def test_group_is_scored_before_the_next_is_detected():
    """When time ends, detections that were paid for have led to scores."""
    ledger, clock = LockedLedger(), Clock()
    client = SlowComprehend(clock, 1.0)
    scores = engine(client, ledger, clock=clock, seconds=9.0).enrich([document()] * 250, NOW)
    assert fallbacks(scores[:100]) == Counter({None: 100})
    assert fallbacks(scores[100:]) == Counter({"comprehend_slow": 150})
    assert texts_of(client, "sentiment") == 100
    assert texts_of(client, "language") == 200  # 8 s, one wave more began


class FailingFor(FakeComprehend):
    """An operation fails for requests with a text."""

    def __init__(self, operation, text):
        super().__init__()
        self.operation, self.text = operation, text

    def _respond(self, operation, request, results):
        response = super()._respond(operation, request, results)
        if operation == self.operation and self.text in request["TextList"]:
            raise client_error("InternalServerException", 500)
        return response


def test_stopped_detection_leaves_the_scores_of_what_it_detected():
    """75 documents are detected, 25 always fail; those after them are not detected."""
    ledger, client = LockedLedger(), FailingFor("language", "...")
    documents = [document()] * 75 + [document("...")] * 25 + [document()] * 100
    scores = engine(client, ledger).enrich(documents, NOW)
    assert [score.fallback for score in scores] == [None] * 75 + ["comprehend_unavailable"] * 125
    assert texts_of(client, "language") == 75 + 3 * 25
    assert spent(ledger) == (75 * HOLA, 75 * HOLA)


def test_no_language_is_detected_after_scores_stopped():
    """It would be paid for in vain."""
    ledger, client = LockedLedger(), FailingFor("sentiment", "bad")
    documents = [document("bad", "en"), *[document()] * 100]
    scores = engine(client, ledger).enrich(documents, NOW)
    assert fallbacks(scores) == Counter({"comprehend_unavailable": 101})
    assert texts_of(client, "language") == 0
    assert spent(ledger) == (0, 0)


def test_no_call_begins_after_a_slow_ledger():
    """Time that a reservation takes counts; its units are released."""

    class SlowLedger(LockedLedger):
        def reserve(self, *arguments, **options):
            clock.now += 5.0
            return super().reserve(*arguments, **options)

    clock, client, ledger = Clock(), FakeComprehend(), SlowLedger()
    scores = engine(client, ledger, clock=clock).enrich([document(language="en")] * 250, NOW)
    assert fallbacks(scores) == Counter({"comprehend_slow": 250})
    assert client.calls == []
    assert clock.now == 10.0  # one batch was reserved in both accounts
    assert spent(ledger) == (0, 0)


def test_no_call_begins_without_time():
    """Nothing is reserved; both engines name the reason."""
    ledger, client = LockedLedger(), FakeComprehend()
    documents = [document(), document(language="en")]
    for make in ENGINES.values():
        scores = make(engine(client, ledger, seconds=0.0)).enrich(documents, NOW)
        assert fallbacks(scores) == Counter({"comprehend_slow": 2})
    assert client.calls == []
    assert spent(ledger) == (0, 0)


def test_calls_of_a_wave_run_at_the_same_time():
    """Each waits for the others."""
    barrier = threading.Barrier(MAX_CONCURRENT, timeout=10)

    class Meeting(FakeComprehend):
        def _respond(self, *arguments):
            barrier.wait()
            return super()._respond(*arguments)

    documents = [document(language="en")] * 25 * MAX_CONCURRENT
    assert fallbacks(engine(Meeting()).enrich(documents, NOW)) == Counter({None: 100})


def test_budget_is_that_of_the_invocation():
    """Several requests share it; without an invocation each has a budget of its own."""
    clock = Clock()
    budget = TimeBudget(clock)
    assert budget.left() == MAX_SECONDS
    budget.begin(14.5)
    clock.now = 10.0
    assert budget.left() == 4.5
    clock.now = 20.0
    assert budget.left() < 0


@pytest.mark.parametrize(("timeout", "seconds"), [(29_000, 14.5), (120_000, 60.0)])
def test_half_of_an_invocation_is_for_paid_calls(monkeypatch, timeout, seconds):
    """Of the direct path and of the stream path; the rest stores the documents."""
    clock = Clock()
    monkeypatch.setattr(wiring, "_paid_time", TimeBudget(clock))
    wiring.begin_invocation(timeout)
    assert wiring._paid_time.left() == seconds
