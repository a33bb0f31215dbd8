"""Times to wait between attempts."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from echostream.adapters.retry import backoff, poll_waits


@given(st.integers(0, 40), st.floats(0.01, 1.0), st.floats(1.0, 30.0))
def test_backoff_is_below_its_limit(attempt, base, longest):
    """A random time up to the doubled base, and never above the longest."""
    assert 0 <= backoff(attempt, base, longest) <= min(longest, base * 2**attempt)


def test_backoff_differs_between_callers():
    """Callers that failed together do not repeat together."""
    assert len({backoff(3, 0.1) for _ in range(50)}) > 40


def test_polls_double_up_to_a_limit():
    """The first polls are close together, later ones a fixed time apart."""
    assert list(itertools.islice(poll_waits(0.25, 1.0), 5)) == [0.25, 0.5, 1.0, 1.0, 1.0]
