"""Runs the command `echostream` in a process of its own, as a user does."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping

from echostream_cli.paths import ROOT


def run(
    environment: Mapping[str, str], *arguments: str, stdin: str = "", **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run `echostream` with arguments in the project's root; its output is captured."""
    return subprocess.run(
        [sys.executable, "-m", "echostream_cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment, **changes},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def up(environment: Mapping[str, str]) -> str:
    """Start a sandbox, or repair it; what `up` prints."""
    process = run(environment, "up")
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def outputs(environment: Mapping[str, str]) -> dict[str, str]:
    """The values that `echostream outputs` prints."""
    lines = run(environment, "outputs").stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


def is_healthy(environment: Mapping[str, str]) -> bool:
    """Whether the API of a sandbox reports that it works."""
    url = outputs(environment)["API_URL"] + "/health"
    with urllib.request.urlopen(url, timeout=60) as response:
        return bool(response.status == 200)
