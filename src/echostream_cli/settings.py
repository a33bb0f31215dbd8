"""The sandbox's settings. The environment overrides `.env`, which overrides the defaults."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from dotenv import dotenv_values

from echostream.domain.engine import ENGINES
from echostream_cli import credentials
from echostream_cli.emulators import EMULATORS, LOCALSTACK, MINISTACK, Emulator
from echostream_cli.paths import ROOT
from echostream_cli.setting_values import SettingReader
from echostream_cli.target import SANDBOX, Target
from seed.dataset import DATASETS

COMPANION_SERVICES = ("athena", "bedrock-runtime", "comprehend", "glue")
INSIDE = {"emulator": "http://localstack:4566", "companion": "http://companion:4567"}
"""Addresses inside the network of the containers."""
INGEST_PATHS = ("direct", "stream")
MODES = ("auto", "local", "docker")
MAX_PORT = 65535
MAX_RETENTION_DAYS = 3650
TOKEN_NOT_SAVED = "not kept"
"""Saved in place of LocalStack's token, so that later commands use LocalStack and no file contains
the secret."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one sandbox. Field names are the variables' names in lower case."""

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
    ingest: str = "direct"
    retention_days: int = 30
    producer: bool = True
    hosted_sign_in: bool = False
    seed_documents: int = 400
    seed_dataset: str = "tweets"
    mode: str = "local"
    dashboard: bool = True
    compose_project_name: str = "echostream"
    localstack_auth_token: str = field(default="", repr=False)
    allowed_hosts: str = ""
    bedrock_openai_url: str = ""
    bedrock_openai_model: str = ""
    emulator: str = "ministack"
    """The emulator that a container talks to; set by the files of Compose, not by users."""
    emulator_secret: str = field(default="", repr=False)
    """The secret of the emulator's access key in a container; not set by users."""
    meter_url: str = ""
    """The proxy between functions, emulator and companion while `costs/` counts calls; not set by
    users."""

    @property
    def endpoint(self) -> str:
        """The emulator's address."""
        return f"http://{self.emulator_host}:{self.emulator_port}"

    @property
    def target(self) -> Target:
        """The sandbox as a deployment, for commands that also work on AWS."""
        companion = dict.fromkeys(COMPANION_SERVICES, self.companion_url)
        return Target(
            self.stack_name, SANDBOX, self.aws_region, self.endpoint, companion, self.secret_key
        )

    @property
    def secret_key(self) -> str:
        """The secret of the emulator's access key; `test` if `make up` has not made one."""
        saved = credentials.read_secret(self.credentials_file)
        return self.emulator_secret or saved or credentials.ANY_SECRET

    @property
    def credentials_file(self) -> Path:
        """The file with the emulator's access key and secret, which containers get as variables."""
        return self.state_dir / "credentials.env"

    @property
    def trusted_hosts(self) -> str:
        """The names that requests to the sandbox may have in `Host` and `Origin`."""
        names = self.bind_host, self.emulator_host, self.companion_host, self.allowed_hosts
        return ",".join(name for name in names if name)

    @property
    def companion_url(self) -> str:
        """The companion's address."""
        return f"http://{self.companion_host}:{self.companion_port}"

    @property
    def dashboard_url(self) -> str:
        return f"http://localhost:{self.dashboard_port}"

    @property
    def api_id(self) -> str:
        """The fixed id of the HTTP API on the emulator: 8 hex digits."""
        return hashlib.sha256(self.stack_name.encode()).hexdigest()[:8]

    @property
    def api_url(self) -> str:
        return self._api_at(self.endpoint)

    @property
    def in_docker(self) -> bool:
        """Whether the sandbox runs in containers."""
        return self.mode == "docker"

    @property
    def runs_localstack(self) -> bool:
        """Whether LocalStack is the emulator: in containers, and with its token.

        Containers do not get the token, but the emulator's name.
        """
        is_named = EMULATORS[self.emulator] is LOCALSTACK
        return self.in_docker and (bool(self.localstack_auth_token) or is_named)

    @property
    def emulator_kind(self) -> Emulator:
        """The emulator, which decides the form of addresses."""
        return LOCALSTACK if self.runs_localstack else MINISTACK

    @property
    def emulator_own_port(self) -> int:
        """The emulator's port as the emulator itself sees it, before a container publishes it."""
        return int(INSIDE["emulator"].rsplit(":", 1)[1]) if self.in_docker else self.emulator_port

    @property
    def api_url_for_functions(self) -> str:
        """The API's address for Lambda code, which runs in the emulator's network."""
        return self._api_at(INSIDE["emulator"] if self.in_docker else self.endpoint)

    @property
    def companion_url_for_functions(self) -> str:
        """The companion's address for Lambda code."""
        return self.meter_url or (INSIDE["companion"] if self.in_docker else self.companion_url)

    def _api_at(self, endpoint: str) -> str:
        return self.emulator_kind.api_url(endpoint, self.api_id)

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def cassettes(self) -> Path:
        """The folder of recorded responses of Amazon Comprehend; `make reset` keeps it."""
        return self.state_dir / "cassettes"

    @property
    def data(self) -> Path:
        """The folder that `make reset` empties."""
        return self.state_dir / "state"

    @property
    def socket(self) -> Path:
        """The supervisor's socket. In the temporary folder, because socket paths must be short."""
        digest = hashlib.sha256(str(self.state_dir).encode()).hexdigest()[:12]
        return (
            Path(tempfile.gettempdir()) / f"echostream-{os.getuid()}-{digest}" / "supervisor.sock"
        )

    @property
    def saved_file(self) -> Path:
        """The file in which `make up` saves these settings for later commands."""
        return self.state_dir / "settings.env"

    def environment(self) -> dict[str, str]:
        """These settings as environment variables."""
        values = {item.name.upper(): getattr(self, item.name) for item in fields(self)}
        switches = {True: "on", False: "off"}
        return {
            name: switches[value] if isinstance(value, bool) else str(value)
            for name, value in values.items()
        }

    def save(self) -> None:
        """Save these settings, without the token, for the commands after `make up`."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        token = TOKEN_NOT_SAVED if self.localstack_auth_token else ""
        variables = {**self.environment(), "LOCALSTACK_AUTH_TOKEN": token, "EMULATOR_SECRET": ""}
        lines = [f"{name}='{value}'\n" for name, value in variables.items()]
        self.saved_file.write_text("".join(lines))


_DEFAULTS = Settings(state_dir=ROOT / ".sandbox", mode="auto")
"""The settings of a user who sets none."""


def load(environ: Mapping[str, str] = os.environ, env_file: Path = ROOT / ".env") -> Settings:
    """The settings for `make up`. Raises `UserError` that names the first wrong variable."""
    return _settings(dotenv_values(env_file), environ)


def load_running(
    environ: Mapping[str, str] = os.environ, env_file: Path = ROOT / ".env"
) -> Settings:
    """The settings of the last `make up`, overridden by the environment."""
    saved = dotenv_values(load(environ, env_file).saved_file)
    return _settings(dotenv_values(env_file), saved, environ)


def running_at(endpoint: str | None) -> Settings | None:
    """The settings of this sandbox if its emulator has this address, else None."""
    running = load_running()
    return running if endpoint and endpoint.rstrip("/") == running.endpoint else None


def secret_key_of(endpoint: str | None) -> str:
    """The secret of an emulator's access key: this sandbox's, or `test` for another emulator."""
    running = running_at(endpoint)
    return running.secret_key if running else credentials.ANY_SECRET


def load_saved(settings: Settings) -> Settings | None:
    """The settings of the last `make up` with this state folder; None before the first."""
    return _settings(dotenv_values(settings.saved_file)) if settings.saved_file.exists() else None


def _settings(*layers: Mapping[str, str | None]) -> Settings:
    """Settings from layers; a later layer overrides, an empty value counts as absent."""
    given = {name: value for layer in layers for name, value in layer.items() if value}
    read = SettingReader({**_DEFAULTS.environment(), **given})
    settings = Settings(
        state_dir=Path(read.text("STATE_DIR")).resolve(),
        bind_host=read.text("BIND_HOST"),
        emulator_host=read.text("EMULATOR_HOST"),
        emulator_port=read.number("EMULATOR_PORT", MAX_PORT),
        companion_host=read.text("COMPANION_HOST"),
        companion_port=read.number("COMPANION_PORT", MAX_PORT),
        dashboard_port=read.number("DASHBOARD_PORT", MAX_PORT),
        stack_name=read.text("STACK_NAME"),
        aws_region=read.text("AWS_REGION"),
        engine=read.choice("ENGINE", ENGINES),
        ingest=read.choice("INGEST", INGEST_PATHS),
        retention_days=read.number("RETENTION_DAYS", MAX_RETENTION_DAYS),
        producer=read.switch("PRODUCER"),
        hosted_sign_in=read.switch("HOSTED_SIGN_IN"),
        seed_documents=read.number("SEED_DOCUMENTS", 20000, at_least=0),
        seed_dataset=read.choice("SEED_DATASET", DATASETS),
        mode=read.choice("MODE", MODES),
        dashboard=read.switch("DASHBOARD"),
        compose_project_name=read.text("COMPOSE_PROJECT_NAME"),
        localstack_auth_token=read.text("LOCALSTACK_AUTH_TOKEN"),
        allowed_hosts=read.host_names("ALLOWED_HOSTS"),
        bedrock_openai_url=read.address("BEDROCK_OPENAI_URL"),
        bedrock_openai_model=read.model_name("BEDROCK_OPENAI_MODEL"),
        emulator=read.choice("EMULATOR", tuple(EMULATORS)),
        emulator_secret=read.text("EMULATOR_SECRET"),
    )
    read.check_pair("BEDROCK_OPENAI_URL", "BEDROCK_OPENAI_MODEL")
    return settings
