"""The sandbox without containers: start, repair, stop, reset, errors."""

import json
import os
import signal
import socket

import psutil
import pytest

from echostream_cli.ports import free_port
from echostream_cli.sandbox import processes
from tests.commands import is_healthy, outputs, run, up


@pytest.fixture(scope="module")
def sandbox_variables(tmp_path_factory):
    """The environment of a separate sandbox, whose processes these tests kill."""
    variables = {
        "MODE": "local",
        "STATE_DIR": str(tmp_path_factory.mktemp("broken sandbox")),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "DASHBOARD_PORT": str(free_port()),
        "STACK_NAME": "echostream-lifecycle",
        "PRODUCER": "on",
        "SEED_DOCUMENTS": "30",
    }
    yield variables
    run(variables, "down")


def list_processes(variables, word=""):
    """The sandbox's processes whose command line contains a word."""
    running = processes.ours(variables["STATE_DIR"])
    return [process for process in running if word in " ".join(process.cmdline())]


def kill(variables, word=""):
    """Kill the processes whose command line contains a word; at least one."""
    victims = list_processes(variables, word)
    assert victims, f"no process of {word!r} runs"
    for process in victims:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(victims, timeout=10)


def is_listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(port))) == 0


KEYS = {
    "API_URL",
    "SITE_URL",
    "DASHBOARD_URL",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_COMPREHEND",
    "STACK_NAME",
    "TABLE_NAME",
    "LAKE_BUCKET",
    "USER_POOL_ID",
    "USER_POOL_CLIENT_ID",
    "DEMO_USERNAME",
    "DEMO_PASSWORD",
}


@pytest.fixture(scope="module")
def first_up(sandbox_variables):
    """What the first `up` printed."""
    return up(sandbox_variables)


def get_status(variables):
    return json.loads(run(variables, "status", "--json").stdout)


def test_up_starts_all_parts_and_changes_nothing_the_second_time(sandbox_variables, first_up):
    """Outputs, status and a token; a second `up` neither builds nor deploys."""
    variables = sandbox_variables
    assert "30 sent" in first_up
    first_outputs = outputs(variables)
    assert first_outputs.keys() >= KEYS
    assert len(run(variables, "token").stdout.strip().split(".")) == 3

    second = up(variables)
    assert "sam build" not in second
    assert "is current" in second
    assert outputs(variables) == first_outputs

    status = get_status(variables)
    assert status["is_running"]
    assert {part["name"] for part in status["parts"]} == {"emulator", "companion", "dashboard"}
    assert all(part["since"] and part["program"].startswith("pid ") for part in status["parts"])
    assert status["stack"]["status"] == "CREATE_COMPLETE"


def test_up_repairs_killed_parts(sandbox_variables, first_up):
    """The dashboard, the supervisor, the emulator, then all processes are killed."""
    variables = sandbox_variables
    up(variables)
    kill(variables, "streamlit")
    up(variables)
    assert is_listening(variables["DASHBOARD_PORT"])

    kill(variables, "supervisord")
    up(variables)
    assert is_healthy(variables)
    assert run(variables, "status").returncode == 0

    kill(variables, "run-emulator.py")
    up(variables)
    assert is_healthy(variables)

    kill(variables)
    up(variables)
    assert is_healthy(variables)


def test_down_keeps_the_data_and_reset_deletes_it(sandbox_variables, first_up):
    """After `down` nothing runs; the next `up` finds the documents and counts new ones; `reset`
    sends the first ones again."""
    variables = sandbox_variables
    up(variables)
    down = run(variables, "down")
    assert down.returncode == 0
    assert "not finished" not in down.stdout
    assert list_processes(variables) == []
    assert not is_listening(variables["EMULATOR_PORT"])
    assert not is_listening(variables["DASHBOARD_PORT"])
    stopped = run(variables, "status")
    assert stopped.returncode == 1
    assert stopped.stdout.count("not ready") == 3
    assert not get_status(variables)["is_running"]

    restarted = up(variables)
    assert "sam build" not in restarted
    assert "already stored" in restarted
    seeded = run(variables, "seed", "--number", "20")
    assert seeded.returncode == 0
    assert "not counted" not in seeded.stderr

    assert "30 sent" in run(variables, "reset").stdout
    assert is_healthy(variables)


def test_taken_port_is_refused(sandbox_variables, tmp_path):
    """The error has the port, the process that uses it, and the setting to change."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        changes = {"EMULATOR_PORT": str(port), "STATE_DIR": str(tmp_path)}
        process = run(sandbox_variables, "up", **changes)
    assert process.returncode == 1
    assert f"port {port}" in process.stderr
    assert f"(pid {os.getpid()})" in process.stderr
    assert "EMULATOR_PORT" in process.stderr


@pytest.mark.parametrize("command", ["outputs", "token"])
def test_command_without_sandbox_names_make_up(sandbox_variables, tmp_path, command):
    """Commands that need a running sandbox fail with the command that starts one."""
    changes = {"STATE_DIR": str(tmp_path), "EMULATOR_PORT": str(free_port())}
    process = run(sandbox_variables, command, **changes)
    assert process.returncode == 1
    assert "make up" in process.stderr


def test_invalid_setting_is_refused(sandbox_variables, tmp_path):
    """The error names the variable, and no process starts."""
    process = run(sandbox_variables, "up", PRODUCER="maybe", STATE_DIR=str(tmp_path))
    assert process.returncode == 1
    assert process.stderr.startswith("error: PRODUCER: must be")
    assert processes.ours(tmp_path) == []
