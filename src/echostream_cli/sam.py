"""`sam build` and `sam deploy` of template.yaml, each only where something changed."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings, host_architecture, shell_environment, wheel_platform

INPUTS = (
    "template.yaml",
    "src/echostream",
    "src/echostream_client",
    "lambdas",
    "seed/dataset.py",
    "seed/lexicon.py",
    "requirements",
)
_CONFIG = Config(retries={"total_max_attempts": 2}, connect_timeout=2)
FINGERPRINT = "echostream-fingerprint"
SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def client(settings: Settings, service: str, config: Config | None = None) -> Any:
    """A boto3 client for the sandbox, whatever the shell's own AWS settings are."""
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=settings.endpoint_of(service),
        region_name=settings.aws_region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=_CONFIG.merge(config) if config else _CONFIG,
    )


def parameters(settings: Settings) -> dict[str, str]:
    """The template's parameters, where the laptop differs from AWS."""
    return {
        "Stage": "local",
        "Architecture": host_architecture(),
        "Engine": settings.engine,
        "ComprehendEndpoint": settings.companion_url_for_functions,
        "AthenaEndpoint": settings.companion_url_for_functions,
        "Crawler": "true",
        "RetentionDays": str(settings.retention_days),
        "DeletionProtection": "false",
        "PointInTimeRecovery": "false",
        "RequireTls": "false",
        "Producer": "true" if settings.producer else "false",
        "ApiEndpoint": settings.api_url_for_functions,
        "ApiId": settings.api_id,
        "EmulatorPort": str(settings.emulator_own_port),
        "Tracing": "false",
    }


def stack(settings: Settings) -> dict[str, Any] | None:
    """The deployed stack, None where there is none or nothing answers."""
    try:
        answer = client(settings, "cloudformation").describe_stacks(StackName=settings.stack_name)
    except (ClientError, BotoCoreError):
        return None
    return dict(answer["Stacks"][0])


def outputs_of(found: dict[str, Any]) -> dict[str, str]:
    """A stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def resource(settings: Settings, logical_id: str) -> str:
    """The name that a resource of the template has where it is deployed."""
    answer = client(settings, "cloudformation").describe_stack_resource(
        StackName=settings.stack_name, LogicalResourceId=logical_id
    )
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def is_current(settings: Settings) -> bool:
    """Whether what is deployed is what lies here, with these settings."""
    found = stack(settings)
    if not found or found["StackStatus"] not in SETTLED:
        return False
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    return tags.get(FINGERPRINT) == fingerprint(settings)


def fingerprint(settings: Settings) -> str:
    """A hash of everything that a deployment is made of."""
    made_of = build_fingerprint(wheel_platform()), sorted(parameters(settings).items())
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:32]


@cache
def build_fingerprint(platform: str) -> str:
    """A hash of everything that a build is made of."""
    digest = hashlib.sha256(platform.encode())
    for path in _inputs():
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _inputs() -> Iterator[Path]:
    for name in INPUTS:
        path = ROOT / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (p for p in found if p.is_file() and not _is_made(p))


def _is_made(path: Path) -> bool:
    """Whether Python's own tools made a file, so that it may be there or not."""
    return any(part == "__pycache__" or part.endswith(".egg-info") for part in path.parts)


def build(settings: Settings) -> bool:
    """`sam build` for this machine, into the state folder. False where that is current."""
    folder = settings.state_dir / "build"
    return build_into(folder, settings.logs, host_architecture(), wheel_platform())


def build_into(folder: Path, logs: Path, architecture: str, platform: str) -> bool:
    """`sam build` into a folder. False where what lies there is current."""
    built = folder / "fingerprint"
    if built.exists() and built.read_text() == build_fingerprint(platform):
        return False
    built.unlink(missing_ok=True)
    environment = {
        "LAMBDA_ARCHITECTURE": architecture,
        "LAMBDA_PLATFORM": platform,
        "PYTHONPATH": str(ROOT),
    }
    run(logs, "build", ["build", "--build-dir", str(folder)], environment)
    built.write_text(build_fingerprint(platform))
    return True


def deploy(settings: Settings) -> None:
    """`sam deploy` of what was built, to the emulator."""
    overrides = [f"{name}={value}" for name, value in parameters(settings).items()]
    arguments = ["deploy", "--template-file", str(settings.state_dir / "build" / "template.yaml")]
    arguments += ["--stack-name", settings.stack_name, "--region", settings.aws_region]
    arguments += ["--resolve-s3", "--capabilities", "CAPABILITY_IAM"]
    arguments += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    arguments += ["--tags", f"{FINGERPRINT}={fingerprint(settings)}"]
    arguments += ["--parameter-overrides", *overrides]
    run(settings.logs, "deploy", arguments, settings.aws_environment())


def run(logs: Path, step: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Run the SAM CLI; what it says goes to a log, and is shown where it fails."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"sam-{step}.log"
    command = [str(Path(sys.executable).with_name("sam")), *arguments]
    with log.open("w") as out:
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**shell_environment(), "SAM_CLI_TELEMETRY": "0", **environment},
            check=False,
        )
    if done.returncode:
        last = "\n".join("  " + line for line in log.read_text().splitlines()[-25:])
        raise UserError(f"sam {step} failed; the end of {log}:\n{last}")
