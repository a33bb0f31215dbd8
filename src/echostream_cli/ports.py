"""TCP ports of this machine."""

import secrets
import socket


def free_port() -> int:
    """A TCP port that nobody listens on.

    It is below the ports that the system gives to outgoing connections, so that none of them takes
    it before its user listens. `secrets`, because tests that run in two processes seed `random`
    alike and would get the same port.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        if is_free("127.0.0.1", port):
            return port


def is_free(host: str, port: int) -> bool:
    """Whether one could listen on a port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
