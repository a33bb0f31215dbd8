"""The sandbox in containers: Compose starts and removes them, Docker's SDK inspects them."""

import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound

from echostream_cli import credentials, ports
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.sandbox import (
    compose,
    docker_engine,
    localstack_plan,
    processes,
    supervisor,
)
from echostream_cli.settings import Settings

SERVICES = {"emulator": "localstack", "companion": "companion", "dashboard": "dashboard"}
"""The parts of the sandbox and their services in docker-compose.yml."""
IMAGES = tuple(f"echostream-{name}" for name in ("emulator", "companion", "deployer", "dashboard"))
MAX_RESTARTS = 3
"""`up` fails when Docker has restarted a container this often and it is still not ready."""


def up(settings: Settings) -> None:
    """Build the images; start or repair emulator, companion, stack, users, data and dashboard."""
    settings.save()
    credentials.ensure(settings.credentials_file)
    settings.cassettes.mkdir(parents=True, exist_ok=True)
    print(f"  {describe_emulator(settings)}")
    with step("images (log: compose-build.log)") as note:
        note.append(build(settings))
    _start(settings, "emulator")
    if settings.runs_localstack:
        with step("services of LocalStack") as note:
            note.append(localstack_plan.require(settings.target))
    _start(settings, "companion")
    _run_deployer(settings)
    if settings.dashboard:
        _start(settings, "dashboard")
    else:
        compose.run(settings, "rm", "--stop", "--force", "dashboard")


def build(settings: Settings) -> str:
    """Build the images, or keep existing ones if a download fails; returns a progress note."""
    try:
        compose.run(settings, "build", log="compose-build")
    except compose.DownloadFailed:
        if not all(_is_built(image) for image in IMAGES):
            raise
        return "not rebuilt: a download failed"
    return "done"


def _is_built(image: str) -> bool:
    try:
        docker_engine.client().images.get(image)
    except ImageNotFound:
        return False
    return True


def describe_emulator(settings: Settings) -> str:
    """The emulator, the reason for the choice, and where its differences from AWS are listed."""
    if settings.runs_localstack:
        return "LocalStack: LOCALSTACK_AUTH_TOKEN is set. Differences from AWS: make doctor"
    return "MiniStack: LOCALSTACK_AUTH_TOKEN is not set. Differences from AWS: docs/parity.md"


def _start(settings: Settings, part: str) -> None:
    with step(f"{part} on port {supervisor.port_of(settings, part)}") as note:
        _check_port(settings, part)
        _remove_restarting(settings, part)
        before = started_at(find(settings, part))
        compose.run(settings, "up", "--detach", "--no-deps", "--no-build", SERVICES[part])
        _wait_until_ready(settings, part)
        is_same = before == started_at(find(settings, part))
        note.append("already running" if is_same else "started")


def _remove_restarting(settings: Settings, part: str) -> None:
    """Remove a container in a restart loop, whose pauses grow; its volume stays."""
    container = find(settings, part)
    if container is not None and container.status in ("restarting", "dead"):
        _remove(container)


def started_at(container: Any) -> str:
    """When a container was started, as Docker writes it; empty without a container."""
    return str(container.attrs["State"]["StartedAt"]) if container else ""


def _wait_until_ready(settings: Settings, part: str, timeout: float = 180.0) -> None:
    """Wait until a part is ready. Raises `UserError` with the end of its log."""
    deadline = time.monotonic() + timeout
    while not is_ready(settings, part):
        container = find(settings, part)
        if container is None or _has_failed(container) or time.monotonic() > deadline:
            log = tail(settings, part)
            raise UserError(f"{part} does not start{_hint(log)}; its last log lines:\n{log}")
        time.sleep(0.1)


def _hint(log: str) -> str:
    return " (check LOCALSTACK_AUTH_TOKEN)" if "license" in log.lower() else ""


def is_ready(settings: Settings, part: str) -> bool:
    """Whether a part is ready; for LocalStack, which responds earlier, by its health check."""
    if part != "emulator" or not settings.runs_localstack:
        return supervisor.is_ready(settings, part)
    container = find(settings, part)
    return container is not None and container.attrs["State"]["Health"]["Status"] == "healthy"


def _has_failed(container: Any) -> bool:
    """Whether a container exited for good, or reached the limit of restarts."""
    if container.status == "restarting":
        return bool(container.attrs["RestartCount"] >= MAX_RESTARTS)
    return container.status in ("exited", "dead")


def _run_deployer(settings: Settings) -> None:
    """Run the deployer, which prints its own progress."""
    _remove_deployers(settings)
    try:
        code = compose.run_in_foreground(settings, "run", "--rm", "-T", "--no-deps", "deployer")
    finally:
        _remove_deployers(settings)
    if code:
        raise UserError("the deployer failed; its output is printed above")


def _remove_deployers(settings: Settings) -> None:
    """Remove deployers, so that none runs on after an interrupted `up` or beside the next one."""
    for container in _list_service(settings, "deployer"):
        _remove(container)


def _remove(container: Any) -> None:
    """Remove a container, unless it is already removed or being removed, as after `run --rm`."""
    try:
        container.remove(force=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise


def _check_port(settings: Settings, part: str) -> None:
    """Raise `UserError` if another container or process uses a part's port."""
    port = supervisor.port_of(settings, part)
    if ports.is_free(settings.bind_host, port):
        return
    container = _publisher_of(port)
    if container is None:
        raise supervisor.port_taken(part, port, processes.owner_of_port(port))
    if not publishes(settings, port):
        raise supervisor.port_taken(part, port, f"the container {container.name}")


def publishes(settings: Settings, port: int) -> bool:
    """Whether a container of this sandbox publishes a port of this machine.

    Raises `DockerUnavailable`.
    """
    container = _publisher_of(port)
    label = "com.docker.compose.project"
    return container is not None and container.labels.get(label) == settings.compose_project_name


def _publisher_of(port: int) -> Any | None:
    for container in docker_engine.client().containers.list(ignore_removed=True):
        bindings = [binding for each in container.ports.values() for binding in each or []]
        if any(binding["HostPort"] == str(port) for binding in bindings):
            return container
    return None


def down(settings: Settings, volumes: bool = False) -> None:
    """Remove containers and network, and with `volumes` the stored data."""
    docker_engine.check()
    with step("stopping") as note:
        number = sum(1 for _ in _list_containers(settings))
        compose.run(settings, "--profile", "jupyter", "down", "--remove-orphans")
        for volume in _list_volumes(settings) if volumes else ():
            volume.remove(force=True)
        note.append(f"{number} containers removed" if number else "nothing was running")


def is_running(settings: Settings) -> bool:
    """Whether any container of this sandbox runs."""
    return any(container.status == "running" for container in _list_containers(settings))


def find(settings: Settings, part: str) -> Any | None:
    """The container of a part; None if it does not exist."""
    return next(_list_service(settings, SERVICES[part]), None)


def _list_service(settings: Settings, service: str) -> Iterator[Any]:
    return (
        container
        for container in _list_containers(settings)
        if container.labels["com.docker.compose.service"] == service
    )


def _list_containers(settings: Settings) -> Iterator[Any]:
    label = f"com.docker.compose.project={settings.compose_project_name}"
    containers = docker_engine.client().containers
    yield from containers.list(all=True, filters={"label": label}, ignore_removed=True)


def _list_volumes(settings: Settings) -> list[Any]:
    """The volumes of this sandbox, including those of the other emulator and of plain Compose."""
    label = f"com.docker.compose.project={settings.compose_project_name}"
    return list(docker_engine.client().volumes.list(filters={"label": label}))


def tail(settings: Settings, part: str, lines: int = 15) -> str:
    """The last log lines of a part, indented."""
    container = find(settings, part)
    if container is None:
        return "  (no container)"
    text = container.logs(tail=lines).decode(errors="replace")
    return "\n".join("  " + line for line in text.splitlines()) or "  (no log)"
