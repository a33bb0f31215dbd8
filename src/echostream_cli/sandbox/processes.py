"""The processes of a sandbox, and the process that listens on a port."""

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

MARK = "ECHOSTREAM_SANDBOX"
"""The environment variable that every process of a sandbox inherits: the state folder."""


def ours(state_dir: Path) -> list[psutil.Process]:
    """Every running process that this sandbox started, directly or indirectly."""
    return [p for p in psutil.process_iter() if p.pid != os.getpid() and _mark(p) == str(state_dir)]


def _mark(process: psutil.Process) -> str | None:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.environ().get(MARK)
    except psutil.Error:
        return None


def end(processes: Sequence[psutil.Process], timeout: float = 20.0) -> None:
    """Terminate processes, so that the emulator saves its state; kill them after a timeout."""
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=timeout)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=5)


def owner_of_port(port: int) -> psutil.Process | None:
    """The process that listens on a TCP port; None if none is visible to this user."""
    for process in psutil.process_iter():
        try:
            is_listening = any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for connection in process.net_connections(kind="tcp")
            )
        except psutil.Error:
            continue
        if is_listening:
            return process
    return None
