"""Polling with a deadline: tests never sleep for a fixed time."""

import time


def wait_until(condition, seconds=60):
    """Call `condition` until it is true; whether it became true within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
