"""Codes of authenticator apps: time-based one-time passwords (RFC 6238), as Cognito uses them."""

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

ISSUER = "EchoStream"
STEP = 30
"""Seconds for which a code is valid."""


def uri(secret: str, username: str) -> str:
    """The address with which an authenticator app takes over a secret.

    Format: the wiki "Key Uri Format" of google-authenticator.
    """
    label = quote(f"{ISSUER}:{username}", safe=":")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def code(secret: str, at: float) -> str:
    """The six digits of a secret (Base32) at a Unix time in seconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.digest(key, (int(at) // STEP).to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 0xF
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
