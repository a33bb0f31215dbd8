"""Calls at the same time: their results and errors."""

import threading

import pytest

from echostream.adapters.side_by_side import THREADS, SideBySide


def test_calls_run_at_the_same_time():
    """As many as there are threads; the results are in order."""
    barrier = threading.Barrier(THREADS, timeout=10)

    def call(number):
        barrier.wait()
        return number

    assert SideBySide().map(call, range(THREADS)) == list(range(THREADS))


@pytest.mark.parametrize("number", [0, 1])
def test_single_call_needs_no_thread(number):
    """It runs in the caller's thread."""
    threads = SideBySide().map(lambda _: threading.current_thread(), range(number))
    assert threads == [threading.current_thread()] * number


def test_calls_of_a_call_do_not_wait_for_a_thread():
    """More calls than threads, each with calls of its own: as in rewrites of large objects."""
    side_by_side = SideBySide()
    barrier = threading.Barrier(THREADS, timeout=10)

    def call(number):
        barrier.wait()  # all threads are taken
        return sum(side_by_side.map(lambda one: one * number, range(5)))

    results = []
    caller = threading.Thread(
        target=lambda: results.extend(side_by_side.map(call, range(2 * THREADS))), daemon=True
    )
    caller.start()
    caller.join(20)
    assert results == [10 * number for number in range(2 * THREADS)]


def test_error_of_a_call_is_raised():
    """The caller repeats all calls."""
    with pytest.raises(ValueError, match="no 3"):
        SideBySide().map(_refuse_three, range(20))


def _refuse_three(number):
    if number == 3:
        raise ValueError("no 3")
