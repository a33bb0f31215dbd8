"""The targets of the Makefile, and the commands that `make` would run for them."""

import os
import shlex
import shutil
import subprocess
from functools import cache
from itertools import takewhile

from echostream_cli.paths import ROOT

MAKE = shutil.which("make") or "make"


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


def commands(*variables):
    """The arguments of each call of `echostream`, over all targets."""
    recipes = dry_run(*variables).stdout.replace("\\\n", " ").splitlines()
    lines = [list(shlex.shlex(line, posix=True, punctuation_chars=True)) for line in recipes]
    for words in lines:
        if "echostream_cli" in words:
            after = words[words.index("echostream_cli") + 1 :]
            yield list(takewhile(lambda word: word not in (";", "&&"), after))


def optional_variables():
    """NAME=1 for each variable that the recipes read and nothing sets."""
    variables = ["FILE=1", "ID=1", "AUTHOR=1"]  # the Makefile sets them, to empty strings
    while True:
        warnings = dry_run("--warn-undefined-variables", *variables).stderr.splitlines()
        names = {line.split()[-1].strip("`'") for line in warnings if "undefined variable" in line}
        if not names:
            return variables
        variables += [f"{name}=1" for name in sorted(names)]


def dry_run(*arguments):
    return make("--dry-run", "--always-make", *targets(), *arguments)
