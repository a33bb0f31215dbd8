"""The choice of a mode, and messages for a missing, old or failing Docker. Needs no daemon."""

import os
from dataclasses import replace

import pytest
from docker.errors import ImageNotFound

from echostream_cli.errors import UserError
from echostream_cli.sandbox import compose, containers, docker_engine, runtime
from echostream_cli.settings import Settings

NOWHERE = "unix:///nowhere/docker.sock"


@pytest.fixture
def settings(tmp_path):
    return Settings(state_dir=tmp_path, mode="auto")


@pytest.fixture(autouse=True)
def empty_caches():
    """Cached results of an earlier test are dropped."""
    cached_functions = (docker_engine.client, docker_engine.compose_version)
    for function in cached_functions:
        function.cache_clear()
    yield
    for function in cached_functions:
        function.cache_clear()


@pytest.fixture
def no_daemon(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)


@pytest.fixture
def docker_command(tmp_path, monkeypatch):
    """Replaces the command `docker` by a shell script."""

    def install(script):
        command = tmp_path / "docker"
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


def test_containers_of_plain_compose_are_detected(settings, monkeypatch):
    """`docker compose up` saves no mode; later commands look for running containers."""
    container = type("Container", (), {"status": "running"})
    monkeypatch.setattr(containers, "_list_containers", lambda _: iter([container]))
    assert runtime.with_running_mode(settings).mode == "docker"
    monkeypatch.setattr(containers, "_list_containers", lambda _: iter([]))
    assert runtime.with_running_mode(settings).mode == "local"
    assert runtime.with_running_mode(replace(settings, mode="docker")).mode == "docker"


def test_running_mode_is_local_without_daemon(no_daemon, settings):
    """A command such as `make status` works without Docker."""
    assert runtime.with_running_mode(settings).mode == "local"


def test_mode_is_local_without_daemon(no_daemon, settings):
    """The first line of `make up` gives the reason."""
    choice = runtime.choose(settings)
    assert choice.mode == "local"
    assert str(choice) == f"without containers: no Docker daemon answers at {NOWHERE}"


def test_docker_mode_without_daemon_is_refused(no_daemon, settings):
    """The error has the daemon's address and names MODE=local."""
    with pytest.raises(docker_engine.DockerUnavailable, match=f"{NOWHERE}.*MODE=local"):
        runtime.choose(replace(settings, mode="docker"))


def test_local_mode_needs_no_daemon(no_daemon, settings):
    """With MODE=local the mode does not depend on Docker."""
    assert str(runtime.choose(replace(settings, mode="local"))) == "without containers: MODE=local"


@pytest.mark.parametrize("version", ["1.29.2", "2.23.3", "2.24.3"])
def test_old_compose_is_refused(docker_command, version):
    """The message has the installed version and the oldest supported one."""
    docker_command(f"echo v{version}")
    message = rf"is {version}, but 2\.24\.4 or newer is needed"
    with pytest.raises(docker_engine.DockerUnavailable, match=message):
        docker_engine.compose_version()


@pytest.mark.parametrize("version", ["2.24.4", "2.40.3-desktop.1", "5.0.1"])
def test_new_compose_is_accepted(docker_command, version):
    """Also with a distributor's suffix."""
    docker_command(f"echo {version}")
    assert docker_engine.compose_version() == version


def test_missing_compose_plugin_is_named(docker_command):
    """Without the plugin, the docker command exits with an error."""
    docker_command("echo \"docker: 'compose' is not a docker command.\" >&2; exit 1")
    with pytest.raises(docker_engine.DockerUnavailable, match="docker-compose-plugin"):
        docker_engine.compose_version()


@pytest.mark.parametrize(
    ("output", "explanation"),
    [
        ("write /var/lib/docker/x: no space left on device", "the disk is full"),
        ("python:3.11-slim: failed to resolve source metadata", "an image cannot be downloaded"),
        ("dial tcp: lookup registry: i/o timeout", "a download failed"),
        ("Bind for 127.0.0.1:4566 failed: port is already allocated", "a port is taken"),
    ],
)
def test_compose_error_is_explained(docker_command, settings, output, explanation):
    """The message starts with the explanation and ends with the log."""
    docker_command(f"echo '{output}'; exit 17")
    with pytest.raises(UserError, match=f"^{explanation}") as error:
        compose.run(settings, "build")
    assert str(error.value).endswith(output)


class Images:
    """A daemon that has these images."""

    def __init__(self, *names):
        self.images, self._names = self, names

    def get(self, name):
        if name not in self._names:
            raise ImageNotFound(name)


def test_existing_images_are_used_without_network(docker_command, settings, monkeypatch):
    """A build needs the registry even if nothing changed; a missing image remains an error."""
    docker_command("echo 'python:3.11-slim: failed to resolve source metadata'; exit 17")
    monkeypatch.setattr(docker_engine, "client", lambda: Images(*containers.IMAGES))
    assert containers.build(settings) == "not rebuilt: a download failed"
    monkeypatch.setattr(docker_engine, "client", lambda: Images(*containers.IMAGES[1:]))
    with pytest.raises(UserError, match="an image cannot be downloaded"):
        containers.build(settings)


def test_failed_build_is_an_error_despite_existing_images(docker_command, settings, monkeypatch):
    """The existing images would not match the files of the checkout."""
    docker_command("echo 'COPY failed: no such file'; exit 17")
    monkeypatch.setattr(docker_engine, "client", lambda: Images(*containers.IMAGES))
    with pytest.raises(UserError, match="COPY failed"):
        containers.build(settings)


def test_empty_variable_is_not_passed_to_compose(settings, monkeypatch):
    """Everywhere else an empty variable means the default; Compose would use it as it is."""
    monkeypatch.setenv("EMULATOR_MEMORY", "")
    variables = compose.environment(settings)
    assert "EMULATOR_MEMORY" not in variables
    assert variables["EMULATOR_PORT"] == "4566"


def test_token_is_neither_saved_nor_printed(settings):
    """The file for later commands and `repr` do not contain the token."""
    with_token = replace(settings, localstack_auth_token="ls-secret")
    with_token.save()
    assert "ls-secret" not in settings.saved_file.read_text()
    assert "ls-secret" not in repr(with_token)
