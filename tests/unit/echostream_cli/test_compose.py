"""docker-compose.yml: settings and their defaults, permissions, images."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields

import pytest
import yaml
from dotenv import dotenv_values
from supervisor.datatypes import dict_of_key_value_pairs

from aws_companion import __main__ as companion
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import compose, docker_engine
from echostream_cli.sandbox.supervisor_config import supervisord_config
from echostream_cli.settings import INSIDE, Settings
from tests.unit.test_architecture import COMPOSE_FILES

SERVICES = COMPOSE_FILES[0]["services"]
PIN = re.compile(r"^[a-z0-9][^ =]*==[^ ]+", re.M)
HOST_ONLY = {
    "bind_host",
    "state_dir",
    "dashboard",
    "compose_project_name",
    "localstack_auth_token",
    "meter_url",
    "allowed_hosts",
    "emulator_secret",
}


def test_compose_defaults_equal_example_file():
    """Every variable has a line in .env.example, with the same default in every use."""
    defaults = set(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", str(COMPOSE_FILES)))
    assert len(defaults) > 10
    example = dotenv_values(ROOT / ".env.example")
    own = {("CASSETTES", "cassettes"), ("STATE_DIR", ".sandbox")}
    own.add(("API_ID", Settings(state_dir=ROOT).api_id))
    assert defaults - own <= set(example.items())


def test_deployer_gets_every_setting():
    """Except the settings that apply only to the host."""
    names = {name.lower() for name in SERVICES["deployer"]["environment"]}
    assert names == {field.name for field in fields(Settings)} - HOST_ONLY


def test_service_addresses_equal_those_of_functions():
    """The names and ports of the services are those in the settings of Lambda functions."""
    environment = SERVICES["deployer"]["environment"]
    for part, url in INSIDE.items():
        host, port = environment[f"{part.upper()}_HOST"], environment[f"{part.upper()}_PORT"]
        assert url == f"http://{host}:{port}"
        assert host in SERVICES


def test_emulator_has_same_variables_in_both_modes(tmp_path):
    """Except for addresses, paths and the region, which Compose reads from the environment."""
    config = supervisord_config(Settings(state_dir=tmp_path))
    programs = configparser.RawConfigParser()
    programs.read_string(config)
    local = dict_of_key_value_pairs(programs["program:emulator"]["environment"])
    container = SERVICES["localstack"]["environment"]
    credentials = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}  # from `env_file`
    assert container.keys() == local.keys() - {"PATH", "TMPDIR"} - credentials
    different = {"BIND_HOST", "STATE_DIR", "S3_DATA_DIR", "MINISTACK_REGION", "ALLOWED_HOSTS"}
    same = container.keys() - different
    assert {name: container[name] for name in same} == {name: local[name] for name in same}


@pytest.mark.parametrize(("url", "model"), [("", ""), ("http://localhost:1/v1", "a/b:1")])
def test_process_of_the_companion_gets_bedrocks_server(tmp_path, monkeypatch, url, model):
    """The companion reads the settings from its command, also when they are empty."""
    settings = Settings(state_dir=tmp_path, bedrock_openai_url=url, bedrock_openai_model=model)
    programs = configparser.RawConfigParser()
    programs.read_string(supervisord_config(settings))
    words = shlex.split(programs["program:companion"]["command"])
    monkeypatch.setattr(sys, "argv", words[words.index("aws_companion") :])
    arguments = companion.parse_arguments()
    assert (arguments.openai_url, arguments.openai_model) == (url, model)


def test_container_of_the_companion_gets_bedrocks_server():
    """From the same settings, with the shell's key; it can reach a server on its host."""
    service = SERVICES["companion"]
    assert "--openai-url=${BEDROCK_OPENAI_URL:-}" in service["command"]
    assert "--openai-model=${BEDROCK_OPENAI_MODEL:-}" in service["command"]
    assert "host.docker.internal:host-gateway" in service["extra_hosts"]
    assert service["environment"]["OPENAI_API_KEY"] is None


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_few_permissions(name):
    """Read-only, no capabilities, limited memory, loopback ports, no access to Docker's socket."""
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]
    assert "docker.sock" not in str(service)
    for port in service.get("ports", []):
        assert port.startswith(("127.0.0.1:", "${BIND_HOST:-127.0.0.1}:"))
    assert name == "deployer" or service["healthcheck"]["test"]


@pytest.mark.parametrize("image", ["companion", "deployer", "dashboard", "jupyter", "fetch"])
def test_image_has_pinned_versions_of_project(image):
    """An image's packages are a subset of those that are installed without Docker."""
    project = (ROOT / "requirements" / "project.txt").read_text()
    part = (ROOT / "requirements" / f"{image}.txt").read_text()
    pins = set(PIN.findall(part))
    assert pins
    assert pins <= set(PIN.findall(project))
    assert "://" not in re.sub(r"^ *#.*$", "", part, flags=re.M)


def test_images_run_as_unprivileged_user():
    """The last USER of every service's image, or of its parent, is 10001."""
    users: dict[str, str] = {}
    name = ""
    for line in (ROOT / "localstack" / "Dockerfile").read_text().splitlines():
        match line.split():
            case ["FROM", parent, "AS", name]:
                users[name] = users.get(parent, "root")
            case ["USER", user]:
                users[name] = user
    targets = {service["build"]["target"] for service in SERVICES.values()}
    assert {users[target] for target in targets} == {"10001:10001"}


@pytest.mark.skipif(not shutil.which("docker"), reason="no docker command here")
@pytest.mark.parametrize("token", ["", "ls-token"])
def test_compose_accepts_the_files(tmp_path, token):
    """`docker compose config` succeeds; only LocalStack gets Docker's socket."""
    try:
        docker_engine.compose_version()
    except docker_engine.DockerUnavailable as error:
        pytest.skip(str(error))
    settings = Settings(state_dir=tmp_path, mode="docker", localstack_auth_token=token)
    process = subprocess.run(
        compose.command(settings, "--profile", "jupyter", "config"),
        env=compose.environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    services = yaml.safe_load(process.stdout)["services"]
    assert services.keys() == SERVICES.keys()
    sockets = {name for name, service in services.items() if "docker.sock" in str(service)}
    assert sockets == ({"localstack"} if token else set())
    assert ("build" in services["localstack"]) is not bool(token)
