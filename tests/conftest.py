"""Fixtures of all tests, and a sandbox that is deployed once per run.

The sandbox has its own folder, ports and stack. It runs as processes, or in containers with
`make test MODE=docker`.
"""

import gc
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
from tests.coverage_table import count_lines, format_table

# altair imports jsonschema, which imports this optional checker of IRIs. That takes seconds, and
# no test has an IRI.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# A shell starts background jobs with SIGINT ignored, and programs inherit that from the tests. The
# tests that interrupt a program need the default.
signal.signal(signal.SIGINT, signal.default_int_handler)

TIERS = ("e2e", "integration")
"""Folders of tests that run before all others."""

# The duration of an example depends on the load of the machine more than on the code.
hypothesis_settings.register_profile("without deadlines", deadline=None)
hypothesis_settings.load_profile("without deadlines")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run end-to-end tests first, unit tests last.

    Of two workers none then begins a file that takes minutes when the other one has nothing left.
    """
    items.sort(key=lambda item: next((n for n, t in enumerate(TIERS) if t in item.path.parts), 2))


def pytest_collection_finish() -> None:
    """Exclude all that is loaded now from garbage collection: modules live until the end."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter, config):
    """Print the table of coverage if it is measured."""
    plugin = config.pluginmanager.getplugin("_cov")
    if plugin and plugin.cov_controller and not config.option.collectonly:
        terminalreporter.section("coverage")
        for line in format_table(count_lines(plugin.cov_controller.cov)):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def mode() -> str:
    """`docker` with MODE=docker; otherwise `local`, also where Docker is installed."""
    if os.environ.get("MODE") != "docker":
        return "local"
    docker_engine.check()
    return "docker"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, mode: str) -> Settings:
    """Settings of the tests' sandbox, which has no producer and no documents."""
    return Settings(
        mode=mode,
        compose_project_name=f"echostream-test-{uuid.uuid4().hex[:8]}",
        state_dir=tmp_path_factory.mktemp("sandbox"),
        emulator_port=free_port(),
        companion_port=free_port(),
        dashboard_port=free_port(),
        stack_name="echostream-test",
        producer=False,
        hosted_sign_in=True,
        seed_documents=0,
    )


@pytest.fixture(scope="session")
def sandbox(settings):
    """The running sandbox's outputs, as `make outputs` prints them."""
    try:
        lifecycle.start(settings)
        yield outputs(settings)
    finally:
        lifecycle.down(settings, volumes=True)


@pytest.fixture(scope="session")
def client(settings, sandbox):
    """An API client with the demo user's token."""
    return api(settings, sandbox)


@pytest.fixture
def name() -> str:
    """A name that is unique in this run."""
    return f"t{uuid.uuid4().hex[:12]}"
