"""Times to wait between attempts: exponential backoff with full jitter, and doubling for polling.

Full jitter: a random time between 0 and the exponential limit, so that callers that failed together
do not repeat together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
"""

import random
from collections.abc import Iterator


def backoff(attempt: int, base: float, longest: float = 20.0) -> float:
    """Seconds to wait after a failed attempt; the first attempt is 0."""
    return random.uniform(0, min(longest, base * 2**attempt))  # noqa: S311


def poll_waits(first: float, longest: float) -> Iterator[float]:
    """Seconds to wait before each poll of a running operation: doubled up to a limit."""
    wait = first
    while True:
        yield wait
        wait = min(2 * wait, longest)
