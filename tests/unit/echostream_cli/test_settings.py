"""The sandbox's settings: the environment overrides .env, which overrides the defaults."""

import pytest

from echostream_cli.errors import UserError
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load, load_running


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
    ],
)
def test_invalid_value_is_refused_with_its_variable(tmp_path, name, value):
    """The message starts with the variable and its rule."""
    with pytest.raises(UserError, match=f"^{name}: must be"):
        load({name: value}, tmp_path / "none")


def test_socket_path_is_short_for_deep_checkout(tmp_path):
    """The path of a Unix socket is limited to about 100 bytes."""
    deep = tmp_path / ("d" * 200)
    assert len(str(load({"STATE_DIR": str(deep)}, tmp_path / "none").socket)) < 100
