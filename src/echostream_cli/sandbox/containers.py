"""The sandbox in containers: started part by part, looked at with Docker's SDK, taken down."""

import time
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any

from docker.errors import APIError, ImageNotFound, NotFound

from echostream_cli import ports
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.sandbox import compose, docker_engine, processes, supervisor
from echostream_cli.settings import Settings
from echostream_cli.target import SETTLED

SERVICES = {"emulator": "localstack", "companion": "companion", "dashboard": "dashboard"}
"""A part of the sandbox, and what docker-compose.yml calls it."""
IMAGES = tuple(f"echostream-{name}" for name in ("emulator", "companion", "deployer", "dashboard"))
RESTARTS = 3
"""After how many a part that still does not answer is given up."""
MB = 1_000_000


def up(settings: Settings) -> None:
    """Have everything run: images, emulator, stack, users, data, dashboard."""
    settings.remember()
    settings.cassettes.mkdir(parents=True, exist_ok=True)
    print(f"  {engine(settings)}")
    with step("images (log: compose-build.log)") as note:
        note.append(build(settings))
    _start(settings, "emulator")
    _start(settings, "companion")
    _provide(settings)
    if settings.dashboard:
        _start(settings, "dashboard")
    else:
        compose.run(settings, "rm", "--stop", "--force", "dashboard")


def build(settings: Settings) -> str:
    """Build the images. Where nothing can be fetched those of before will do; what was done."""
    try:
        compose.run(settings, "build", log="compose-build")
    except compose.NotFetched:
        if not all(_is_built(image) for image in IMAGES):
            raise
        return "as built before, for nothing can be fetched"
    return "done"


def _is_built(image: str) -> bool:
    try:
        docker_engine.client().images.get(image)
    except ImageNotFound:
        return False
    return True


def engine(settings: Settings) -> str:
    """Which emulator it is, why, and what it lacks."""
    if settings.runs_localstack:
        return "LocalStack: LOCALSTACK_AUTH_TOKEN is set. What your plan lacks: make doctor"
    return "MiniStack: no LOCALSTACK_AUTH_TOKEN is set. What it lacks: docs/parity.md"


def _start(settings: Settings, part: str) -> None:
    with step(f"{part} on port {supervisor.port_of(settings, part)}") as note:
        _refuse_taken_port(settings, part)
        _clear_dying(settings, part)
        before = _start_of(find(settings, part))
        compose.run(settings, "up", "--detach", "--no-deps", "--no-build", SERVICES[part])
        _await(settings, part)
        note.append("was running" if before == _start_of(find(settings, part)) else "started")


def _clear_dying(settings: Settings, part: str) -> None:
    """Remove a container that Docker starts again and again, ever more slowly; its volume stays."""
    container = find(settings, part)
    if container is not None and container.status in ("restarting", "dead"):
        _remove(container)


def _start_of(container: Any) -> str:
    return str(container.attrs["State"]["StartedAt"]) if container else ""


def _await(settings: Settings, part: str, patience: float = 180.0) -> None:
    """Wait until a part answers on its published port."""
    deadline = time.monotonic() + patience
    while not is_ready(settings, part):
        container = find(settings, part)
        if container is None or _is_hopeless(container) or time.monotonic() > deadline:
            said = tail(settings, part)
            raise UserError(f"{part} does not start{_hint(said)}; its last lines:\n{said}")
        time.sleep(0.1)


def _hint(said: str) -> str:
    return " (is LOCALSTACK_AUTH_TOKEN right?)" if "license" in said.lower() else ""


def is_ready(settings: Settings, part: str) -> bool:
    """Whether a part answers; LocalStack does long before it is ready, so its check says."""
    if part != "emulator" or not settings.runs_localstack:
        return supervisor.is_ready(settings, part)
    container = find(settings, part)
    return container is not None and container.attrs["State"]["Health"]["Status"] == "healthy"


def _is_hopeless(container: Any) -> bool:
    """Whether a container ended, and Docker does not or not successfully start it again."""
    if container.status == "restarting":
        return bool(container.attrs["RestartCount"] >= RESTARTS)
    return container.status in ("exited", "dead")


def _provide(settings: Settings) -> None:
    """Have the deployer put stack, users and documents in place; it says itself what it does."""
    _end_deployers(settings)
    try:
        code = compose.show(settings, "run", "--rm", "-T", "--no-deps", "deployer")
    finally:
        _end_deployers(settings)
    if code:
        raise UserError("the deployer failed; what it said stands above")


def _end_deployers(settings: Settings) -> None:
    """Leave no deployer at work behind an interrupted `up`, nor beside the next one."""
    for left in _of_service(settings, "deployer"):
        _remove(left)


def _remove(container: Any) -> None:
    """Remove a container, unless it is gone or on its way, as after `run --rm`."""
    try:
        container.remove(force=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise


def _refuse_taken_port(settings: Settings, part: str) -> None:
    port = supervisor.port_of(settings, part)
    if ports.is_free(settings.bind_host, port):
        return
    holder = _publisher_of(port)
    if holder is None:
        raise supervisor.port_taken(part, port, processes.owner_of_port(port))
    if not publishes(settings, port):
        raise supervisor.port_taken(part, port, f"the container {holder.name}")


def publishes(settings: Settings, port: int) -> bool:
    """Whether a container of this sandbox has a port of this machine.

    Raises `DockerUnavailable`.
    """
    holder = _publisher_of(port)
    label = "com.docker.compose.project"
    return holder is not None and holder.labels.get(label) == settings.compose_project_name


def _publisher_of(port: int) -> Any | None:
    for container in docker_engine.client().containers.list(ignore_removed=True):
        published = [one for found in container.ports.values() for one in found or []]
        if any(one["HostPort"] == str(port) for one in published):
            return container
    return None


def down(settings: Settings, volumes: bool = False) -> None:
    """Remove containers and network; what is stored stays, unless the volumes are to go too."""
    docker_engine.check()
    with step("stopping") as note:
        number = sum(1 for _ in _ours(settings))
        compose.run(settings, "--profile", "jupyter", "down", "--remove-orphans")
        for volume in _volumes(settings) if volumes else ():
            volume.remove(force=True)
        note.append(f"{number} containers removed" if number else "nothing was running")


def is_running(settings: Settings) -> bool:
    """Whether any container of this sandbox runs."""
    return any(container.status == "running" for container in _ours(settings))


def find(settings: Settings, part: str) -> Any | None:
    """The container of a part, None where there is none."""
    return next(_of_service(settings, SERVICES[part]), None)


def _of_service(settings: Settings, service: str) -> Iterator[Any]:
    return (
        container
        for container in _ours(settings)
        if container.labels["com.docker.compose.service"] == service
    )


def _ours(settings: Settings) -> Iterator[Any]:
    label = f"com.docker.compose.project={settings.compose_project_name}"
    listed = docker_engine.client().containers.list
    yield from listed(all=True, filters={"label": label}, ignore_removed=True)


def _volumes(settings: Settings) -> list[Any]:
    """What is stored, by whichever engine and way of starting."""
    label = f"com.docker.compose.project={settings.compose_project_name}"
    return list(docker_engine.client().volumes.list(filters={"label": label}))


def tail(settings: Settings, part: str, lines: int = 15) -> str:
    """The last lines that a part wrote."""
    container = find(settings, part)
    if container is None:
        return "  (no container)"
    text = container.logs(tail=lines).decode(errors="replace")
    return "\n".join("  " + line for line in text.splitlines()) or "  (no log)"


def status(settings: Settings) -> tuple[str, bool]:
    """A line for each part, and whether all of them run."""
    lines, well = [], True
    for part in supervisor.parts(settings):
        ready = is_ready(settings, part)
        well &= ready
        lines.append(_part_line(settings, part, ready))
        if not ready:
            lines.append(tail(settings, part))
    found = settings.target.stack()
    settled = found is not None and found["StackStatus"] in SETTLED
    state = found["StackStatus"] if found else "is not deployed"
    lines.append(f"stack      {settings.stack_name} {state}")
    if not (well and settled):
        lines.append("start or repair with: make up")
    return "\n".join(lines), well and settled


def _part_line(settings: Settings, part: str, ready: bool) -> str:
    port = supervisor.port_of(settings, part)
    container = find(settings, part)
    if container is None or not ready:
        return f"{part:<10} does not answer on port {port}; its last lines:"
    since = datetime.fromisoformat(_start_of(container)[:19] + "+00:00").astimezone()
    return (
        f"{part:<10} runs on port {port} since {since:%Y-%m-%d %H:%M:%S}"
        f" ({container.name}, {_memory(container)}, image {_size(container)})"
    )


def _memory(container: Any) -> str:
    """What a container takes of the memory, without what the kernel only caches for it."""
    try:
        taken = container.stats(stream=False, one_shot=True)["memory_stats"]
    except (APIError, NotFound):
        return "memory unknown"
    cached = taken.get("stats", {})
    used = taken.get("usage", 0) - cached.get("inactive_file", cached.get("total_inactive_file", 0))
    return f"{used / MB:.0f} MB"


def _size(container: Any) -> str:
    try:
        return f"{container.image.attrs['Size'] / MB:.0f} MB"
    except (APIError, NotFound):
        return "of unknown size"


def logs(settings: Settings, lines: int) -> list[str]:
    """The last lines of every part."""
    found = ((part, find(settings, part)) for part in supervisor.parts(settings))
    return [
        f"== {part} ({container.name if container else 'no container'})\n"
        f"{tail(settings, part, lines)}"
        for part, container in found
    ]
