"""Removes from a text what identifies an account or a deployment, so that it can be shared."""

import re
from collections.abc import Iterable

SHORTEST_NAME = 6
"""Characters of the shortest private name: a shorter one may be part of any word."""
_DEFAULT_DATABASE = re.compile(r"arn:[\w-]+:glue:[\w-]*:\d*:database/default\b")
_PATTERNS = (
    (re.compile(r"arn:[\w-]+:[^\s\"',;)]+"), "(ARN)"),
    (re.compile(r"s3://[^\s\"',;)]+"), "(S3 URI)"),
    (re.compile(r"https?://[^\s\"',;)]+"), "(address)"),
    (re.compile(r"[\w.+-]+@[\w.-]+\.\w+"), "(e-mail)"),
    (
        re.compile(r"\b(?:[\w-]+\.)+(?:amazonaws|amazoncognito|cloudfront)\.(?:com|net)\S*"),
        "(host)",
    ),
    (re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-\d_\w+"), "(user pool)"),
    (re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"), "(key)"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "(id)"),
    (re.compile(r"(?<!\d)\d{12}(?!\d)"), "(account)"),
)


def redact(text: str, names: Iterable[str] = ()) -> str:
    """The text without account ids, ARNs, addresses, keys, and these names.

    The database `default` of Glue, which every account has, stays named.
    """
    text = _DEFAULT_DATABASE.sub("(ARN of Glue database default)", text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    for name in sorted(names, key=len, reverse=True):
        if len(name) >= SHORTEST_NAME:
            text = re.sub(rf"[\w.-]*{re.escape(name)}[\w.-]*", "(name)", text, flags=re.IGNORECASE)
    return text
