"""The texts and colours of both frontends, and their formats of numbers."""

import json
import re
import string
import tomllib
from typing import Any

import pytest

from dashboard.charts import theme
from dashboard.data import filters, formatting, messages
from dashboard.data.errors import ServiceError
from echostream.domain.model import UNSCORED, Sentiment
from echostream_cli.paths import ROOT
from echostream_client import pool_calls
from tests.unit.dashboard.site_modules import node, page


def placeholders(text):
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentiment_has_a_label_and_a_colour():
    """The charts use the colours of messages.json, in its order."""
    assert set(messages.SENTIMENTS) == {*Sentiment, UNSCORED}
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in messages.COLOURS.values())
    colour: Any = theme.sentiment_colour().to_dict()
    scale = colour["scale"]
    assert scale["domain"] == list(messages.LABELS.values())
    assert scale["range"] == list(messages.COLOURS.values())


@pytest.mark.parametrize("kind", sorted(messages.ERRORS))
def test_every_error_has_a_message(kind):
    """Its placeholders are replaced."""
    assert placeholders(messages.ERRORS[kind]) <= {"detail", "status"}
    message = ServiceError(kind, "too long", 503).message
    assert message.endswith((".", "too long"))
    assert "{" not in message


def test_every_kind_of_error_has_a_text():
    """The kinds of sign-in, of the API's statuses, and those that are raised by name."""
    kinds = {
        "unreachable",
        "late",
        "failed",
        "unreadable",
        "unsupported",
        "foreign",
        "provider",
        "no_sandbox",
        "no_credentials",
        "not_changed",
        "not_sent",
        "admin_needed",
    }
    kinds |= set(pool_calls.KINDS.values()) | set(messages.ERROR_OF_STATUS.values())
    assert kinds | set(messages.PERMANENT_ERRORS) == set(messages.ERRORS)


def test_message_of_an_error_without_status_has_none():
    """The text says that there is no HTTP status."""
    assert "no HTTP status" in ServiceError("failed").message


def test_only_some_texts_have_placeholders():
    """Those with a search, a time, numbers of themes or alerts, or an error; no text is empty."""
    texts = [*messages.TEXTS.values(), *messages.GLOSSARY.values()]
    texts += [*messages.PERIOD_ERRORS.values(), *messages.FALLBACKS.values()]
    texts += messages.DIGEST_REASONS.values()
    of_themes = {"read", "documents", "against", "start", "end", "since", "rate"}
    others = {"loaded", "term", "time", "days", "number", "error", "share", "language"}
    assert set().union(*map(placeholders, texts)) == others | of_themes
    assert all(texts)


def test_periods_are_in_order_of_length():
    """The default is one of them; the custom period is not."""
    assert filters.DEFAULT_PERIOD in filters.PERIODS
    assert filters.CUSTOM not in filters.PERIODS
    assert sorted(filters.PERIODS.values()) == list(filters.PERIODS.values())


@node
def test_both_frontends_have_the_same_texts():
    """Texts, labels and colours are equal, also with values for their placeholders."""
    names = ["LABELS", "COLOURS", "SENTIMENTS", "SECONDS", "FALLBACKS", "TEXTS", "GLOSSARY"]
    names.append("DIGEST_REASONS")
    values = page(f"[{', '.join(f'messages.{name}' for name in names)}]")
    assert values == json.loads(json.dumps([getattr(messages, name) for name in names]))
    kinds = sorted(set(messages.ERRORS) - set(messages.OWN_ERRORS))
    details = "{ detail: 'too long', status: 503 }"
    texts = page(f"{kinds}.map((k) => new errors.ServiceError(k, {details}).message)")
    assert texts == [ServiceError(kind, "too long", 503).message for kind in kinds]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1 second"), (59, "59 seconds"), (600, "10 minutes"), (7200, "2 hours"), (3e5, "3 days")],
)
def test_duration_is_in_the_largest_unit(seconds, text):
    """Seconds, minutes, hours or days."""
    assert messages.duration(seconds) == text


def test_plain_text_escapes_markdown():
    """No link, formula, heading or HTML of a document's text is rendered."""
    hostile = "# <b>x</b> [y](http://z) $a$ `c`\n---"
    escaped = messages.plain(hostile)
    assert re.sub(r"\\(.)", r"\1", escaped) == "# <b>x</b> [y](http://z) $a$ `c` ---"
    assert not re.search(r"(?<!\\)[<\[#$`*]", escaped)


def test_numbers_have_units_and_signs():
    """A dash stands for a missing number."""
    assert formatting.count(12345) == "12,345"
    assert formatting.percent(1, 3) == "33.3%"
    assert formatting.percent(0, 0) == formatting.NONE
    assert formatting.percent(1158, 4000) == "29.0%"  # 28.95 is no binary fraction
    assert [formatting.score(n) for n in (0.125, 0.245, -0.125)] == ["+0.13", "+0.25", "-0.13"]
    assert [formatting.score(n) for n in (0.304, -0.2, -0.001, None)] == [
        "+0.30",
        "-0.20",
        "0.00",
        "\N{EN DASH}",
    ]


@node
def test_both_frontends_round_equally():
    """Shares, scores and durations, also halves."""
    shares = [(n, 4000) for n in range(0, 4000, 7)]
    scores = [n / 1000 for n in range(-1000, 1001, 5)]
    seconds = [*range(0, 7200, 15), *range(7200, 400_000, 1800)]
    texts = page(
        f"[{json.dumps(shares)}.map((s) => formatting.percent(...s)),"
        f"{json.dumps(scores)}.map(formatting.score), {seconds}.map(formatting.duration)]"
    )
    assert texts == [
        [formatting.percent(*s) for s in shares],
        [formatting.score(n) for n in scores],
        [messages.duration(s) for s in seconds],
    ]


def test_streamlit_writes_no_docstrings_onto_pages():
    """By default it shows each expression of a page, also the docstring of a constant."""
    config = (ROOT / "dashboard" / ".streamlit" / "config.toml").read_text()
    assert tomllib.loads(config)["runner"]["magicEnabled"] is False
