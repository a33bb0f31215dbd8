"""A sandbox of the tests' own, deployed once for the run: its own folder, ports and stack.

It runs as processes, or in containers with `make test MODE=docker`.
"""

import os
import signal
import sys
import uuid

import pytest
from hypothesis import settings as hypothesis_settings

from echostream_cli.outputs import api, outputs
from echostream_cli.ports import free_port
from echostream_cli.sandbox import docker_engine, lifecycle
from echostream_cli.settings import Settings

# An optional part of jsonschema, which altair imports, takes seconds to import. It checks IRIs,
# which nothing here has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# A shell starts background jobs with SIGINT ignored, and programs inherit that from the tests. The
# tests that interrupt a program need the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more of what else runs on the machine than of the code.
hypothesis_settings.register_profile("without deadlines", deadline=None)
hypothesis_settings.load_profile("without deadlines")


@pytest.fixture(scope="session")
def mode() -> str:
    """`local`, whatever there is here, unless containers are asked for."""
    asked = os.environ.get("MODE") or "local"
    if asked == "docker":
        docker_engine.check()
    return "docker" if asked == "docker" else "local"


@pytest.fixture(scope="session")
def settings(tmp_path_factory, mode) -> Settings:
    """How the tests' sandbox runs: quiet (no producer) and empty."""
    return Settings(
        mode=mode,
        compose_project_name=f"echostream-test-{uuid.uuid4().hex[:8]}",
        state_dir=tmp_path_factory.mktemp("sandbox"),
        emulator_port=free_port(),
        companion_port=free_port(),
        dashboard_port=free_port(),
        stack_name="echostream-test",
        producer=False,
        seed_documents=0,
    )


@pytest.fixture(scope="session")
def sandbox(settings):
    """The running sandbox's outputs, as `make outputs` gives them."""
    try:
        lifecycle.start(settings)
        yield outputs(settings)
    finally:
        lifecycle.down(settings, volumes=True)


@pytest.fixture(scope="session")
def client(settings, sandbox):
    """The API as the demo user sees it."""
    return api(settings, sandbox)


@pytest.fixture
def name() -> str:
    """A name that nothing else in this run has."""
    return f"t{uuid.uuid4().hex[:12]}"
