"""What must hold before anything is deployed; each check says what it found, or refuses."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import require_accepted, step
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.sam import run as sam
from echostream_cli.stages import Stage
from echostream_cli.target import Target

CONCURRENCY = ("lambda", "L-B99A9384")
"""The quota of Lambda invocations that an account may have at once."""
NEEDED_CONCURRENCY = 20
"""Five functions, and a page that asks several things at once; a new account may have only 10."""
TESTED = "tested"


def run(stage: Stage, target: Target, account: str, accepted: frozenset[str], work: Path) -> None:
    """Check everything that can be known beforehand. Raises `UserError`."""
    with step("credentials") as note:
        note.append(credentials(target, account or stage.account))
    with step("region") as note:
        note.append(region(target, os.environ))
    with step("quotas") as note:
        note.append(quotas(target, accepted))
    with step("template") as note:
        template(target, work)
        note.append("valid")
    _tests(accepted, work)


def credentials(target: Target, expected: str) -> str:
    """Whose account it is. Refuses where there is none, or another than expected."""
    try:
        found = target.client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"no credentials that work: {target.unreachable(error)}") from error
    if expected and found["Account"] != expected:
        raise UserError(
            f"these credentials are of account {found['Account']}, this stage belongs to"
            f" {expected}: set AWS_PROFILE, or change account in samconfig.toml"
        )
    return f"account {found['Account']}, {found['Arn']}"


def region(target: Target, environ: Mapping[str, str]) -> str:
    """The stage's region. Refuses where the shell was meant for another."""
    shell = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if target.endpoint is None and shell and shell != target.region:
        raise UserError(
            f"the shell's region is {shell}, stage {target.stage} is in {target.region}:"
            " unset AWS_REGION and AWS_DEFAULT_REGION, or change region in samconfig.toml"
        )
    return target.region


def quotas(target: Target, accepted: frozenset[str]) -> str:
    """Whether the account may run enough functions at once."""
    service, code = CONCURRENCY
    try:
        answer = target.client("service-quotas").get_service_quota(
            ServiceCode=service, QuotaCode=code
        )
        allowed = answer["Quota"]["Value"]
    except (ClientError, BotoCoreError, KeyError) as error:
        return f"not checked ({_short(error)})"
    if allowed < NEEDED_CONCURRENCY:
        require_accepted(
            "quota",
            f"Lambda may run {allowed:.0f} at once in this account, {NEEDED_CONCURRENCY} are"
            " needed. Ask for more: aws service-quotas request-service-quota-increase"
            f" --service-code {service} --quota-code {code} --desired-value 1000",
            accepted,
        )
    return f"{allowed:.0f} functions at once"


def _short(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"Service Quotas answered {error.response['Error']['Code']}"
    return type(error).__name__


def template(target: Target, work: Path) -> None:
    """Whether the template is one, by SAM's and CloudFormation's rules."""
    sam(work, "validate", ["validate", "--lint"], target.environment())


def _tests(accepted: frozenset[str], work: Path) -> None:
    """Have the unit tests passed by exactly these files; what passed once is remembered."""
    if "tests" in accepted:
        print(f"  ACCEPTED (tests): no test was run on these files ({commit()})")
        return
    tree, passed = _tree(), work / TESTED
    with step(f"tests of {commit()}") as note:
        if tree and passed.exists() and passed.read_text() == tree:
            note.append("passed before")
            return
        _run_tests(work)
        if tree:
            passed.write_text(tree)
        note.append("passed")


def _run_tests(work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    log = work / "tests.log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "pytest", "-q", "tests/unit"]
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, check=False)
    if done.returncode:
        raise UserError(f"tests fail: {log}; ACCEPT=tests deploys without them")


def commit() -> str:
    """The commit that these files are, and whether they differ from it."""
    found = _git("rev-parse", "--short=12", "HEAD")
    if found is None:
        return "no-commit"
    return found if not _git("status", "--porcelain") else f"{found}-changed"


def _tree() -> str | None:
    """A hash of all committed files, None where others lie here."""
    return None if _git("status", "--porcelain") else _git("rev-parse", "HEAD^{tree}")


def _git(*arguments: str) -> str | None:
    """What git says; None where this is no clone."""
    if not (ROOT / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
