"""Log lines are read to the last, also past what the emulator gives at once."""

from datetime import UTC, datetime, timedelta

import pytest

from echostream_cli import log_events

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
PER_MILLISECOND = 4
NUMBER = 2 * log_events.AT_ONCE + 7


@pytest.fixture(scope="module")
def logs(settings, sandbox):
    return settings.target.client("logs")


@pytest.fixture(scope="module")
def group(logs):
    """A group with NUMBER lines, several a millisecond."""
    name = f"/test/lines-{datetime.now(UTC).timestamp()}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    start = int(BEGAN.timestamp() * 1000)
    events = [
        {"timestamp": start + number // PER_MILLISECOND, "message": f"line {number}"}
        for number in range(NUMBER)
    ]
    for first in range(0, NUMBER, 5000):
        part = events[first : first + 5000]
        logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=part)
    yield name
    logs.delete_log_group(logGroupName=name)


def test_every_line_comes_once_and_in_order(logs, group):
    """Nothing is cut off, and nothing comes twice where two questions meet."""
    found = [line for _, line in log_events.read(logs, group)]
    assert found == [f"line {number}" for number in range(NUMBER)]


def test_since_and_pattern_leave_out_the_rest(logs, group):
    """A moment and a word, as CloudWatch takes them."""
    since = BEGAN + timedelta(milliseconds=NUMBER // PER_MILLISECOND - 1)
    left = PER_MILLISECOND + NUMBER % PER_MILLISECOND
    assert len(list(log_events.read(logs, group, since))) == left
    assert [line for _, line in log_events.read(logs, group, pattern='"line 77"')][:1] == [
        "line 77"
    ]


def test_a_group_that_is_not_there_has_no_lines(logs):
    """A function that never ran wrote nothing."""
    assert list(log_events.read(logs, "/test/never")) == []
