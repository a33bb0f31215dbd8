"""Which processes are this sandbox's, and who holds a port."""

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

MARK = "ECHOSTREAM_SANDBOX"
"""Environment variable that every process of a sandbox inherits; its value is the state folder."""


def ours(state_dir: Path) -> list[psutil.Process]:
    """Every running process that this sandbox started, directly or not."""
    return [p for p in psutil.process_iter() if p.pid != os.getpid() and _mark(p) == str(state_dir)]


def _mark(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.environ().get(MARK)
    except psutil.Error:
        return None


def end(processes: Sequence[psutil.Process], patience: float = 20.0) -> None:
    """Ask processes to end, so that the emulator can save its state; then make them."""
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, left = psutil.wait_procs(processes, timeout=patience)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=5)


def owner_of_port(port: int) -> psutil.Process | None:
    """Who listens on a TCP port; None where nobody does or this user may not know."""
    for process in psutil.process_iter():
        try:
            listening = any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for connection in process.net_connections(kind="tcp")
            )
        except psutil.Error:
            continue
        if listening:
            return process
    return None
