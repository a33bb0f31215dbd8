"""What is said where Docker is missing, too old, full or cut off: no daemon is needed for these."""

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
def fresh():
    """Nothing that an earlier test found out is remembered."""
    remembering = (docker_engine.client, docker_engine.compose_version)
    for found in remembering:
        found.cache_clear()
    yield
    for found in remembering:
        found.cache_clear()


@pytest.fixture
def no_daemon(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)


@pytest.fixture
def docker_command(tmp_path, monkeypatch):
    """Puts a `docker` of one's own making first in the path."""

    def put(script):
        command = tmp_path / "docker"
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return put


def test_what_plain_compose_started_is_found(settings, monkeypatch):
    """`docker compose up` leaves no word of the mode; the commands that follow look."""
    runs = type("Container", (), {"status": "running"})
    monkeypatch.setattr(containers, "_ours", lambda _: iter([runs]))
    assert runtime.running(settings).mode == "docker"
    monkeypatch.setattr(containers, "_ours", lambda _: iter([]))
    assert runtime.running(settings).mode == "local"
    assert runtime.running(replace(settings, mode="docker")).mode == "docker"


def test_without_a_daemon_it_runs_as_processes_if_at_all(no_daemon, settings):
    """Nobody needs Docker to be told that nothing runs."""
    assert runtime.running(settings).mode == "local"


def test_without_a_daemon_nothing_changes(no_daemon, settings):
    """Nobody asked for containers, so there are none, and the reason is said."""
    choice = runtime.choose(settings)
    assert choice.mode == "local"
    assert str(choice) == f"without containers: no Docker daemon answers at {NOWHERE}"


def test_asking_for_containers_without_a_daemon(no_daemon, settings):
    """The error says where a daemon was looked for, and that there is another way."""
    with pytest.raises(docker_engine.DockerUnavailable, match=f"{NOWHERE}.*MODE=local"):
        runtime.choose(replace(settings, mode="docker"))


def test_local_asks_no_daemon(no_daemon, settings):
    """MODE=local is all the reason there need be."""
    assert str(runtime.choose(replace(settings, mode="local"))) == "without containers: MODE=local"


@pytest.mark.parametrize("version", ["1.29.2", "2.23.3", "2.24.3"])
def test_an_old_compose(docker_command, version):
    """The version that is there and the one that is needed are named."""
    docker_command(f"echo v{version}")
    with pytest.raises(docker_engine.DockerUnavailable, match=rf"is {version}, 2\.24\.4 or newer"):
        docker_engine.compose_version()


@pytest.mark.parametrize("version", ["2.24.4", "2.40.3-desktop.1", "5.0.1"])
def test_a_compose_that_will_do(docker_command, version):
    """Whatever a distributor adds to the number."""
    docker_command(f"echo {version}")
    assert docker_engine.compose_version() == version


def test_no_compose(docker_command):
    """A docker command without the plugin says that it does not know the word."""
    docker_command("echo \"docker: 'compose' is not a docker command.\" >&2; exit 1")
    with pytest.raises(docker_engine.DockerUnavailable, match="docker-compose-plugin"):
        docker_engine.compose_version()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("write /var/lib/docker/x: no space left on device", "the disk is full"),
        ("python:3.11-slim: failed to resolve source metadata", "an image cannot be fetched"),
        ("dial tcp: lookup registry: i/o timeout", "something cannot be fetched"),
        ("Bind for 127.0.0.1:4566 failed: port is already allocated", "a port is taken"),
    ],
)
def test_what_compose_says_is_explained(docker_command, settings, said, meant):
    """The cause in a few words first, then the log's end."""
    docker_command(f"echo '{said}'; exit 17")
    with pytest.raises(UserError, match=f"^{meant}") as caught:
        compose.run(settings, "build")
    assert said in str(caught.value)


class Images:
    """A daemon that has these images."""

    def __init__(self, *names):
        self.images, self._names = self, names

    def get(self, name):
        if name not in self._names:
            raise ImageNotFound(name)


def test_without_a_network_the_images_of_before_will_do(docker_command, settings, monkeypatch):
    """Even an image that is built is looked up in its registry; once built, nothing hangs on it."""
    docker_command("echo 'python:3.11-slim: failed to resolve source metadata'; exit 17")
    monkeypatch.setattr(docker_engine, "client", lambda: Images(*containers.IMAGES))
    assert "as built before" in containers.build(settings)
    monkeypatch.setattr(docker_engine, "client", lambda: Images(*containers.IMAGES[1:]))
    with pytest.raises(UserError, match="an image cannot be fetched"):
        containers.build(settings)


def test_a_build_that_is_wrong_is_an_error(docker_command, settings, monkeypatch):
    """Whatever was built before: it would not be what lies here."""
    docker_command("echo 'COPY failed: no such file'; exit 17")
    monkeypatch.setattr(docker_engine, "client", lambda: Images(*containers.IMAGES))
    with pytest.raises(UserError, match="COPY failed"):
        containers.build(settings)


def test_an_empty_variable_does_not_hide_one_of_the_file(settings, monkeypatch):
    """make exports variables that nobody set as empty ones; compose would believe them."""
    monkeypatch.setenv("EMULATOR_MEMORY", "")
    given = compose.environment(settings)
    assert "EMULATOR_MEMORY" not in given
    assert given["EMULATOR_PORT"] == "4566"


def test_a_token_is_not_kept(settings):
    """What `make up` remembers for the commands that follow holds no secret."""
    replace(settings, localstack_auth_token="ls-secret").remember()
    assert "ls-secret" not in settings.remembered.read_text()
    assert "ls-secret" not in repr(replace(settings, localstack_auth_token="ls-secret"))
