"""The command `echostream` as a user runs it: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping

from echostream_cli.paths import ROOT


def run(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `echostream` with arguments in the project's root; its output is captured."""
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
