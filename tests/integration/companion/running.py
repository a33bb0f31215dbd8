"""Runs the companion as its own process, and sends it requests."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class Companion:
    """A companion process on a free port."""

    def __init__(self, cassettes, *options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "aws_companion", "--port", str(self.port)]
        self.command += ["--cassettes", str(cassettes), *options]

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self.is_ready():
            assert self.process.poll() is None, "the companion ended"
            assert time.monotonic() < deadline, "the companion does not start"
            time.sleep(0.05)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/_companion/ready", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def stop(self, signal_number):
        self.process.send_signal(signal_number)
        return self.process.wait(60)

    def faults(self, **plan):
        """Set a plan of faults, if given. Returns the remaining faults."""
        method = "POST" if plan else "GET"
        body = json.dumps(plan).encode() if plan else None
        url = f"{self.url}/_companion/faults"
        request = urllib.request.Request(url, data=body, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def client(self, attempts=1, **options):
        retries: Any = {"total_max_attempts": attempts, "mode": "standard"}
        return boto3.client(
            "comprehend",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries=retries, **options),
        )

    def environment(self, credentials=True):
        """Environment variables whose AWS settings name this companion only."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        settings = {
            "AWS_ENDPOINT_URL_COMPREHEND": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        return others | settings | (CREDENTIALS if credentials else {})


@contextmanager
def running(cassettes, *options):
    companion = Companion(cassettes, *options)
    try:
        companion.start()
        yield companion
    finally:
        if companion.process.poll() is None:
            companion.stop(signal.SIGKILL)


def get_error(call, **parameters):
    """The exception that boto3 raises: its class name, and its code with the HTTP status."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    response = raised.value.response
    assert response["ResponseMetadata"]["RequestId"]
    assert response["Error"]["Message"]
    return type(raised.value).__name__, (
        response["Error"]["Code"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )
