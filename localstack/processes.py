"""Which processes are this sandbox's, and who holds a port."""

import os
import time
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


def owner_of_port(port: int) -> str | None:
    """Who listens on a TCP port, as far as this user may know; None where nobody does."""
    for process in psutil.process_iter(["name"]):
        try:
            listening = any(
                connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
                for connection in process.net_connections(kind="tcp")
            )
        except psutil.Error:
            continue
        if listening:
            return f"{process.info['name']} (pid {process.pid})"
    return None


def since(process: psutil.Process) -> str:
    """When a process started, in local time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(process.create_time()))
