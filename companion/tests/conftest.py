"""Fixtures of the companion's tests. Nothing here needs a network or an installed emulator."""

import socket

import pytest
from hypothesis import settings

# The duration of an example depends on the load of the machine more than on the code.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")


@pytest.fixture
def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
