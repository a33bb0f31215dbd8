"""All lines of a log group are read, also beyond the emulator's limit per request."""

from datetime import UTC, datetime, timedelta

import pytest

from echostream_cli import log_events

START = datetime(2026, 11, 1, tzinfo=UTC)
PER_MILLISECOND = 4
NUMBER = 2 * log_events.EMULATOR_LIMIT + 7


@pytest.fixture(scope="module")
def logs(settings, sandbox):
    return settings.target.client("logs")


@pytest.fixture(scope="module")
def group(logs):
    """A group with NUMBER lines, four per millisecond."""
    name = f"/test/lines-{datetime.now(UTC).timestamp()}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    start = int(START.timestamp() * 1000)
    events = [
        {"timestamp": start + number // PER_MILLISECOND, "message": f"line {number}"}
        for number in range(NUMBER)
    ]
    for first in range(0, NUMBER, 5000):
        batch = events[first : first + 5000]
        logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=batch)
    yield name
    logs.delete_log_group(logGroupName=name)


def test_every_line_is_read_once_and_in_order(logs, group):
    """No line is lost or repeated between two requests."""
    lines = [line for _, line in log_events.read(logs, group)]
    assert lines == [f"line {number}" for number in range(NUMBER)]


def test_since_selects_later_lines(logs, group):
    """The lines of the last two milliseconds."""
    since = START + timedelta(milliseconds=NUMBER // PER_MILLISECOND - 1)
    number = PER_MILLISECOND + NUMBER % PER_MILLISECOND
    lines = [line for _, line in log_events.read(logs, group, since)]
    assert lines == [f"line {n}" for n in range(NUMBER - number, NUMBER)]


def test_pattern_selects_matching_lines(logs, group):
    """A filter pattern of CloudWatch. The emulator matches each word, AWS the whole phrase."""
    lines = [line for _, line in log_events.read(logs, group, pattern='"line 77"')]
    assert lines[:1] == ["line 77"]
    assert [line for line in lines if "77" not in line] == []


def test_missing_group_has_no_lines(logs):
    """A function that was never invoked has no log group."""
    assert list(log_events.read(logs, "/test/never")) == []
