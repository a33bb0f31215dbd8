"""TCP ports of this machine."""

import secrets
import socket


def free_port() -> int:
    """A free TCP port on the loopback interface.

    It is below the range of ephemeral ports, so that no outgoing connection takes it before the
    caller listens. `secrets`, because test processes seed `random` alike and would get the same
    port.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        if is_free("127.0.0.1", port):
            return port


def is_free(host: str, port: int) -> bool:
    """Whether a port can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
