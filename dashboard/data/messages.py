"""Texts, colours and numbers of the dashboard. Both frontends share those in site/messages.json."""

import json
import math
import re
from typing import Any

from echostream_cli.paths import ROOT

SHARED: dict[str, Any] = json.loads((ROOT / "site" / "messages.json").read_text("utf-8"))
LABELS: dict[str, str] = {one["name"]: one["label"] for one in SHARED["sentiments"]}
COLOURS: dict[str, str] = {one["name"]: one["colour"] for one in SHARED["sentiments"]}
"""Okabe and Ito's colours, which colour-blind people can distinguish."""
SENTIMENTS = tuple(LABELS)
PERIOD_ERRORS: dict[str, str] = SHARED["period_errors"]
SECONDS: dict[str, float] = SHARED["seconds"]
FALLBACKS: dict[str, str] = SHARED["fallbacks"]
ERRORS: dict[str, str] = {
    **SHARED["errors"],
    "unreachable": "The service did not respond. `make status` shows what runs here.",
    "no_credentials": "This page needs an operator's AWS credentials. The shell that started the"
    " dashboard has none, or they do not permit this request. Sign in to AWS in that shell (aws sso"
    " login, or set AWS_PROFILE), then start the dashboard again.",
    "no_sandbox": "The dashboard found no deployed stack: {detail}",
}
"""Messages by kind of `ServiceError`, with `{detail}` and `{status}` to fill in."""
PERMANENT_ERRORS: list[str] = SHARED["permanent_errors"]
ERROR_OF_CODE: dict[str, str] = SHARED["error_of_code"]
ERROR_OF_STATUS: dict[int, str] = {
    int(status): kind for status, kind in SHARED["error_of_status"].items()
}
TEXTS: dict[str, str] = SHARED["texts"]
GLOSSARY: dict[str, str] = SHARED["glossary"]
OWN_GLOSSARY = {
    "Enrichment": "An engine's result for a document: sentiment, scores and language.",
    "Tenant": "The owner of data. You see the documents of your own tenant only.",
    "Lake": "Files that contain every document, for years. The page History queries them with SQL.",
    "Quarantine": "The place for documents that cannot be processed, each with the reason.",
    "Emulator": "The program that replaces AWS on this machine.",
    "Companion": "A small server for the AWS services that the emulator lacks.",
    "Unit": "What Amazon Comprehend charges for: 100 characters, at least 3 units per text.",
}
"""Terms that only the dashboard uses."""


def plain(text: str) -> str:
    """A text escaped for Markdown, on one line."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=])", r"\\\1", " ".join(text.split()))


def error_message(kind: str, detail: str = "", status: int | None = None) -> str:
    """The message of an error, in Markdown."""
    code = "no HTTP status" if status is None else f"HTTP {status}"
    return ERRORS[kind].format(detail=plain(detail), status=code)


def fallback(code: str | None) -> str:
    """The reason for a fallback; an unknown code unchanged."""
    return FALLBACKS.get(code or "", code or "")


def plural(number: int, noun: str) -> str:
    """`1 document`, `2 documents`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """A duration in the largest unit that fits."""
    if seconds < 60:
        return plural(max(1, _rounded(seconds)), "second")
    if seconds < 5400:
        return plural(_rounded(seconds / 60), "minute")
    if seconds < 48 * 3600:
        return plural(_rounded(seconds / 3600), "hour")
    return plural(_rounded(seconds / 86400), "day")


def _rounded(number: float) -> int:
    """To the nearest whole number, halves up, as JavaScript rounds."""
    return math.floor(number + 0.5)
