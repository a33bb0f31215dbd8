"""The simulations that the page shows, and their results, stored in `simulated.json`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from echostream_cli.scale import senders, stream_readers
from echostream_cli.scale.senders import SendersResult, WriterOf, write_1_0, write_today
from echostream_cli.scale.stream_readers import ReadersResult

FILE = Path(__file__).with_name("simulated.json")
SENDERS = 1, 10, 50, 200
SENDERS_SECONDS = 30.0
SHARDS = 1, 4, 16
"""Shards of the table's stream, and counters of an hour and source."""
READERS_SECONDS = 10.0
WRITERS: dict[str, WriterOf] = {"1.0": write_1_0, "today": write_today}


@dataclass(frozen=True, slots=True)
class Simulated:
    """All results: of senders by the version that writes, and of readers of the stream."""

    senders: dict[str, Sequence[SendersResult]]
    readers: Sequence[ReadersResult]

    def to_json(self) -> dict[str, Any]:
        return {
            "senders": {name: [asdict(one) for one in all_] for name, all_ in self.senders.items()},
            "readers": [asdict(one) for one in self.readers],
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Simulated":
        return cls(
            {
                name: [SendersResult(**one) for one in all_]
                for name, all_ in content["senders"].items()
            },
            [ReadersResult(**one) for one in content["readers"]],
        )

    def reader(self, stream_shards: int, counter_shards: int) -> ReadersResult:
        """The result with these numbers of shards."""
        wanted = stream_shards, counter_shards
        return next(r for r in self.readers if (r.stream_shards, r.counter_shards) == wanted)


def run(advance: Callable[[int], None]) -> Simulated:
    """Run all simulations, about a minute; `advance` is called after each."""
    results: dict[str, list[SendersResult]] = {name: [] for name in WRITERS}
    for name, writer_of in WRITERS.items():
        for number in SENDERS:
            results[name].append(senders.simulate(writer_of, number, SENDERS_SECONDS)[0])
            advance(1)
    readers = []
    for stream_shards in SHARDS:
        for counter_shards in SHARDS:
            readers.append(stream_readers.simulate(stream_shards, counter_shards, READERS_SECONDS))
            advance(1)
    return Simulated({**results}, readers)


NUMBER = len(WRITERS) * len(SENDERS) + len(SHARDS) ** 2
"""How many simulations `run` runs."""


@cache
def load() -> Simulated:
    """The results in `simulated.json`."""
    return Simulated.from_json(json.loads(FILE.read_text()))


def save(simulated: Simulated) -> None:
    FILE.write_text(json.dumps(simulated.to_json(), indent=1, sort_keys=True) + "\n")
    load.cache_clear()
