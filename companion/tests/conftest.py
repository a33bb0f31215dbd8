"""Fixtures of the companion's tests. Nothing here needs a network or an installed emulator."""

import socket

import pytest


@pytest.fixture
def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
