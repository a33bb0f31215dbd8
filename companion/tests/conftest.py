"""Fixtures of the companion's tests. Nothing here needs a network or an installed emulator."""

import socket

import pytest
from athena_wire import BUCKET, Wire, clients
from bedrock_wire import MODEL, OPENAI_KEY, running, serving
from comprehend_requests import NO_EMULATOR
from hypothesis import settings
from moto import mock_aws
from starlette.testclient import TestClient

from aws_companion.__main__ import create_companion
from aws_companion.services import Options

# The duration of an example depends on the load of the machine more than on the code.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


@pytest.fixture
def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def http(tmp_path_factory):
    """The companion in this process, with an empty cassette."""
    folder = tmp_path_factory.mktemp("empty") / "none"
    with TestClient(
        create_companion(NO_EMULATOR, Options(folder)).app(), base_url="http://localhost"
    ) as client:
        yield client


@pytest.fixture
def aws():
    with mock_aws():
        clients()["s3"].create_bucket(Bucket=BUCKET)
        yield


@pytest.fixture
def wire(aws):
    wire = Wire()
    yield wire
    wire.engine.release.set()
    wire.athena.close()


@pytest.fixture(scope="session")
def openai_server():
    with serving() as server:
        yield server


@pytest.fixture
def openai(openai_server):
    """A server with OpenAI's API that answers with a plain text."""
    openai_server.reset()
    return openai_server


@pytest.fixture(scope="session")
def passing_on(openai_server):
    """A boto3 client of a companion that passes Bedrock's requests on to that server."""
    url = openai_server.url + "/"
    with running(openai_url=url, openai_model=MODEL, openai_key=OPENAI_KEY) as client:
        yield client
