"""A service of each kind of live source on this machine, with posts of the last minutes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from echostream_sources.kinds import KINDS

SERVICES = [kind.name for kind in KINDS.values() if not kind.needs_samples]


@contextmanager
def live_services() -> Iterator[dict[str, Any]]:
    """The services by kind. Each shows all its posts, which are 0.1 s apart."""
    with ExitStack() as stack:
        opened: dict[str, Any] = {}
        for kind in SERVICES:
            module = import_module(f"tests.unit.echostream_sources.services.{kind}")
            opened[kind] = stack.enter_context(module.service())
            opened[kind].posts.start = datetime.now(UTC) - timedelta(seconds=100)
            opened[kind].posts.step = timedelta(seconds=0.1)
            opened[kind].shown = None
        opened["bluesky"].then = opened["bluesky"].proceed_now
        yield opened
