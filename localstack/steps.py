"""Lines that say what is being done, how it went and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """Print what is being done, then how it went and how long it took."""
    print(f"  {what:<34}", end="", flush=True)
    note: list[str] = []
    start = time.monotonic()
    try:
        yield note
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{' '.join(note) or 'done'} ({time.monotonic() - start:.1f} s)", flush=True)
