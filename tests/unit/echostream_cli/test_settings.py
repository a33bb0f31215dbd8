"""The sandbox's settings: the environment overrides .env, which overrides the defaults."""

import stat

import pytest
from dotenv import dotenv_values

from echostream_cli import credentials, stages
from echostream_cli.deploy import parameters
from echostream_cli.errors import UserError
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load, load_running, secret_key_of


def test_environment_overrides_file_and_defaults(tmp_path):
    """An empty value in .env counts as absent."""
    env_file = tmp_path / ".env"
    env_file.write_text("EMULATOR_PORT=5000\nDASHBOARD_PORT=5001\nSTATE_DIR=\n")
    settings = load({"EMULATOR_PORT": "6000"}, env_file)
    assert (settings.emulator_port, settings.dashboard_port) == (6000, 5001)
    assert settings.stack_name == "echostream"
    assert settings.state_dir.name == ".sandbox"


def test_settings_of_last_start_are_saved(tmp_path):
    """Commands after `make up` use its settings; an empty variable, as from make, is ignored."""
    no_file, state = tmp_path / "none", {"STATE_DIR": str(tmp_path), "PRODUCER": ""}
    settings = load({**state, "PRODUCER": "off", "EMULATOR_PORT": "6000"}, no_file)
    settings.save()
    assert load_running(state, no_file) == settings
    assert load_running({**state, "EMULATOR_PORT": "7000"}, no_file).emulator_port == 7000
    assert load(state, no_file).producer


def test_use_of_localstack_is_saved_without_token(tmp_path):
    """Later commands use LocalStack; `make reset` is refused, because it could not start again."""
    no_file, state = tmp_path / "none", {"STATE_DIR": str(tmp_path)}
    load({**state, "MODE": "docker", "LOCALSTACK_AUTH_TOKEN": "ls-secret"}, no_file).save()
    running = load_running(state, no_file)
    assert running.runs_localstack
    assert "ls-secret" not in running.saved_file.read_text()
    with pytest.raises(UserError, match="LOCALSTACK_AUTH_TOKEN: must be set again"):
        lifecycle.reset(running)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMULATOR_PORT", "http"),
        ("EMULATOR_PORT", "70000"),
        ("PRODUCER", "yes"),
        ("ENGINE", "oracle"),
        ("MODE", "cloud"),
        ("SEED_DATASET", "novels"),
        ("SEED_DOCUMENTS", "-1"),
        ("ALLOWED_HOSTS", "http://box"),
        ("ALLOWED_HOSTS", "box:4566"),
        ("ALLOWED_HOSTS", "box, *"),
        ("ALLOWED_HOSTS", "box other"),
        ("ALLOWED_HOSTS", "*.box,*box"),
        ("BEDROCK_OPENAI_URL", "localhost:11434"),
        ("BEDROCK_OPENAI_URL", "http://me:secret@localhost/v1"),
        ("BEDROCK_OPENAI_URL", "http://localhost/v1?key=a"),
        ("BEDROCK_OPENAI_URL", "http://local'host"),
        ("BEDROCK_OPENAI_MODEL", 'a "b"'),
    ],
)
def test_invalid_value_is_refused_with_its_variable(tmp_path, name, value):
    """The message starts with the variable and its rule."""
    with pytest.raises(UserError, match=f"^{name}: must be"):
        load({name: value}, tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("BEDROCK_OPENAI_URL", "http://localhost:11434/v1", "BEDROCK_OPENAI_MODEL"),
        ("BEDROCK_OPENAI_MODEL", "Qwen/Qwen3-4B:fp16", "BEDROCK_OPENAI_URL"),
    ],
)
def test_bedrocks_server_and_model_are_set_together(tmp_path, name, value, missing):
    """The message names the missing one; both have no default."""
    with pytest.raises(UserError, match=f"^{missing}: must be set, because {name}"):
        load({name: value}, tmp_path / "none")
    assert getattr(load({}, tmp_path / "none"), name.lower()) == ""


def test_companion_serves_bedrock(tmp_path):
    """Its address is among those that `make outputs` prints; SDKs find it by the variable."""
    settings = load({"COMPANION_PORT": "5000"}, tmp_path / "none")
    variables = settings.target.service_variables()
    assert variables["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == settings.companion_url
    assert variables["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == "http://localhost:5000"


def test_socket_path_is_short_for_deep_checkout(tmp_path):
    """The path of a Unix socket is limited to about 100 bytes."""
    deep = tmp_path / ("d" * 200)
    assert len(str(load({"STATE_DIR": str(deep)}, tmp_path / "none").socket)) < 100


def test_trusted_hosts_are_those_of_the_settings(tmp_path):
    """The addresses that programs use, and more names."""
    variables = {
        "BIND_HOST": "192.168.1.5",
        "EMULATOR_HOST": "box",
        "ALLOWED_HOSTS": " a.example.com, *.box.test,::1,[fd00::1] ,",
    }
    trusted = load(variables, tmp_path / "none").trusted_hosts
    names = ["192.168.1.5", "box", "localhost", "a.example.com", "*.box.test", "::1", "[fd00::1]"]
    assert trusted.split(",") == names


def test_secret_is_made_once_for_each_sandbox(tmp_path):
    """Only this user can read its file; without one it is `test`; no other file has it."""
    folders = tmp_path / "one", tmp_path / "two"
    one, two = (load({"STATE_DIR": str(folder)}, tmp_path / "none") for folder in folders)
    assert one.secret_key == two.secret_key == "test"
    for settings in (one, two, one):
        credentials.ensure(settings.credentials_file)
        settings.save()
        assert stat.S_IMODE(settings.credentials_file.stat().st_mode) == 0o600
        assert settings.secret_key not in settings.saved_file.read_text() + repr(settings.target)
    first = one.secret_key
    credentials.ensure(one.credentials_file)
    assert one.secret_key == first != two.secret_key
    assert len(first) == 40
    assert one.target.credentials() == credentials.variables(first)


def test_container_has_its_secret_from_its_environment(tmp_path):
    """Not from AWS's variable, which on a user's machine has another program's secret."""
    lines = tmp_path / "credentials.env"
    credentials.ensure(lines)
    variables = {name: str(value) for name, value in dotenv_values(lines).items()}
    container = {**variables, "STATE_DIR": str(tmp_path / "none")}
    assert load(container, tmp_path / "none").secret_key == credentials.read_secret(lines)
    del container["EMULATOR_SECRET"]
    assert load(container, tmp_path / "none").secret_key == "test"


def test_stage_on_the_sandboxs_emulator_has_its_secret_and_companion(tmp_path, monkeypatch):
    """A stage on another emulator has `test`, which most emulators accept, and no companion."""
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.delenv("EMULATOR_PORT", raising=False)
    settings = load()
    credentials.ensure(settings.credentials_file)
    assert secret_key_of(settings.endpoint + "/") == settings.secret_key
    assert secret_key_of("http://localhost:1") == secret_key_of(None) == "test"
    stage = stages.load("staging")
    ours, other = stage.target(settings.endpoint), stage.target("http://localhost:1")
    assert ours.secret_key == settings.secret_key
    assert ours.service_endpoints["athena"] == settings.companion_url
    assert not other.service_endpoints
    values = parameters.resolve(stage, ours, {})
    companion = settings.companion_url_for_functions
    assert values["AthenaEndpoint"] == values["ComprehendEndpoint"] == companion
    assert parameters.resolve(stage, other, {})["AthenaEndpoint"] == ""
