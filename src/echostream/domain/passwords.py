"""Random passwords that the user pool accepts."""

import secrets
import string


def has_every_kind(password: str) -> bool:
    """Whether a password has a digit, a lower and an upper case letter, and a symbol."""
    kinds = (str.isdigit, str.islower, str.isupper, lambda letter: not letter.isalnum())
    return all(any(kind(letter) for letter in password) for kind in kinds)


def new_password() -> str:
    """A random password with at least one character of each kind that the user pool requires."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(20)) + "aA1-"
