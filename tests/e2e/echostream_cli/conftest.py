"""Fixtures of the tests of commands."""

import pytest

from echostream_cli.ports import free_port
from echostream_cli.sandbox import local, supervisor
from echostream_cli.settings import Settings


@pytest.fixture(scope="module")
def emulator(tmp_path_factory, mode):
    """An emulator and a companion without a deployment, beside a sandbox that may run."""
    if mode == "docker":
        pytest.skip("independent of the mode; MODE=local runs it")
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("as if aws"),
        emulator_port=free_port(),
        companion_port=free_port(),
        dashboard_port=free_port(),
    )
    local.install_emulator()
    try:
        supervisor.ensure(settings, "emulator")
        supervisor.ensure(settings, "companion")
        yield settings
    finally:
        supervisor.stop(settings)
