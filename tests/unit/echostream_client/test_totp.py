"""Codes of authenticator apps."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from echostream_client import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(at, code):
    """The examples of RFC 6238, appendix B, cut to six digits."""
    assert totp.code(SECRET, at) == code


def test_secret_without_padding_is_accepted():
    """Cognito sends 52 characters of Base32, which is no multiple of 8."""
    assert len(totp.code("A" * 52, 0)) == 6


def test_address_names_the_user():
    """Also one with characters that an address must escape."""
    parts = urlsplit(totp.uri(SECRET, "ann+x@example.org"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/EchoStream:ann%2Bx%40example.org"
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["EchoStream"]}
