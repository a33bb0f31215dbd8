"""What can be set, with defaults: the environment first, then `.env`, then what is here."""

import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from dotenv import dotenv_values

from echostream.domain.engine import ENGINES
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.target import SANDBOX, Target

COMPANION_SERVICES = ("athena", "comprehend", "glue")
INSIDE = {"emulator": "http://localstack:4566", "companion": "http://companion:4567"}
"""Where containers find each other, whatever is published on this machine."""
MODES = ("auto", "local", "docker")
SWITCH = {"on": True, "off": False}


FORGOTTEN = "not kept"
"""Stands for a token in what is remembered: LocalStack runs, and nobody wrote its token down."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this sandbox runs. Field names are the variables' names in lower case."""

    state_dir: Path
    bind_host: str = "127.0.0.1"
    emulator_host: str = "localhost"
    emulator_port: int = 4566
    companion_host: str = "localhost"
    companion_port: int = 4567
    dashboard_port: int = 8501
    stack_name: str = "echostream"
    aws_region: str = "us-east-1"
    engine: str = "vader"
    retention_days: int = 30
    producer: bool = True
    seed_documents: int = 400
    seed_dataset: str = "tweets"
    mode: str = "local"
    dashboard: bool = True
    compose_project_name: str = "echostream"
    localstack_auth_token: str = field(default="", repr=False)
    meter_url: str = ""
    """What functions reach emulator and companion through, where their calls are metered; see
    `costs/`. No setting of a user's."""

    @property
    def endpoint(self) -> str:
        """Where the emulator answers."""
        return f"http://{self.emulator_host}:{self.emulator_port}"

    @property
    def target(self) -> Target:
        """The sandbox as the commands that also work on AWS see it."""
        companion = dict.fromkeys(COMPANION_SERVICES, self.companion_url)
        return Target(self.stack_name, SANDBOX, self.aws_region, self.endpoint, companion)

    @property
    def companion_url(self) -> str:
        """Where what the emulator lacks answers."""
        return f"http://{self.companion_host}:{self.companion_port}"

    @property
    def dashboard_url(self) -> str:
        return f"http://localhost:{self.dashboard_port}"

    @property
    def api_id(self) -> str:
        """The pinned id of the HTTP API on the emulator: 8 hex digits."""
        return hashlib.sha256(self.stack_name.encode()).hexdigest()[:8]

    @property
    def api_url(self) -> str:
        return self._api_at(self.endpoint)

    @property
    def in_docker(self) -> bool:
        """Whether the emulator and what belongs to it run in containers."""
        return self.mode == "docker"

    @property
    def runs_localstack(self) -> bool:
        """Whether LocalStack is the emulator: in containers, and with its token."""
        return self.in_docker and bool(self.localstack_auth_token)

    @property
    def emulator_own_port(self) -> int:
        """Where the emulator reaches itself; a container's port may be another one outside."""
        return int(INSIDE["emulator"].rsplit(":", 1)[1]) if self.in_docker else self.emulator_port

    @property
    def api_url_for_functions(self) -> str:
        """Where Lambda code, which runs beside the emulator, reaches the API."""
        return self._api_at(INSIDE["emulator"] if self.in_docker else self.endpoint)

    @property
    def companion_url_for_functions(self) -> str:
        """Where Lambda code reaches the companion."""
        return self.meter_url or (INSIDE["companion"] if self.in_docker else self.companion_url)

    def _api_at(self, endpoint: str) -> str:
        return f"{endpoint}/_aws/execute-api/{self.api_id}"

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def cassettes(self) -> Path:
        """Where recorded answers of the real Comprehend are kept; `make reset` leaves them."""
        return self.state_dir / "cassettes"

    @property
    def data(self) -> Path:
        """What `make reset` empties."""
        return self.state_dir / "state"

    @property
    def socket(self) -> Path:
        """The supervisor's socket; in the temporary folder, for socket paths must be short."""
        digest = hashlib.sha256(str(self.state_dir).encode()).hexdigest()[:12]
        return (
            Path(tempfile.gettempdir()) / f"echostream-{os.getuid()}-{digest}" / "supervisor.sock"
        )

    @property
    def remembered(self) -> Path:
        """Where these settings are kept for the commands that follow `make up`."""
        return self.state_dir / "settings.env"

    def environment(self) -> dict[str, str]:
        """These settings as environment variables."""
        values = {one.name.upper(): getattr(self, one.name) for one in fields(self)}
        switches = {True: "on", False: "off"}
        return {
            name: switches[value] if isinstance(value, bool) else str(value)
            for name, value in values.items()
        }

    def remember(self) -> None:
        """Keep these settings for the commands that follow."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        token = FORGOTTEN if self.localstack_auth_token else ""
        kept = {**self.environment(), "LOCALSTACK_AUTH_TOKEN": token}
        self.remembered.write_text("".join(f"{name}='{kept[name]}'\n" for name in kept))


def load(environ: Mapping[str, str] = os.environ, env_file: Path = ROOT / ".env") -> Settings:
    """The settings to start with. Raises `UserError` naming the variable that is wrong."""
    return _settings(dotenv_values(env_file), environ)


def load_running(
    environ: Mapping[str, str] = os.environ, env_file: Path = ROOT / ".env"
) -> Settings:
    """The settings that the sandbox was last started with, where nothing newer is given."""
    remembered = dotenv_values(load(environ, env_file).remembered)
    return _settings(dotenv_values(env_file), remembered, environ)


def load_remembered(settings: Settings) -> Settings | None:
    """The settings that the sandbox in this state folder was last started with, if it ever was."""
    return _settings(dotenv_values(settings.remembered)) if settings.remembered.exists() else None


def _settings(*layers: Mapping[str, str | None]) -> Settings:
    """Settings from layers, of which a later one wins; an empty value is none."""
    read = _Reader({name: value for layer in layers for name, value in layer.items() if value})
    return Settings(
        state_dir=Path(read.text("STATE_DIR", str(ROOT / ".sandbox"))).resolve(),
        bind_host=read.text("BIND_HOST", "127.0.0.1"),
        emulator_host=read.text("EMULATOR_HOST", "localhost"),
        emulator_port=read.number("EMULATOR_PORT", 4566, 65535),
        companion_host=read.text("COMPANION_HOST", "localhost"),
        companion_port=read.number("COMPANION_PORT", 4567, 65535),
        dashboard_port=read.number("DASHBOARD_PORT", 8501, 65535),
        stack_name=read.text("STACK_NAME", "echostream"),
        aws_region=read.text("AWS_REGION", "us-east-1"),
        engine=read.choice("ENGINE", "vader", ENGINES),
        retention_days=read.number("RETENTION_DAYS", 30, 3650),
        producer=SWITCH[read.choice("PRODUCER", "on", tuple(SWITCH))],
        seed_documents=read.number("SEED_DOCUMENTS", 400, 20000, at_least=0),
        seed_dataset=read.choice(
            "SEED_DATASET", "tweets", ("tweets", "reviews", "film", "editorials")
        ),
        mode=read.choice("MODE", "auto", MODES),
        dashboard=SWITCH[read.choice("DASHBOARD", "on", tuple(SWITCH))],
        compose_project_name=read.text("COMPOSE_PROJECT_NAME", "echostream"),
        localstack_auth_token=read.text("LOCALSTACK_AUTH_TOKEN", ""),
    )


class _Reader:
    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def text(self, name: str, default: str) -> str:
        return self._given.get(name, default)

    def number(self, name: str, default: int, at_most: int, at_least: int = 1) -> int:
        value = self._given.get(name, str(default))
        if not (value.isascii() and value.isdigit() and at_least <= int(value) <= at_most):
            raise UserError(
                f"{name}: must be a whole number from {at_least} to {at_most}, is {value!r}"
            )
        return int(value)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self._given.get(name, default)
        if value not in allowed:
            raise UserError(f"{name}: must be one of {', '.join(allowed)}, is {value!r}")
        return value


def host_architecture() -> str:
    """This machine's architecture, by AWS Lambda's names."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def wheel_platform() -> str:
    """For which platform the emulator, which runs Lambda code on this host, needs wheels."""
    machine = "aarch64" if host_architecture() == "arm64" else "x86_64"
    return f"{machine}-{'apple-darwin' if sys.platform == 'darwin' else 'manylinux_2_28'}"
