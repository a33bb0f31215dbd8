"""The targets of the Makefile, and the programs that they start."""

import os
import re
import shutil
import subprocess
from functools import cache

from echostream_cli.paths import ROOT

MAKE = shutil.which("make") or "make"
MAKEFILE = ROOT / "Makefile"
PROGRAM = re.compile(r"\.venv[\w-]*/bin/\w+|\./\w+/\w+\.sh")
"""The programs of this repository in the Makefile."""
RECORDER = """#!/bin/sh
printf '%s\\0' "$(($# + 2))" "$PYTEST_ADDOPTS" "$0" "$@" >>'{file}'
"""


def make(*arguments):
    """A finished `make`, without the variables of a `make` around this process."""
    environment = {"PATH": os.environ["PATH"]}
    command = [MAKE, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )


@cache
def targets():
    """The names of the targets that `make help` lists."""
    lines = make("help").stdout.splitlines()
    return [line.split()[1] for line in lines if line.startswith("  make ")]


@cache
def undocumented_targets():
    """The targets that `make help` omits; every target of the Makefile is phony."""
    database = make("--dry-run", "--print-data-base", "help").stdout.splitlines()
    [names] = [line for line in database if line.startswith(".PHONY:")]
    return set(names.split()[1:]) - set(targets())


@cache
def variables():
    """The words of the Makefile in upper case: all variables that users give, and some others."""
    words = set(re.findall(r"\b[A-Z][A-Z_]*\b", MAKEFILE.read_text()))
    return sorted(words - {"ECHOSTREAM", "MAKEFLAGS", "MAKEOVERRIDES", "PYTHON"})


def commands(folder, *assignments):
    """The arguments of each call of `echostream`, over all targets."""
    for _, _, *words in calls(folder, *targets(), *assignments):
        if words[:2] == ["-m", "echostream_cli"]:
            yield words[2:]


def calls(folder, *arguments, environment=None):
    """What `make` calls in a new folder, where each program only records its call.

    A call is PYTEST_ADDOPTS, the program and its arguments.
    """
    record = folder / "record"
    make_recorders(folder, record)
    command = [MAKE, "--silent", "--file", MAKEFILE, *arguments]
    variables = {"PATH": os.environ["PATH"], **(environment or {})}
    subprocess.run(command, cwd=folder, env=variables, stdout=subprocess.DEVNULL, check=True)
    words = record.read_bytes().decode(errors="surrogateescape").split("\0")
    record.unlink()
    return list(split_calls(words[:-1]))


def make_recorders(folder, record):
    """Put a program that records its calls in the place of each program of the Makefile."""
    (folder / "Makefile").symlink_to(MAKEFILE)  # `make help` reads it
    for name in set(PROGRAM.findall(MAKEFILE.read_text())):
        program = folder / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(RECORDER.format(file=record))
        program.chmod(0o755)


def split_calls(words):
    """Each call is preceded by the number of its words."""
    rest = iter(words)
    for number in rest:
        yield [next(rest) for _ in range(int(number))]
