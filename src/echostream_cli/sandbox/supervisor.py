"""The long-running parts as processes of supervisord, which restarts and logs them."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
import xmlrpc.client
from typing import Any

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from echostream_cli import ports
from echostream_cli.credentials import write_private
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import processes
from echostream_cli.sandbox.supervisor_config import supervisord_config
from echostream_cli.settings import Settings
from echostream_cli.target import shell_environment

CONFIG_NAME = "supervisord.conf"
ALIVE = ("STARTING", "RUNNING")
READY = {
    "emulator": "/_ministack/ready",
    "companion": "/_companion/ready",
    "dashboard": "/_stcore/health",
}


def parts(settings: Settings) -> list[str]:
    """The supervised parts, in the order of starting."""
    return ["emulator", "companion", *(["dashboard"] if settings.dashboard else [])]


def port_of(settings: Settings, part: str) -> int:
    """The port of a part, from the setting `<part>_port`."""
    return int(getattr(settings, f"{part}_port"))


def ready_url(settings: Settings, part: str) -> str:
    """The address that returns 200 when a part is ready."""
    return f"http://localhost:{port_of(settings, part)}{READY[part]}"


def ensure(settings: Settings, part: str, timeout: float = 60.0) -> bool:
    """Start a part if needed and wait until it is ready. True if it was started.

    Raises `UserError` with the end of its log.
    """
    if is_ready(settings, part) and state(settings, part) in ALIVE:
        return False
    _check_port(settings, part)
    _ensure_supervisor(settings)
    _start(settings, part)
    deadline = time.monotonic() + timeout
    while not is_ready(settings, part):
        if state(settings, part) == "FATAL" or time.monotonic() > deadline:
            raise UserError(f"{part} does not start; its last log lines:\n{tail(settings, part)}")
        time.sleep(0.1)
    return True


def _start(settings: Settings, part: str) -> None:
    """Start a part with supervisord, unless supervisord is restarting it already."""
    try:
        _call(settings, "startProcess", part, False)
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise


def is_ready(settings: Settings, part: str) -> bool:
    """Whether a part reports that it is ready."""
    try:
        with urllib.request.urlopen(ready_url(settings, part), timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def state(settings: Settings, part: str) -> str:
    """supervisord's state of a part: RUNNING, BACKOFF, FATAL, ...; STOPPED without supervisord."""
    try:
        return str(_call(settings, "getProcessInfo", part)["statename"])
    except (OSError, xmlrpc.client.Error):
        return "STOPPED"


def info(settings: Settings, part: str) -> dict[str, Any]:
    """supervisord's record of a part, with `start` and `pid`; empty without supervisord."""
    try:
        return dict(_call(settings, "getProcessInfo", part))
    except (OSError, xmlrpc.client.Error):
        return {}


def has_changed(settings: Settings) -> bool:
    """Whether the processes were started with other settings."""
    config = settings.state_dir / CONFIG_NAME
    return config.exists() and config.read_text() != supervisord_config(settings)


def is_supervised(settings: Settings) -> bool:
    """Whether any process of this sandbox runs."""
    return bool(processes.ours(settings.state_dir))


def stop(settings: Settings) -> None:
    """Stop every process of this sandbox, supervised or not."""
    processes.end(_supervisors(settings), timeout=70)
    processes.end(processes.ours(settings.state_dir))
    settings.socket.unlink(missing_ok=True)


def tail(settings: Settings, part: str, lines: int = 15) -> str:
    """The last log lines of a part, indented."""
    log = settings.logs / f"{part}.log"
    if not log.exists():
        return "  (no log)"
    return "\n".join("  " + line for line in log.read_text(errors="replace").splitlines()[-lines:])


def _supervisors(settings: Settings) -> list[Any]:
    return [p for p in processes.ours(settings.state_dir) if "supervisord" in " ".join(p.cmdline())]


def _ensure_supervisor(settings: Settings) -> None:
    try:
        _call(settings, "getState")
        return
    except (OSError, xmlrpc.client.Error):
        stop(settings)
    for folder in (settings.logs, settings.data, settings.socket.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = settings.state_dir / CONFIG_NAME
    write_private(config, supervisord_config(settings))
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)]
    environment = {**shell_environment(), processes.MARK: str(settings.state_dir)}
    subprocess.run(command, check=True, env=environment, cwd=ROOT)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            _call(settings, "getState")
            return
        except (OSError, xmlrpc.client.Error):
            time.sleep(0.05)
    raise UserError(f"the supervisor does not start; see {settings.logs}/supervisord.log")


def _check_port(settings: Settings, part: str) -> None:
    """Raise `UserError` if a process of another program uses a part's port."""
    port = port_of(settings, part)
    if ports.is_free(settings.bind_host, port):
        return
    owner = processes.owner_of_port(port)
    if owner in processes.ours(settings.state_dir):
        return
    raise port_taken(part, port, owner)


def port_taken(part: str, port: int, owner: psutil.Process | str | None) -> UserError:
    """The error for a taken port: its owner, and the setting for another port."""
    name = owner or "a process of another user"
    if isinstance(owner, psutil.Process):
        name = f"{owner.name()} (pid {owner.pid})"
    return UserError(
        f"port {port} is taken by {name}: stop it, or set {part.upper()}_PORT to another port"
        " in .env or on the command line"
    )


def _call(settings: Settings, method: str, *arguments: Any) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{settings.socket}")
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    return getattr(proxy.supervisor, method)(*arguments)
