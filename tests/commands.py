"""The sandbox's commands as a user runs them: in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Mapping

from echostream_cli.paths import ROOT


def run(
    environment: Mapping[str, str], module: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module arguments` in the project's root, with what it says kept."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
