"""The dashboard of a stage. The sandbox starts its own."""

import os
import sys
from pathlib import Path

from echostream_cli import stages
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.ports import is_free

STAGE, ENDPOINT, SITE_URL = "ECHOSTREAM_STAGE", "ECHOSTREAM_ENDPOINT", "ECHOSTREAM_SITE_URL"
"""The environment variables that select the deployment of the dashboard."""
HOST = "127.0.0.1"


def run(stage: str, endpoint: str, site_url: str, port: int) -> None:
    """Replace this process by the dashboard. Raises `UserError` for a wrong stage or port."""
    if not stage:
        raise UserError(
            "STAGE: missing; set it to a stage (the dashboard of the sandbox starts with: make up)"
        )
    stages.load(stage)
    if not is_free(HOST, port):
        raise UserError(f"PORT: {port} is in use; choose another port")
    deployment = {STAGE: stage, ENDPOINT: endpoint, SITE_URL: site_url}
    environment = {
        **os.environ,
        **{name: value for name, value in deployment.items() if value},
        "STREAMLIT_SERVER_ADDRESS": HOST,
        "STREAMLIT_SERVER_PORT": str(port),
    }
    program = str(Path(sys.executable).with_name("streamlit"))
    print(f"  dashboard of stage {stage}: http://localhost:{port} (Ctrl-C stops it)", flush=True)
    os.chdir(ROOT)
    os.execve(program, [program, "run", "dashboard/app.py"], environment)  # noqa: S606
