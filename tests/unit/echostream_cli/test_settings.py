"""The sandbox's settings: the environment over .env over defaults."""

import pytest

from echostream_cli.errors import UserError
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load, load_running


def test_precedence(tmp_path):
    """The command line wins over .env, which wins over the defaults."""
    env_file = tmp_path / ".env"
    env_file.write_text("EMULATOR_PORT=5000\nDASHBOARD_PORT=5001\nSTATE_DIR=\n")
    settings = load({"EMULATOR_PORT": "6000"}, env_file)
    assert (settings.emulator_port, settings.dashboard_port) == (6000, 5001)
    assert settings.stack_name == "echostream"
    assert settings.state_dir.name == ".sandbox"


def test_what_was_started_is_remembered(tmp_path):
    """Commands after `make up` see its settings; an empty variable, as make exports, is none."""
    nowhere, state = tmp_path / "none", {"STATE_DIR": str(tmp_path), "PRODUCER": ""}
    started = load({**state, "PRODUCER": "off", "EMULATOR_PORT": "6000"}, nowhere)
    started.remember()
    assert load_running(state, nowhere) == started
    assert load_running({**state, "EMULATOR_PORT": "7000"}, nowhere).emulator_port == 7000
    assert load(state, nowhere).producer


def test_that_localstack_runs_is_remembered_and_its_token_is_not(tmp_path):
    """Commands know whom they speak to; `make reset` deletes nothing that it cannot start again."""
    nowhere, state = tmp_path / "none", {"STATE_DIR": str(tmp_path)}
    load({**state, "MODE": "docker", "LOCALSTACK_AUTH_TOKEN": "ls-secret"}, nowhere).remember()
    running = load_running(state, nowhere)
    assert running.runs_localstack
    assert "ls-secret" not in running.remembered.read_text()
    with pytest.raises(UserError, match="LOCALSTACK_AUTH_TOKEN: must be given again"):
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
def test_bad_values_are_named(tmp_path, name, value):
    """A wrong value says which variable it is and what it may be."""
    with pytest.raises(UserError, match=f"^{name}: must be"):
        load({name: value}, tmp_path / "none")


def test_the_socket_path_is_short(tmp_path):
    """However deep the clone lies, the supervisor's socket path fits the system's limit."""
    deep = tmp_path / ("d" * 200)
    assert len(str(load({"STATE_DIR": str(deep)}, tmp_path / "none").socket)) < 100
