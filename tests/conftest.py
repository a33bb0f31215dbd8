"""A sandbox of the tests' own, deployed once for the run: its own folder, ports and stack."""

import uuid

import pytest

from localstack import sandbox as commands
from localstack import supervisor
from localstack.outputs import api, outputs
from localstack.processes import free_port
from localstack.settings import Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> Settings:
    """How the tests' sandbox runs: quiet (no producer) and empty."""
    return Settings(
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
        commands.up(settings)
        yield outputs(settings)
    finally:
        supervisor.stop(settings)


@pytest.fixture(scope="session")
def client(settings, sandbox):
    """The API as the demo user sees it."""
    return api(settings, sandbox)


@pytest.fixture
def name() -> str:
    """A name that nothing else in this run has."""
    return f"t{uuid.uuid4().hex[:12]}"
