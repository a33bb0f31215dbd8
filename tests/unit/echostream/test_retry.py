"""Waits between attempts and between polls."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.retry import backoff, poll_waits


@given(st.integers(0, 40), st.floats(0.01, 1.0), st.floats(1.0, 30.0))
def test_backoff_is_limited(attempt, base, longest):
    """At most the base, doubled with each attempt, and never above the longest wait."""
    assert 0 <= backoff(attempt, base, longest) <= min(longest, base * 2**attempt)


def test_backoff_differs_between_callers():
    """Callers that fail together do not retry together."""
    assert len({backoff(3, 0.1) for _ in range(50)}) > 40


def test_waits_between_polls_double_up_to_a_limit():
    """The first waits are short, later ones constant."""
    assert list(itertools.islice(poll_waits(0.25, 1.0), 5)) == [0.25, 0.5, 1.0, 1.0, 1.0]
