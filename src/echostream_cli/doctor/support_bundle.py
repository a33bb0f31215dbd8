"""A file that a user of LocalStack can send to the project: versions, states, checks and logs.

It has no token, password, key, account id or text of a log line that looks like personal data.
"""

import json
import platform
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import users
from echostream_cli.doctor import machine, suite
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.secret_redaction import Redactor, find_secrets
from echostream_cli.emulators import LOCALSTACK, identify, read_json
from echostream_cli.errors import UserError
from echostream_cli.sandbox import compose, docker_engine, lifecycle, localstack_plan
from echostream_cli.settings import Settings

LOG_LINES = 500
STATE_PATHS = ("health", "info", "init")
"""What LocalStack tells of itself, below `/_localstack/`."""
IDENTIFYING = ("machine_id", "session_id")
"""Fields of LocalStack's `info` that name the user's machine."""
README = """\
A report on an EchoStream sandbox. Look through it before you send it.

versions.json    programs and libraries
settings.json    the sandbox's settings, without secrets
state/*.json     what LocalStack tells of itself (empty on another emulator)
plan.json        services that a deployment needs and LocalStack refuses
machine.json     checks of the machine
probes.json      what `make doctor` found on the emulator
compose.yaml     Docker Compose's configuration, without secrets
logs.txt         the last lines of each part and function, without secrets and addresses
"""


def write(settings: Settings, path: Path, with_probes: bool = True) -> list[str]:
    """Write the bundle; returns the names of its files. A part that fails has its error."""
    redactor = Redactor(_secrets(settings))
    data = redactor.remove_secrets
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", README)
        for name, collect in _json_parts(settings, with_probes).items():
            text = json.dumps(_try(collect), indent=1, default=str)
            bundle.writestr(f"{name}.json", data(text))
        bundle.writestr("compose.yaml", data(str(_try(lambda: _compose_config(settings)))))
        logs = str(_try(lambda: lifecycle.logs(settings, LOG_LINES)))
        bundle.writestr("logs.txt", redactor.remove_all(logs))
        return bundle.namelist()


def _secrets(settings: Settings) -> list[str]:
    """All secrets of the sandbox, of its settings and of this shell."""
    password = _try(lambda: _demo_password(settings))
    own = [settings.localstack_auth_token, settings.emulator_secret, settings.secret_key]
    return [*own, password if isinstance(password, str) else "", *find_secrets()]


def _demo_password(settings: Settings) -> str:
    """The demo user's password; unlike `users.demo_password` this makes none."""
    name = users.demo_secret(settings.stack_name)
    secrets = settings.target.client("secretsmanager")
    return str(secrets.get_secret_value(SecretId=name)["SecretString"])


def _try(collect: Callable[[], Any]) -> Any:
    """A part of the bundle, or the error that prevents it: the rest is of use without it."""
    try:
        return collect()
    except (UserError, ClientError, BotoCoreError, OSError, subprocess.SubprocessError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _json_parts(settings: Settings, with_probes: bool) -> Mapping[str, Callable[[], Any]]:
    endpoint = settings.endpoint
    states = {
        f"state/{name}": lambda name=name: _without_ids(read_json(f"{endpoint}/_localstack/{name}"))
        for name in STATE_PATHS
    }
    return {
        "versions": _versions,
        "settings": lambda: _settings(settings),
        **states,
        "plan": lambda: _plan(settings),
        "machine": lambda: [asdict(check) for check in machine.checks(settings)],
        **({"probes": lambda: _probes(settings)} if with_probes else {}),
    }


def _plan(settings: Settings) -> list[tuple[str, ...]]:
    found = identify(settings.endpoint)
    if found is None or found[0] is not LOCALSTACK:
        return []
    return [refusal.row() for refusal in localstack_plan.find_refusals(settings.target)]


def _versions() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "echostream": version("echostream"),
        "boto3": version("boto3"),
        "aws-sam-cli": version("aws-sam-cli"),
        "docker": _try(lambda: docker_engine.client().version()["Version"]),
        "compose": _try(docker_engine.compose_version),
        "images": _try(_images),
    }


def _images() -> list[str]:
    """The tags and ids of LocalStack's images here: a tag can be moved, an id cannot."""
    images = docker_engine.client().images.list(name="localstack/localstack")
    return [f"{tag} {image.id}" for image in images for tag in image.tags]


def _settings(settings: Settings) -> dict[str, str]:
    """The settings; of a secret only whether it is set."""
    values = settings.environment()
    for name in ("LOCALSTACK_AUTH_TOKEN", "EMULATOR_SECRET"):
        values[name] = "set" if values[name] else ""
    return values


def _without_ids(info: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in info.items() if name not in IDENTIFYING}


def _probes(settings: Settings) -> list[dict[str, str]]:
    engine = Endpoint(settings.endpoint, settings.aws_region, settings.secret_key)
    suite.name_of(engine)  # raises if none responds
    probes = suite.all_probes(engine)
    return suite.to_json(suite.run_all(engine, probes), probes)


def _compose_config(settings: Settings) -> str:
    docker_engine.compose_version()
    process = subprocess.run(
        compose.command(settings, "config"),
        env=compose.environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return process.stdout or process.stderr
