"""Periods as operators type them."""

from datetime import UTC, datetime

import pytest

from echostream.domain.errors import BadRequest
from echostream_cli.operate import period
from echostream_cli.operate.period import Period
from tests.builders import NOW


def asked(*arguments, start=None):
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    month, first, last = (given.get(name, "") for name in ("--month", "--from", "--to"))
    return period.of(month, first, last, NOW, start)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "start", "end"),
    [
        (("--month", "2026-02"), at(2026, 2, 1), at(2026, 3, 1)),
        (("--month", "2025-12"), at(2025, 12, 1), at(2026, 1, 1)),
        (("--month", "2026-05"), at(2026, 5, 1), NOW),
        (("--from", "2026-05-01"), at(2026, 5, 1), NOW),
        (("--from", "2026-05-01", "--to", "2026-05-02"), at(2026, 5, 1), at(2026, 5, 2)),
        (("--from", "2026-05-01T10:30:00+02:00"), at(2026, 5, 1, 8, 30), NOW),
        (("--from", "2026-05-01", "--to", "2099-01-01"), at(2026, 5, 1), NOW),
    ],
)
def test_periods(arguments, start, end):
    """Months, days and times; never beyond now."""
    assert asked(*arguments) == Period(start, end)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "FROM: required"),
        (("--month", "2026-13"), "MONTH:"),
        (("--month", "2026-1"), "MONTH:"),
        (("--month", "2026-01", "--to", "2026-01-05"), "MONTH:"),
        (("--from", "2026-02-30"), "FROM: there is no day"),
        (("--from", "yesterday"), "FROM: must be an RFC 3339 time"),
        (("--from", "2026-05-02", "--to", "2026-05-02"), "TO: must come after FROM"),
        (("--from", "2026-06-02"), "FROM: lies in the future"),
    ],
)
def test_what_is_no_period(arguments, named):
    """The message names the option."""
    with pytest.raises(BadRequest, match=named):
        asked(*arguments)


def test_days_of_a_period():
    """Those that it touches, and not the one that it ends before."""
    found = Period(at(2026, 2, 27, 23), at(2026, 3, 2)).days()
    assert [day.day for day in found] == [27, 28, 1]


def test_a_command_that_has_a_start_of_its_own():
    """Without FROM it is that."""
    assert asked(start=at(2026, 5, 1)) == Period(at(2026, 5, 1), NOW)
