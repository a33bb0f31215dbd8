"""What happens to a sandbox during a soak: workers die, calls are throttled, it starts again."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

import psutil

from bench.cpu import FUNCTION
from bench.soak.faulty_proxy import FaultyForwarder
from echostream_cli.sandbox import lifecycle, processes
from echostream_cli.settings import Settings
from echostream_cli.target import outputs_of

OUTAGES = ("dynamodb", "s3", "kinesis", "dynamodb")
"""The services that refuse all calls for a time; a small run has the first ones."""
OUTAGE_CALLS = 10
"""Calls that a service refuses one after another, and more in a large run: botocore repeats 5."""
MAX_KILLS = 40


@dataclass
class Disturbances:
    """Acts at shares of the documents. `done` counts the acts; `errors` are those that failed.

    Without `restarts` the sandbox runs all the time.
    """

    settings: Settings
    proxy: FaultyForwarder
    number: int
    seed: int
    restarts: bool = True
    done: Counter[str] = field(default_factory=Counter)
    errors: list[BaseException] = field(default_factory=list)
    _sent: int = 0
    _lock: Any = field(default_factory=Lock)
    _due: "SimpleQueue[Callable[[], None] | None]" = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311
        self._plan = sorted(self._acts(), key=lambda act: act[0], reverse=True)

    def _acts(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """The share of the documents at which something happens, and what."""
        for index in range(min(MAX_KILLS, 5 + self.number // 500)):
            yield (index + 0.5) / min(MAX_KILLS, 5 + self.number // 500), self._kill
        outages = OUTAGES[: 2 + self.number // 1000]
        for index, service in enumerate(outages):
            yield (index + 1) / (len(outages) + 1), partial(self._refuse, service)
        if self.settings.ingest == "stream":
            yield 0.35, self._split
        if self.restarts:
            yield 0.5, self._restart

    def advance(self, number: int) -> None:
        """Note that a number of documents was sent."""
        with self._lock:
            self._sent += number
            while self._plan and self._plan[-1][0] * self.number <= self._sent:
                self._due.put(self._plan.pop()[1])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Act in a thread of its own; all that is due is done at the end."""
        thread = Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._due.put(None)
            thread.join()

    def _run(self) -> None:
        while act := self._due.get():
            try:
                act()
            except Exception as error:
                self.errors.append(error)

    def _kill(self) -> None:
        """Kill a worker of any function, whatever it does."""
        workers = [one for one in processes.ours(self.settings.state_dir) if _is_worker(one)]
        if workers:
            self._random.choice(workers).kill()
            self.done["workers killed"] += 1

    def _refuse(self, service: str) -> None:
        self.proxy.start_outage(service, OUTAGE_CALLS + self.number // 1000)
        self.done["outages"] += 1

    def _split(self) -> None:
        """Split the first shard in the middle."""
        target = self.settings.target
        kinesis, stream = target.client("kinesis"), outputs_of(target.stack() or {})["StreamName"]
        shard = kinesis.list_shards(StreamName=stream)["Shards"][0]
        hashes = shard["HashKeyRange"]
        middle = (int(hashes["StartingHashKey"]) + int(hashes["EndingHashKey"])) // 2
        kinesis.split_shard(
            StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(middle)
        )
        self.done["shards split"] += 1

    def _restart(self) -> None:
        """`make down` and `make up`, while the senders wait and repeat.

        Meanwhile no call fails: `make up` reads from the API.
        """
        lifecycle.down(self.settings)
        with self.proxy.failing(0.0):
            lifecycle.start(self.settings)
        self.done["restarts"] += 1


def _is_worker(process: psutil.Process) -> bool:
    try:
        return FUNCTION in process.environ()
    except psutil.Error:
        return False
