"""README.md: the output of its quick start, and its table of options."""

import os
import re
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # moto recommends dependencies that this test does not need
    from moto.server import ThreadedMotoServer

README = (Path(__file__).parents[1] / "README.md").read_text()
QUICK_START = README[README.index("## Quick start") : README.index("## Beside other emulators")]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", QUICK_START, re.MULTILINE | re.DOTALL)
EXPORTED = re.compile(r"^export (.+)$", re.MULTILINE)


@pytest.fixture
def moto():
    """The address of moto's server on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@pytest.fixture
def companion(moto, free_port, tmp_path):
    """The address of a companion process beside moto, started as the README starts it."""
    command = [sys.executable, "-m", "aws_companion", "--port", str(free_port), "--emulator", moto]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{free_port}"
    try:
        wait_until_ready(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(address, process):
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_companion/ready", timeout=5):
                return
        except OSError:
            assert process.poll() is None, "the companion ended"
            assert time.monotonic() < deadline, "the companion does not start"
            time.sleep(0.05)


def exported_variables(moto, companion):
    """The variables that the quick start exports, with the ports of this test."""
    pairs = [pair for line in EXPORTED.findall(QUICK_START) for pair in line.split()]
    variables = dict(pair.split("=", 1) for pair in pairs)
    addresses = {"http://localhost:4566": moto, "http://localhost:4567": companion}
    return {name: addresses.get(value, value) for name, value in variables.items()}


def test_quick_start_prints_the_documented_output(moto, companion, tmp_path):
    """A crawl, two queries and two scores through boto3, configured by environment only."""
    code = "".join(text for language, text in BLOCKS if language == "python")
    expected = "".join(text for language, text in BLOCKS if not language)
    assert code
    assert expected
    variables = exported_variables(moto, companion)
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "AWS_CONFIG_FILE": os.devnull, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == expected


def test_options_are_documented():
    """The table has every option of the command, with its default."""
    command = [sys.executable, "-m", "aws_companion", "--help"]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    text = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout
    options = set(re.findall(r"^  (--[\w-]+)", text, re.MULTILINE)) - {"--version"}
    table = dict(re.findall(r"^\| `(--[\w-]+)` \| (.+?) \|", README, re.MULTILINE))
    assert table.keys() == options != set()
    defaults = re.findall(r"`([^`]+)`", " ".join(table.values()))
    assert defaults
    for default in defaults:
        assert f"(default: {default})" in " ".join(text.split())
