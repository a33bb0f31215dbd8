"""How often the themes of an hour are unusual by chance: an hour and its baseline at random."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bench.themes.data import election
from bench.themes.quality import mentions_of
from echostream.domain.alerts.theme_watch import SAMPLE, theme_deviations
from echostream.domain.themes.corpus import Mention
from seed.dataset import samples

HOURS = 100
NOW = (50, 500)
"""Documents of an hour."""
_HOUR = datetime(2026, 1, 1, tzinfo=UTC)


def table() -> Iterator[str]:
    """The lines of a table: hours with an unusual theme, of hours that differ by chance only."""
    yield "| texts | documents of the hour | hours with an unusual theme |"
    yield "|---|---|---|"
    texts = {
        "tweets of the sample documents": [sample.text for sample in samples("tweets")],
        "tweets of two candidates": [text for _, text in election()],
    }
    for name, own in texts.items():
        mentions = mentions_of(own)
        for size in NOW:
            unusual = sum(_is_unusual(mentions, size, seed) for seed in range(HOURS))
            yield f"| {name} | {size:,} | {unusual} of {HOURS} |"


def _is_unusual(mentions: Sequence[Mention], size: int, seed: int) -> bool:
    drawn = random.Random(seed).sample(list(mentions), size + SAMPLE)  # noqa: S311
    return bool(theme_deviations(drawn[:size], drawn[size:], _HOUR))
