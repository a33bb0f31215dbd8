"""`make live`: what is sent, when the cursor moves, and the time between two reads."""

import re
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from echostream_cli.__main__ import app
from echostream_cli.data.live import BUDGET, LONGEST_ASKED, LONGEST_WAIT, Live
from echostream_cli.paths import ROOT
from echostream_client.api import ApiFailed
from echostream_sources.kinds import KINDS
from echostream_sources.source import Fetched, SourceFailed

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def documents(*names):
    return [{"id": name, "text": name} for name in names]


class Script:
    """A source and an API, whose responses are given; errors among them are raised."""

    name = "rss"

    def __init__(self, reads, responses=()):
        self.reads, self.responses = list(reads), list(responses)
        self.cursors, self.sent = [], []
        self.waits: list[float] = []
        self.lines: list[str] = []
        self.live = Live(self, self, 60, self.lines.append, self.waits.append, lambda: NOW)

    def fetch(self, cursor, budget, now):
        assert (budget, now) == (BUDGET, NOW)
        self.cursors.append(cursor)
        return self._next(self.reads)

    def ingest(self, batch):
        self.sent += [one["id"] for one in batch]
        if self.responses:
            return self._next(self.responses)
        return {"accepted": len(batch), "rejected": []}

    @staticmethod
    def _next(script):
        one = script.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    def run(self):
        self.live.run(range(len(self.reads)))
        return self


def test_each_read_goes_on_from_the_last_one():
    """At once while there is more, then after the interval."""
    script = Script(
        [
            Fetched(documents("a", "b"), {"at": 1}, has_more=True),
            Fetched(documents("c"), {"at": 2}),
            Fetched([], {"at": 3}),
        ]
    ).run()
    assert script.cursors == [{}, {"at": 1}, {"at": 2}]
    assert script.sent == ["a", "b", "c"]
    assert script.waits == [0.0, 60, 60]
    assert script.lines == [
        "12:00:00  rss  2 accepted, more follow",
        "12:00:00  rss  1 accepted",
        "12:00:00  rss  0 accepted",
    ]


def rejection(code):
    return {"index": 0, "code": code, "message": "m"}


@pytest.mark.parametrize(
    "failure",
    [
        ApiFailed(503, "try_again", "later"),
        {"accepted": 0, "rejected": [rejection("conflict"), rejection("try_again")]},
    ],
)
def test_read_is_repeated_until_the_api_accepts(failure):
    """The cursor stays; the source gives the documents again."""
    read = Fetched(documents("a"), {"at": 1})
    accepted = {"accepted": 1, "rejected": []}
    script = Script([read, read, Fetched([], {})], [failure, accepted]).run()
    assert script.cursors == [{}, {}, {"at": 1}]
    assert script.sent == ["a", "a"]
    assert "next try in 60 s" in script.lines[0]


def test_refused_documents_do_not_stop_the_source():
    """Those that changed, and those of the future, are counted."""
    rejected = [rejection("conflict"), rejection("out_of_range"), rejection("conflict")]
    read = Fetched(
        documents("a", "b", "c", "d"), {"at": 1}, may_miss=True, without_text=2, unmatched=9
    )
    script = Script([read, Fetched([], {})], [{"accepted": 1, "rejected": rejected}]).run()
    assert script.cursors == [{}, {"at": 1}]
    assert script.lines[0] == (
        "12:00:00  rss  1 accepted, 2 changed since they were taken, 1 out_of_range,"
        " 2 without text, 9 without a keyword or language of the source,"
        " none of the last items is left: some may have been missed, read more"
        " often"
    )


def test_failing_source_is_read_less_often():
    """Twice the wait after each failure, up to a limit; then as before. A service may ask more."""
    failures = [SourceFailed("down") for _ in range(6)]
    script = Script(
        [
            *(*failures, SourceFailed("slow down", 5000.0), SourceFailed("for ever", 1e9)),
            *(Fetched([], {}), SourceFailed("down")),
        ]
    ).run()
    assert script.waits[:6] == [60, 120, 240, 480, LONGEST_WAIT, LONGEST_WAIT]
    assert script.waits[6:] == [5000.0, LONGEST_ASKED, 60, 60]
    assert script.lines[0] == "12:00:00  rss  down; next try in 60 s"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rss"], "FEED: is missing"),
        (["rss", "FEED=file:///etc/passwd"], "FEED: must be an address"),
        (["rss", "feed=https://"], "FEED: must be"),
        (["rss", "feed=http://[::1"], "FEED: must be"),
        (["rss", "feed"], "feed: must be SETTING=VALUE"),
        (["rss", "feed=https://example.org/f", "items=all"], "ITEMS: rss has no such setting"),
        (["fax"], "SOURCE: must be one of rss,"),
        (["rss", "feed=https://example.org/f", "--secret", "token"], "SECRET: rss has no"),
        (["rss", "feed=https://example.org/f", "--interval", "0"], "interval"),
    ],
)
def test_invalid_option_is_refused(arguments, message):
    """The message names it."""
    result = CliRunner().invoke(app, ["live", *arguments])
    assert result.exit_code != 0
    assert message in str(result.exception or "") + result.output


def test_settings_are_checked_before_credentials_are_asked_for():
    """The credentials are read from standard input, a line each, and are in no message."""
    login = "id\nsecret-of-reddit\n"
    for setting, entered, message in (
        ("colour=red", login, "COLOUR: reddit has no such setting"),
        ("subreddits=tea", "\n", "CLIENT_ID: is missing"),
        ("subreddits=a b", login, "SUBREDDITS: 'a b' is no name"),
    ):
        result = CliRunner().invoke(app, ["live", "reddit", setting], input=entered)
        assert message in result.output
        assert "secret-of-reddit" not in result.output


def test_make_live_knows_the_settings_of_all_kinds():
    """Each is a variable of make."""
    names = {s.name.upper() for kind in KINDS.values() for s in kind.settings if not s.is_secret}
    makefile = (ROOT / "Makefile").read_text()
    [line] = re.findall(r"^source_settings := (.*)$", makefile, re.MULTILINE)
    assert set(line.split()) == names
