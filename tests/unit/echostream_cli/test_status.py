"""The state of a sandbox, as text and as JSON."""

import json
import re
from datetime import UTC, datetime

import pytest

from echostream_cli.sandbox.status import PartStatus, SandboxStatus, StackStatus, show

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
def test_sandbox_runs_if_its_parts_are_ready_and_its_stack_is_deployed(
    part, stack, is_running, capsys
):
    """The text names the command that repairs a sandbox which does not run."""
    status = SandboxStatus([part], stack)
    assert status.is_running is is_running
    show(status)
    assert ("start or repair with: make up" in capsys.readouterr().out) is not is_running


def get_text(capsys, part, stack=DEPLOYED):
    show(SandboxStatus([part], stack))
    return capsys.readouterr().out


def test_row_of_a_part_has_its_state(capsys):
    """Running, running without supervision, and stopped, with the log."""
    row = get_text(capsys, RUNNING).splitlines()[2]
    assert re.fullmatch(r"emulator  runs +4566  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  pid 7", row)
    assert "not restarted if it stops; repair with: make up" in get_text(capsys, UNSUPERVISED)
    stopped = get_text(capsys, STOPPED)
    assert re.search(r"^emulator  not ready +4566$", stopped, re.M)
    assert "last log lines of emulator:\n  cannot bind\n" in stopped


def test_status_of_the_stack_says_whether_files_have_changed(capsys):
    """The files of the folder are compared with those that were deployed."""
    changed = StackStatus("echostream", "CREATE_COMPLETE", START, is_current=False)
    assert "files have changed" in get_text(capsys, RUNNING, changed)
    assert "files have changed" not in get_text(capsys, RUNNING)
    assert "not deployed" in get_text(capsys, RUNNING, MISSING)


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
