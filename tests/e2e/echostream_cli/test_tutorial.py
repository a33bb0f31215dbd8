"""The tutorial: its commands, run in order in one shell, print the output that it shows."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from echostream_cli.paths import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "=-=-= end of a block =-=-="


def read_steps():
    """Each block of commands with the output on the page; None if the page shows no output."""
    steps = []
    for kind, text in BLOCK.findall(TUTORIAL.read_text()):
        if kind == "sh":
            steps.append((text, None))
        else:
            steps[-1] = (steps[-1][0], text)
    return steps


@pytest.fixture(scope="module")
def outputs(settings, sandbox, tmp_path_factory):
    """The output of each block; the blocks run one after the other in one shell."""
    script = "".join(f"{commands}\necho '{END}'\n" for commands, _ in read_steps())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        **settings.environment(),
        "HOME": str(tmp_path_factory.mktemp("home")),
        "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker"),
    }
    process = subprocess.run(
        [str(shutil.which("bash")), "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout.split(f"{END}\n")


def pattern(line):
    """A regular expression for a line of the page, in which `…` stands for any text."""
    return re.compile(".*".join(re.escape(part) for part in line.split("…")))


WITH_OUTPUT = [number for number, (_, output) in enumerate(read_steps()) if output is not None]


@pytest.mark.parametrize("number", WITH_OUTPUT)
def test_tutorial_shows_real_output(outputs, number):
    """Line by line. The fixture checks that the blocks without output succeed."""
    _, page_output = read_steps()[number]
    lines = [line.rstrip() for line in outputs[number].splitlines()]
    page_lines = [line.rstrip() for line in page_output.splitlines()]
    assert len(lines) == len(page_lines), outputs[number]
    for line, page_line in zip(lines, page_lines, strict=True):
        assert pattern(page_line).fullmatch(line), f"{line!r} is not {page_line!r}"


def test_most_steps_show_output():
    """At least six blocks are compared, and most lines are more than a wildcard."""
    assert len(WITH_OUTPUT) >= 6
    lines = [line for _, text in read_steps() if text for line in text.splitlines()]
    assert sum(len(line.replace("…", "").strip()) > 1 for line in lines) > len(lines) / 2
