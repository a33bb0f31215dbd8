"""Addresses of destinations: what they must be, and what may be shown of them.

The address of a webhook may be a credential, in its path or in its query: only the host is shown.
"""

import re
from collections.abc import Set as AbstractSet
from urllib.parse import SplitResult, urlsplit

from echostream.domain.alerts.destinations import Kind
from echostream.domain.errors import BadRequest, Forbidden
from echostream.domain.validation import printable

SLACK_HOST = "hooks.slack.com"
MAX_EMAIL = 254
"""Characters (RFC 3696, errata)."""
MAX_URL = 2000
_EMAIL = re.compile(r"[^@]+@[^@]+")
_URL = re.compile(r"[!-~]+")
"""ASCII without spaces and control characters."""


def shown_address(
    kind: Kind, address: str, hosts: AbstractSet[str], *, allows_private: bool = False
) -> str:
    """What may be shown of an address, which is checked.

    `hosts` are those that webhooks may have. They may have http only where private addresses are
    allowed. Raises `BadRequest`, and `Forbidden` for another host.
    """
    if kind is Kind.EMAIL:
        return _email(address)
    url = _url(address)
    if kind is Kind.SLACK:
        if (url.scheme, url.netloc.lower()) != ("https", SLACK_HOST):
            raise _invalid(f"must begin with https://{SLACK_HOST}/")
        return SLACK_HOST
    if url.scheme != "https" and not allows_private:
        raise _invalid("must begin with https://")
    if url.hostname not in {*hosts, SLACK_HOST}:
        host = printable(url.hostname or "")
        message = f"address: {host} is no allowed host; ask the operator to allow it"
        raise Forbidden("host_not_allowed", message)
    return f"{url.scheme}://{url.netloc.lower()}"


def host_of(address: str) -> str:
    """The host of an address that was checked."""
    return urlsplit(address).hostname or ""


def _email(address: str) -> str:
    is_plain = address.isprintable() and " " not in address
    if not (is_plain and len(address) <= MAX_EMAIL and _EMAIL.fullmatch(address)):
        raise _invalid("must be one e-mail address such as ann@example.org")
    return address


def _url(address: str) -> SplitResult:
    """An address of HTTP. The message of an error does not repeat it: it may be a credential."""
    if len(address) > MAX_URL:
        raise BadRequest("too_long", f"address: {len(address)} characters, at most {MAX_URL}")
    if not _URL.fullmatch(address):
        raise _invalid("must have ASCII only and no spaces; write a host such as xn--bcher-kva.de")
    try:
        url = urlsplit(address)
        is_whole = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise _invalid("must be an address that begins with https://")
    if "@" in url.netloc:
        raise _invalid("must have no user name and no password")
    return url


def _invalid(problem: str) -> BadRequest:
    return BadRequest("invalid_value", f"address: {problem}")
