"""Generated passwords."""

import pytest

from echostream_cli.users import has_every_kind, new_password


@pytest.mark.parametrize("password", ["aA-aA-", "a1-a1-", "A1-A1-", "aA1aA1", ""])
def test_password_without_a_kind_of_character_is_detected(password):
    """A digit, a lower and an upper case letter, and a symbol are required."""
    assert not has_every_kind(password)


def test_new_passwords_are_valid_long_and_different():
    """The user pool accepts each of 200 passwords, and no two are equal."""
    passwords = [new_password() for _ in range(200)]
    assert all(has_every_kind(password) and len(password) >= 20 for password in passwords)
    assert len(set(passwords)) == len(passwords)
