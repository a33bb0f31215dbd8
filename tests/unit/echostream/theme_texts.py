"""Documents about a few topics, for the tests of themes."""

import random
from itertools import count

from tests.builders import NOW, scored

TOPICS = {
    "battery": ("battery", "charger", "power", "cable", "adapter"),
    "courier": ("courier", "parcel", "delivery", "doorstep", "package"),
    "invoice": ("invoice", "billing", "refund", "payment", "receipt"),
}
"""Words of each topic; a text about it has three of them."""
_numbers = count()


def texts(topic, number):
    """Texts about a topic."""
    draw = random.Random(topic)  # noqa: S311
    return [" and ".join(draw.sample(TOPICS[topic], 3)) for _ in range(number)]


def documents(contents, at=NOW, **fields):
    """Scored documents with these texts, each of an author of its own."""
    return [
        scored(f"doc{n}", text=text, at=at, **{"author": f"author{n}", **fields})
        for text, n in zip(contents, _numbers, strict=False)
    ]


def about(topic, number, **fields):
    """Scored documents about a topic."""
    return documents(texts(topic, number), **fields)
