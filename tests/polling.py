"""Tests poll, with an end, and never sleep for a time that is meant to suffice."""

import time


def becomes(true, seconds=60):
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False
