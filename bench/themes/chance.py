"""How often chance alone is reported as a change: samples of the same texts, divided at random."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from bench.themes.data import election
from bench.themes.quality import mentions_of
from echostream.domain.themes.change import drivers, emerging
from echostream.domain.themes.corpus import Mention
from seed.dataset import samples

PAIRS = 100
NOW, BEFORE = 500, 3_000
"""Documents of the two samples of a pair."""
Find = Callable[[Sequence[Mention], Sequence[Mention]], Sequence[Any]]
FINDERS: dict[str, Find] = {"drivers": drivers, "emerging": emerging}


def table() -> list[str]:
    """The lines of a table: pairs of samples with a false discovery, and terms of all pairs."""
    lines = ["| texts | | pairs with a term | terms of all pairs |", "|---|---|---|---|"]
    texts = {
        "tweets of the sample documents": [sample.text for sample in samples("tweets")],
        "tweets of two candidates": [text for _, text in election()],
    }
    for name, own in texts.items():
        mentions = mentions_of(own)
        for finder, find in FINDERS.items():
            numbers = [len(find(*_pair(mentions, seed))) for seed in range(PAIRS)]
            false = sum(number > 0 for number in numbers)
            lines.append(f"| {name} | {finder} | {false} of {PAIRS} | {sum(numbers)} |")
    return lines


def _pair(mentions: Sequence[Mention], seed: int) -> tuple[list[Mention], list[Mention]]:
    drawn = random.Random(seed).sample(list(mentions), NOW + BEFORE)  # noqa: S311
    return drawn[:NOW], drawn[NOW:]
