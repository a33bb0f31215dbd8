"""The settings of sandboxes that a test module has for itself."""

import uuid
from pathlib import Path

from echostream_cli.ports import free_port


def own_environment(folder: Path, mode: str, stack_name: str, **changes: str) -> dict[str, str]:
    """The environment variables of an empty sandbox without producer and dashboard."""
    return {
        "MODE": mode,
        "COMPOSE_PROJECT_NAME": f"echostream-test-{uuid.uuid4().hex[:8]}",
        "STATE_DIR": str(folder),
        "EMULATOR_PORT": str(free_port()),
        "COMPANION_PORT": str(free_port()),
        "STACK_NAME": stack_name,
        "PRODUCER": "off",
        "DASHBOARD": "off",
        "SEED_DOCUMENTS": "0",
        **changes,
    }
