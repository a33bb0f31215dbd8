"""The script that creates the Python environments."""

import shutil
import subprocess

import pytest

from echostream_cli.paths import ROOT

SLOW_UV = """#!/bin/sh
echo "$1" >>calls
sleep 0.5
mkdir -p .venv-emulator
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the script and the requirements, and without environments."""
    for folder in ("scripts", "requirements"):
        shutil.copytree(ROOT / folder, tmp_path / "checkout" / folder)
    return tmp_path / "checkout"


def test_two_commands_at_once_install_once(checkout):
    """The second waits: it would delete what the first installs."""
    bootstrap = checkout / ".sandbox" / "bootstrap"
    (bootstrap / "bin").mkdir(parents=True)
    shutil.copy(checkout / "requirements" / "bootstrap.txt", bootstrap / ".made-from")
    (bootstrap / "bin" / "uv").write_text(SLOW_UV)
    (bootstrap / "bin" / "uv").chmod(0o755)
    command = [checkout / "scripts" / "environments.sh", "emulator"]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert (checkout / "calls").read_text().split() == ["venv", "pip"]


def test_linked_environment_is_not_cleared(checkout, tmp_path):
    """The environment behind the link belongs to another checkout."""
    other = tmp_path / "other"
    other.mkdir()
    (other / ".made-from").write_text("other requirements")
    (checkout / ".venv").symlink_to(other)
    script = checkout / "scripts" / "environments.sh"
    process = subprocess.run([script], capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert ".venv is a link" in process.stderr
    assert (other / ".made-from").read_text() == "other requirements"
