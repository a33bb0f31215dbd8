"""docker-compose.yml: what it sets, what it allows, and that it says what the settings say."""

import re
import shutil
import subprocess
from dataclasses import fields

import pytest
import yaml

from echostream_cli.paths import ROOT
from echostream_cli.sandbox import compose, docker_engine
from echostream_cli.sandbox.supervisor_config import supervisord_config
from echostream_cli.settings import INSIDE, Settings

TEXT = "".join(path.read_text() for path in (compose.FILE, compose.LOCALSTACK_FILE))
SERVICES = yaml.safe_load(compose.FILE.read_text())["services"]
LOCKED = re.compile(r"^[a-z0-9][^ =]*==[^ ]+", re.M)
ON_THIS_MACHINE_ONLY = {
    "bind_host",
    "state_dir",
    "dashboard",
    "compose_project_name",
    "localstack_auth_token",
    "meter_url",
}


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line[:1].isupper())


def test_defaults_are_those_of_the_example():
    """Every variable has its line in .env.example, with the same default."""
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", TEXT))
    del used["CASSETTES"]
    assert used.items() <= example().items()


def test_containers_get_every_setting():
    """What `make up` takes reaches the containers, but for what is of this machine alone."""
    given = {name.lower() for name in SERVICES["deployer"]["environment"]}
    assert given == {field.name for field in fields(Settings)} - ON_THIS_MACHINE_ONLY


def test_containers_find_each_other_where_functions_look():
    """The services' names and ports are those that Lambda code is told."""
    environment = SERVICES["deployer"]["environment"]
    for part, url in INSIDE.items():
        host, port = (environment[f"{part.upper()}_{what}"] for what in ("HOST", "PORT"))
        assert url == f"http://{host}:{port}"
        assert host in SERVICES


def test_the_emulator_is_set_as_without_docker(tmp_path):
    """Both modes give the emulator the same variables, but for where its files lie."""
    config = supervisord_config(Settings(state_dir=tmp_path))
    [line] = re.findall(r"^environment=(.*GATEWAY_PORT.*)$", config, re.M)
    local = dict(re.findall(r'(\w+)="([^"]*)"', line))
    given = SERVICES["localstack"]["environment"]
    assert given.keys() == local.keys() - {"PATH", "TMPDIR"}
    same = given.keys() - {"BIND_HOST", "STATE_DIR", "S3_DATA_DIR", "MINISTACK_REGION"}
    assert {name: given[name] for name in same} == {name: local[name] for name in same}


@pytest.mark.parametrize("name", SERVICES)
def test_services_may_do_little(name):
    """Read-only, without capabilities, bounded, on the loopback; nobody gets Docker's socket."""
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]
    assert "docker.sock" not in str(service)
    for port in service.get("ports", []):
        assert port.startswith(("127.0.0.1:", "${BIND_HOST:-127.0.0.1}:"))
    assert name == "deployer" or service["healthcheck"]["test"]


@pytest.mark.parametrize("image", ["companion", "deployer", "dashboard", "jupyter", "fetch"])
def test_images_hold_the_pinned_versions(image):
    """What an image holds is part of what is installed without Docker."""
    whole = (ROOT / "requirements" / "project.txt").read_text()
    part = (ROOT / "requirements" / f"{image}.txt").read_text()
    assert set(LOCKED.findall(part)) <= set(LOCKED.findall(whole))
    assert "://" not in re.sub(r"^ *#.*$", "", part, flags=re.M)


def test_images_run_as_nobody_in_particular():
    """Every image that a service runs leaves root behind."""
    stages = re.split(r"^FROM ", (ROOT / "localstack" / "Dockerfile").read_text(), flags=re.M)[1:]
    parents = {stage.split()[2]: stage.split()[0] for stage in stages}
    users = {stage.split()[2]: "\nUSER 10001" in stage for stage in stages}
    for service in SERVICES.values():
        target = service["build"]["target"]
        assert users[target] or users[parents[target]]


@pytest.mark.skipif(not shutil.which("docker"), reason="no docker command here")
@pytest.mark.parametrize("token", ["", "ls-token"])
def test_compose_reads_the_files(tmp_path, token):
    """Compose itself finds no fault; the socket is LocalStack's alone."""
    try:
        docker_engine.compose_version()
    except docker_engine.DockerUnavailable as why:
        pytest.skip(str(why))
    settings = Settings(state_dir=tmp_path, mode="docker", localstack_auth_token=token)
    done = subprocess.run(
        compose.command(settings, "--profile", "jupyter", "config"),
        env=compose.environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == SERVICES.keys()
    sockets = {name for name, service in services.items() if "docker.sock" in str(service)}
    assert sockets == ({"localstack"} if token else set())
    assert ("build" in services["localstack"]) is not bool(token)
