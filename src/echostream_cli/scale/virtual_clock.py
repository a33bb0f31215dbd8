"""A clock for simulations: processes that wait take no time, and only one runs at any moment.

Each process is a thread, so that it can run code that calls `sleep`. A thread runs until it sleeps;
then the clock moves to the next time for which a thread waits, and that thread runs. So results do
not depend on the speed of the machine, and a run with the same random numbers is the same.
"""

import heapq
from collections.abc import Callable
from itertools import count
from threading import Lock, Thread, local


class _Stopped(BaseException):
    """Ends a process because another one failed."""


class VirtualClock:
    """Seconds since the start of a simulation."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Lock]] = []
        self._order = count()
        self._thread = local()
        self._finished = Lock()
        self._error: BaseException | None = None

    def start(self, process: Callable[[], None]) -> None:
        """Add a process. It begins at the current time, after those that were added before."""
        turn = Lock()
        turn.acquire()
        self._wait(0.0, turn)
        Thread(target=self._run, args=(process, turn), daemon=True).start()

    def run(self) -> None:
        """Run all processes to their ends. Raises the error of the first that fails."""
        self._finished.acquire()
        self._continue()
        self._finished.acquire()
        self._finished.release()
        if self._error:
            raise self._error

    def sleep(self, seconds: float) -> None:
        """Let a process wait; only processes may call this."""
        turn: Lock = self._thread.turn
        self._wait(seconds, turn)
        self._continue()
        turn.acquire()
        if self._error:
            raise _Stopped

    def _wait(self, seconds: float, turn: Lock) -> None:
        heapq.heappush(self._waiting, (self.now + seconds, next(self._order), turn))

    def _continue(self) -> None:
        """Let the process run that has waited until the earliest time."""
        if not self._waiting:
            self._finished.release()
            return
        self.now, _, turn = heapq.heappop(self._waiting)
        turn.release()

    def _run(self, process: Callable[[], None], turn: Lock) -> None:
        self._thread.turn = turn
        turn.acquire()
        try:
            if not self._error:
                process()
        except _Stopped:
            pass
        except BaseException as error:
            self._error = self._error or error
        self._continue()
