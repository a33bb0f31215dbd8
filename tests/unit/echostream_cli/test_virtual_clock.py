"""The clock of simulations: one process at a time, in the order of its waits."""

from functools import partial

import pytest

from echostream_cli.scale.virtual_clock import VirtualClock


def test_processes_run_in_the_order_of_their_waits():
    """Time moves only when all processes wait; no process waits in fact."""
    clock, seen = VirtualClock(), []

    def wait(name, *times):
        for seconds in times:
            clock.sleep(seconds)
            seen.append((name, clock.now))

    clock.start(lambda: wait("a", 3.0, 10_000.0))
    clock.start(lambda: wait("b", 1.0, 1.0, 2.0))
    clock.run()
    assert seen == [("b", 1.0), ("b", 2.0), ("a", 3.0), ("b", 4.0), ("a", 10_003.0)]


def test_processes_with_the_same_time_run_in_the_order_of_their_calls():
    """So that a run does not depend on the machine."""
    clock, seen = VirtualClock(), []

    def wait(name):
        seen.append(name)
        clock.sleep(1.0)
        seen.append(name)

    for name in range(50):
        clock.start(partial(wait, name))
    clock.run()
    assert seen == [*range(50), *range(50)]


def test_only_one_process_runs_at_a_time():
    """Code between two waits needs no lock."""
    clock, running = VirtualClock(), []

    def work():
        for _ in range(20):
            running.append(1)
            assert running == [1]
            running.pop()
            clock.sleep(0.0)

    for _ in range(20):
        clock.start(work)
    clock.run()


def test_error_of_a_process_ends_the_run():
    """The run raises it, and the other processes end."""
    clock, ended = VirtualClock(), []

    def fail():
        clock.sleep(1.0)
        raise KeyError("broken")

    def wait():
        try:
            clock.sleep(2.0)
        finally:
            ended.append(clock.now)

    clock.start(fail)
    clock.start(wait)
    with pytest.raises(KeyError, match="broken"):
        clock.run()
    assert ended == [2.0]
