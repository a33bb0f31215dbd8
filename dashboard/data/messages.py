"""What things are called, and what is said where something is amiss.

The static page says the same (site/formatting.js, site/errors.js, site/index.html); a test
compares.
"""

import re
from collections.abc import Callable

SENTIMENTS = ("POSITIVE", "NEUTRAL", "MIXED", "NEGATIVE")
LABELS = {
    "POSITIVE": "Positive",
    "NEUTRAL": "Neutral",
    "MIXED": "Mixed",
    "NEGATIVE": "Negative",
}
FALLBACKS = {
    "comprehend_unavailable": "Comprehend did not answer",
    "spend_cap": "the monthly spend cap was reached",
    "unsupported_language": "the language is not supported",
}
GLOSSARY = {
    "Document": "One text as its sender gave it: a post, a review, a message.",
    "Source": "Where a document comes from, as its sender named it.",
    "Engine": "The program that scored a document: VADER, Amazon Comprehend, or the cascade, which"
    " asks Comprehend where VADER is unsure.",
    "Fallback": "An engine that scored a document because the one asked for could not.",
    "Sentiment": "What an engine heard in a document: positive, neutral, negative, or mixed, which"
    " is positive and negative at once.",
    "Score": "How negative or positive, from -1 to +1 (the compound score). The mean score is its"
    " average.",
    "As of": "When these figures were fetched, by the server's clock. All times are UTC.",
}
"""The words that both faces explain."""
OWN_GLOSSARY = {
    "Enrichment": "What an engine said of a document: sentiment, scores, language.",
    "Tenant": "Whose data it is. You see the documents of your own tenant only.",
    "Lake": "The files that keep every document for good. History asks them with SQL.",
    "Quarantine": "Where a document goes that cannot be processed, with the reason.",
    "Emulator": "What stands in for AWS on this machine.",
    "Companion": "A small server for those of AWS's services that the emulator lacks.",
    "Unit": "What Amazon Comprehend charges for: 100 characters, at least 3 units a text.",
}
"""The words that only the dashboard uses."""


def plain(text: str) -> str:
    """A text of somebody else's that Markdown leaves as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:@&^=])", r"\\\1", " ".join(text.split()))


PROBLEMS: dict[str, Callable[[str, int | None], str]] = {
    "unreachable": lambda _, __: "There is no answer. What runs here: `make status`",
    "late": lambda _, __: "The answer takes too long.",
    "busy": lambda _, __: "Too many requests at the moment.",
    "failed": lambda _, status: (
        f"The service has a problem (HTTP {status})." if status else "The service has a problem."
    ),
    "unreadable": lambda _, __: "The answer is not one that this page understands.",
    "refused": lambda detail, _: f"The service did not accept the filters: {plain(detail)}",
    "forbidden": lambda _, __: (
        "This account may not see any documents yet. Ask the person who gave"
        " it to you to add it to a tenant, then sign in again."
    ),
    "ended": lambda _, __: "Your session has ended.",
    "wrong": lambda _, __: "The user name or the password is not right.",
    "locked": lambda _, __: "There were too many attempts. Wait a few minutes, then try again.",
    "reset": lambda _, __: (
        "This password must be changed first. Ask the person who gave you the account."
    ),
    "weak": lambda detail, _: f"The new password was not accepted: {plain(detail)}",
    "unsupported": lambda _, __: (
        "This account needs a way of signing in that this page does not"
        " have. Ask the person who gave it to you."
    ),
    "no_sandbox": lambda detail, _: f"Nothing is deployed here: {plain(detail)}",
}
"""Everything that can go wrong between the dashboard and the services."""


def fallback(code: str | None) -> str:
    """Why an engine stood in for another, for people."""
    return FALLBACKS.get(code or "", code or "")


def plural(number: int, noun: str) -> str:
    """`1 document`, `2 documents`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """How long, in the largest unit that fits."""
    if seconds < 60:
        return plural(max(1, round(seconds)), "second")
    if seconds < 5400:
        return plural(round(seconds / 60), "minute")
    if seconds < 48 * 3600:
        return plural(round(seconds / 3600), "hour")
    return plural(round(seconds / 86400), "day")
