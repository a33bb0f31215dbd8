"""Runs the command `echostream` in a process of its own, as a user does."""

import os
import subprocess
import sys
from collections.abc import Mapping

from echostream_cli.paths import ROOT


def run(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `echostream` in the project's root and capture its output."""
    return subprocess.run(
        [sys.executable, "-m", "echostream_cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
