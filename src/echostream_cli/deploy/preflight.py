"""Checks before a deployment: credentials, region, quotas, engine, template and unit tests."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.console import require_accepted, step
from echostream_cli.deploy.paid_services import check_engine
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.sam import run as run_sam
from echostream_cli.stages import Stage
from echostream_cli.target import Target

CONCURRENCY = ("lambda", "L-B99A9384")
"""Service and code of the quota of concurrent Lambda invocations of an account."""
NEEDED_CONCURRENCY = 20
"""The functions, and a page that sends several requests at once; a new account may have 10."""
TESTED = "tested"
"""The file with the hash of the tree whose unit tests passed."""


def run_checks(
    stage: Stage, target: Target, account: str, accepted: frozenset[str], work: Path
) -> None:
    """Run every check and print its result. Raises `UserError` at the first that fails."""
    with step("credentials") as note:
        note.append(check_credentials(target, account or stage.account))
    with step("region") as note:
        note.append(check_region(target, os.environ))
    with step("quotas") as note:
        note.append(check_quotas(target, accepted))
    with step("engine") as note:
        note.append(check_engine(stage, target, accepted))
    with step("template") as note:
        validate_template(target, work)
        note.append("valid")
    _check_tests(accepted, work)


def check_credentials(target: Target, expected: str) -> str:
    """The account and the caller. Raises `UserError` if the account is not the expected one."""
    try:
        identity = target.client("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"no valid credentials: {target.unreachable(error)}") from error
    if expected and identity["Account"] != expected:
        raise UserError(
            f"the credentials belong to account {identity['Account']}, the stage to {expected}:"
            " set AWS_PROFILE, or change account in samconfig.toml"
        )
    return f"account {identity['Account']}, {identity['Arn']}"


def check_region(target: Target, environ: Mapping[str, str]) -> str:
    """The stage's region. Raises `UserError` if the shell's region is another."""
    shell = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if target.endpoint is None and shell and shell != target.region:
        raise UserError(
            f"the shell's region is {shell}, stage {target.stage} is in {target.region}:"
            " unset AWS_REGION and AWS_DEFAULT_REGION, or change region in samconfig.toml"
        )
    return target.region


def check_quotas(target: Target, accepted: frozenset[str]) -> str:
    """The account's quota of concurrent functions, or why it was not checked."""
    try:
        settings = target.client("lambda").get_account_settings()
        quota = int(settings["AccountLimit"]["ConcurrentExecutions"])
    except (ClientError, BotoCoreError, KeyError) as error:
        return f"not checked ({_summarize(error)})"
    if quota < NEEDED_CONCURRENCY:
        service, code = CONCURRENCY
        require_accepted(
            "quota",
            f"the account may run {quota} Lambda functions at once, {NEEDED_CONCURRENCY} are"
            " needed; a new account has 10. Request more: aws service-quotas"
            f" request-service-quota-increase --region {target.region}"
            f" --service-code {service} --quota-code {code} --desired-value 1000",
            accepted,
        )
    return f"{quota} functions at once"


def _summarize(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"Lambda returned {error.response['Error']['Code']}"
    return type(error).__name__


def validate_template(target: Target, work: Path) -> None:
    """Validate the template by SAM's and CloudFormation's rules. Raises `UserError`."""
    run_sam(work, "validate", ["validate", "--lint"], target.environment())


def _check_tests(accepted: frozenset[str], work: Path) -> None:
    """Run the unit tests, unless they passed before on the same committed tree."""
    if "tests" in accepted:
        print(f"  ACCEPTED (tests): no test was run on these files ({describe_commit()})")
        return
    tree, passed = _get_tree(), work / TESTED
    with step(f"tests of {describe_commit()}") as note:
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
        process = subprocess.run(command, cwd=ROOT, stdout=out, stderr=out, check=False)
    if process.returncode:
        raise UserError(f"unit tests fail, see {log}; ACCEPT=tests deploys without them")


def describe_commit() -> str:
    """The checked-out commit; "-changed" is appended if the files differ from it."""
    commit = _run_git("rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "no-commit"
    return f"{commit}-changed" if _run_git("status", "--porcelain") else commit


def _get_tree() -> str | None:
    """The hash of the committed tree, None if files differ from it."""
    return None if _run_git("status", "--porcelain") else _run_git("rev-parse", "HEAD^{tree}")


def _run_git(*arguments: str) -> str | None:
    """The output of a git command; None if it fails or this is not a clone."""
    if not (ROOT / ".git").exists():
        return None
    try:
        process = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return process.stdout.strip()
