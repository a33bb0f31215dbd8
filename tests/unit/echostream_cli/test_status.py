"""The state of a sandbox, as text and as JSON."""

import json
from datetime import UTC, datetime

import pytest

from echostream_cli.sandbox.status import PartStatus, SandboxStatus, StackStatus

START = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
RUNNING = PartStatus("emulator", 4566, is_ready=True, since=START, program="pid 7")
UNSUPERVISED = PartStatus("emulator", 4566, is_ready=True)
STOPPED = PartStatus("emulator", 4566, is_ready=False, log="  cannot bind")
DEPLOYED = StackStatus("echostream", "UPDATE_COMPLETE", START, is_current=True)
FAILED = StackStatus("echostream", "CREATE_FAILED", START, is_current=True)
MISSING = StackStatus("echostream", None, None, is_current=False)


@pytest.mark.parametrize(
    ("part", "stack", "is_running"),
    [
        (RUNNING, DEPLOYED, True),
        (UNSUPERVISED, DEPLOYED, True),
        (STOPPED, DEPLOYED, False),
        (RUNNING, FAILED, False),
        (RUNNING, MISSING, False),
    ],
)
def test_sandbox_runs_if_its_parts_are_ready_and_its_stack_is_deployed(part, stack, is_running):
    """The text names the command that repairs a sandbox which does not run."""
    status = SandboxStatus([part], stack)
    assert status.is_running is is_running
    assert ("start or repair with: make up" in str(status)) is not is_running


def test_line_of_a_part_says_its_state():
    """Running, running without supervision, and stopped, with the log."""
    running, unsupervised, stopped = (
        str(SandboxStatus([part], DEPLOYED)) for part in (RUNNING, UNSUPERVISED, STOPPED)
    )
    assert "runs on port 4566 since " in running
    assert "(pid 7)" in running
    assert "but unsupervised" in unsupervised
    assert "does not answer on port 4566; its last log lines:\n  cannot bind" in stopped


def test_line_of_the_stack_says_whether_files_have_changed():
    """The files of the folder are compared with those that were deployed."""
    changed = StackStatus("echostream", "CREATE_COMPLETE", START, is_current=False)
    assert "files have changed" in str(SandboxStatus([RUNNING], changed))
    assert "files have changed" not in str(SandboxStatus([RUNNING], DEPLOYED))
    assert "is not deployed" in str(SandboxStatus([RUNNING], MISSING))


def test_json_has_times_in_iso_8601():
    """It can be written as JSON, with a field for each fact."""
    status = json.loads(json.dumps(SandboxStatus([RUNNING, STOPPED], DEPLOYED).to_json()))
    assert status["parts"][0] == {
        "name": "emulator",
        "port": 4566,
        "is_ready": True,
        "since": "2026-01-31T09:30:00+00:00",
        "program": "pid 7",
        "log": "",
    }
    assert status["parts"][1]["since"] is None
    assert status["stack"]["changed_at"] == "2026-01-31T09:30:00+00:00"
