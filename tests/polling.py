"""Polling with a deadline: tests never sleep for a fixed time."""

import time

import urllib3


def wait_until(condition, seconds=60):
    """Call `condition` until it is true; whether it became true within the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def is_reachable(url):
    """Whether a server responds with 200."""
    try:
        return urllib3.request("GET", url, retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False
