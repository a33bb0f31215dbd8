"""A web server for each test."""

import pytest

from tests.web_server import web_server


@pytest.fixture
def server():
    with web_server() as served:
        yield served
