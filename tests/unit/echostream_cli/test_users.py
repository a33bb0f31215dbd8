"""Passwords of the sandbox's users."""

import pytest

from echostream_cli.users import has_every_kind, new_password


@pytest.mark.parametrize("lacking", ["aA-aA-", "a1-a1-", "A1-A1-", "aA1aA1", ""])
def test_a_password_that_lacks_a_kind(lacking):
    """A digit, a small and a capital letter, and something else must each be in it."""
    assert not has_every_kind(lacking)


def test_anew_password_has_every_kind():
    """Whatever chance gives."""
    assert all(has_every_kind(new_password()) for _ in range(200))
