"""`sam build` and `sam deploy` of template.yaml, each only if its inputs changed."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from echostream_cli import user_pool
from echostream_cli.errors import UserError
from echostream_cli.lambda_platform import LambdaPlatform, on_this_host
from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings
from echostream_cli.target import shell_environment

INPUTS = (
    "template.yaml",
    "src/echostream",
    "src/echostream_client",
    "src/echostream_sources",
    "lambdas",
    "seed/dataset.py",
    "seed/lexicon.py",
    "requirements",
)
FINGERPRINT = "echostream-fingerprint"


def parameters(settings: Settings) -> dict[str, str]:
    """The template's parameters that differ from a deployment to AWS."""
    return {
        "Stage": "local",
        "Architecture": on_this_host().architecture,
        "Runtime": on_this_host().runtime,
        "Engine": settings.engine,
        "IngestPath": settings.ingest,
        "BedrockEndpoint": settings.companion_url_for_functions,
        "ComprehendEndpoint": settings.companion_url_for_functions,
        "AthenaEndpoint": settings.companion_url_for_functions,
        "Crawler": "true",
        "RetentionDays": str(settings.retention_days),
        "DeletionProtection": "false",
        "PointInTimeRecovery": "false",
        "RequireTls": "false",
        "DeriveWindow": "0",  # emulators do not wait
        "MembershipSeconds": "5",
        "TenantRequests": "0",
        "UserNames": user_pool.get_user_names(settings.target),
        "Producer": "true" if settings.producer else "false",
        "ApiEndpoint": settings.api_url_for_functions,
        "ApiId": settings.api_id,
        "EmulatorPort": str(settings.emulator_own_port),
        "EmulatorHost": settings.emulator_kind.host,
        "Tracing": "false",
        "HostedSignIn": "true" if settings.hosted_sign_in else "false",
    }


def is_current(settings: Settings) -> bool:
    """Whether the deployed stack matches the files of this checkout and these settings."""
    stack = settings.target.settled_stack()
    if not stack:
        return False
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    return tags.get(FINGERPRINT) == fingerprint(settings)


def fingerprint(settings: Settings) -> str:
    """A hash of all inputs of a deployment: those of the build, and the parameters."""
    inputs = build_fingerprint(on_this_host()), sorted(parameters(settings).items())
    return hashlib.sha256(repr(inputs).encode()).hexdigest()[:32]


@cache
def build_fingerprint(platform: LambdaPlatform) -> str:
    """A hash of all input files of a build, and the platform."""
    digest = hashlib.sha256(repr(platform).encode())
    for path in _inputs():
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _inputs() -> Iterator[Path]:
    for name in INPUTS:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in files if file.is_file() and not _is_generated(file))


def _is_generated(path: Path) -> bool:
    """Whether Python's tools generate a file; its presence must not change the fingerprint."""
    return any(part == "__pycache__" or part.endswith(".egg-info") for part in path.parts)


def build(settings: Settings) -> bool:
    """`sam build` for this machine, into the state folder. False if the build is current."""
    folder = settings.state_dir / "build"
    return build_into(folder, settings.logs, on_this_host())


def build_into(folder: Path, logs: Path, platform: LambdaPlatform) -> bool:
    """`sam build` into a folder. False if the build in it is current. Raises `UserError`."""
    record = folder / "fingerprint"
    if record.exists() and record.read_text() == build_fingerprint(platform):
        return False
    record.unlink(missing_ok=True)
    environment = {
        **platform.variables(),
        "PATH": os.pathsep.join((str(platform.find_python().parent), os.environ["PATH"])),
        "PYTHONPATH": str(ROOT),
    }
    arguments = ["build", "--build-dir", str(folder)]
    arguments += ["--parameter-overrides", f"Runtime={platform.runtime}"]
    run(logs, "build", arguments, environment)
    record.write_text(build_fingerprint(platform))
    return True


def deploy(settings: Settings) -> None:
    """`sam deploy` of the build in the state folder, to the emulator."""
    overrides = [f"{name}={value}" for name, value in parameters(settings).items()]
    arguments = ["deploy", "--template-file", str(settings.state_dir / "build" / "template.yaml")]
    arguments += ["--stack-name", settings.stack_name, "--region", settings.aws_region]
    arguments += ["--resolve-s3", "--capabilities", "CAPABILITY_IAM"]
    arguments += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    arguments += ["--tags", f"{FINGERPRINT}={fingerprint(settings)}"]
    arguments += ["--parameter-overrides", *overrides]
    run(settings.logs, "deploy", arguments, settings.target.environment())


def run(logs: Path, step: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Run the SAM CLI with its output in a log. Raises `UserError` with the end of the log."""
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"sam-{step}.log"
    command = [str(Path(sys.executable).with_name("sam")), *arguments]
    with log.open("w") as out:
        process = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**shell_environment(), "SAM_CLI_TELEMETRY": "0", **environment},
            check=False,
        )
    if process.returncode:
        last_lines = "\n".join("  " + line for line in log.read_text().splitlines()[-25:])
        raise UserError(f"sam {step} failed; the end of {log}:\n{last_lines}")
