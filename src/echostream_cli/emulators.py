"""What differs between the emulators: the addresses of deployed APIs, and how they are recognised.

The template builds the other addresses (the page's, Cognito's) from the emulator's `host`, which is
its parameter `EmulatorHost`. LocalStack's forms are those of its documentation (API Gateway: custom
ids and URL formats; internal endpoints); nobody has run them with a token yet.
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

API_PATH = "/_aws/execute-api/"
"""The path below which MiniStack serves HTTP APIs by their ids."""
TIMEOUT = 10


@dataclass(frozen=True, slots=True)
class Emulator:
    """One emulator. `host` resolves to it, and so do all names below `host`, for its clients.

    `health` is the path of its description of itself, as JSON with `version`.
    """

    name: str
    host: str
    health: str

    def api_url(self, endpoint: str, api_id: str) -> str:
        """The address of an HTTP API with a `$default` stage, on an emulator at `endpoint`."""
        if self is MINISTACK:
            return f"{endpoint}{API_PATH}{api_id}"
        return f"http://{self.api_host(api_id)}:{urlsplit(endpoint).port}"

    def api_host(self, api_id: str) -> str:
        """The host name of an HTTP API; without a path for the stage, as on AWS."""
        return f"{api_id}.execute-api.{self.host}"


MINISTACK = Emulator("MiniStack", "localhost", "/_ministack/health")
LOCALSTACK = Emulator("LocalStack", "localhost.localstack.cloud", "/_localstack/health")
EMULATORS = {"ministack": MINISTACK, "localstack": LOCALSTACK}
"""The values of the setting `EMULATOR`."""


def identify(endpoint: str) -> tuple[Emulator, str] | None:
    """The emulator at an address, and its version; None if none responds.

    MiniStack answers LocalStack's path too, so that its own is asked first.
    """
    for emulator in EMULATORS.values():
        if health := read_json(endpoint + emulator.health):
            version = str(health.get("version", "of unknown version"))
            return emulator, version.split(":", maxsplit=1)[0]
    return None


def read_json(url: str) -> dict[str, Any]:
    """The JSON object at an address; empty if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            content = json.load(response)
    except (urllib.error.URLError, OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
