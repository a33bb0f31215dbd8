"""The dashboard on a stage; that of the sandbox runs with the sandbox."""

import os
import sys
from pathlib import Path

from echostream_cli import stages
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.ports import is_free

STAGE, ENDPOINT, SITE_URL = "ECHOSTREAM_STAGE", "ECHOSTREAM_ENDPOINT", "ECHOSTREAM_SITE_URL"
"""The environment variables that tell the dashboard which deployment it shows."""
HOST = "127.0.0.1"


def run(stage: str, endpoint: str, site_url: str, port: int) -> None:
    """Replace this process by the dashboard on a stage. Raises `UserError`."""
    if not stage:
        raise UserError("STAGE: which stage? The sandbox's dashboard starts with: make up")
    stages.load(stage)
    if not is_free(HOST, port):
        raise UserError(f"PORT: {port} is taken; choose another one")
    named = {STAGE: stage, ENDPOINT: endpoint, SITE_URL: site_url}
    environment = {
        **os.environ,
        **{name: value for name, value in named.items() if value},
        "STREAMLIT_SERVER_ADDRESS": HOST,
        "STREAMLIT_SERVER_PORT": str(port),
    }
    program = str(Path(sys.executable).with_name("streamlit"))
    print(f"  dashboard of stage {stage}: http://localhost:{port} (Ctrl-C stops it)", flush=True)
    os.chdir(ROOT)
    os.execve(program, [program, "run", "dashboard/app.py"], environment)  # noqa: S606
