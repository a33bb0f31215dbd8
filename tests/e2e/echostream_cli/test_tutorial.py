"""The tutorial: its commands, run in order in one shell, print what it says they print."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from echostream_cli.paths import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=-=-= end of a block =-=-="


def steps():
    """Each block of commands, and what the page says it prints; None where it says nothing."""
    found = []
    for kind, text in BLOCK.findall(TUTORIAL.read_text()):
        if kind == "sh":
            found.append((text, None))
        else:
            found[-1] = (found[-1][0], text)
    return found


@pytest.fixture(scope="module")
def printed(settings, sandbox, tmp_path_factory):
    """What each block printed, with the blocks run as a reader would, one after the other."""
    script = "".join(f"{commands}\necho '{MARK}'\n" for commands, _ in steps())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        **settings.environment(),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker"),
    }
    done = subprocess.run(
        [str(shutil.which("bash")), "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(f"{MARK}\n")


def pattern(line):
    """A line of the page; the dots stand for what differs from reader to reader."""
    return re.compile(".*".join(re.escape(part) for part in line.split("…")))


SAYING = [number for number, (_, expected) in enumerate(steps()) if expected is not None]


@pytest.mark.parametrize("number", SAYING)
def test_the_tutorial_prints_what_it_says(printed, number):
    """Line by line; where the page shows nothing, `printed` has seen the commands succeed."""
    _, expected = steps()[number]
    lines = [line.rstrip() for line in printed[number].splitlines()]
    wanted = [line.rstrip() for line in expected.splitlines()]
    assert len(lines) == len(wanted), printed[number]
    for line, want in zip(lines, wanted, strict=True):
        assert pattern(want).fullmatch(line), f"{line!r} is not {want!r}"


def test_the_tutorial_is_checked_where_it_counts():
    """Most blocks say what they print, so that this test says something."""
    assert len(SAYING) >= 6
