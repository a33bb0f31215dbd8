"""The AWS commands (deploy, diff, smoke, user, destroy) against an emulator in place of AWS."""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from echostream.domain.codec import time_to_wire
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.sandbox import supervisor
from echostream_cli.settings import Settings
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser
from tests.browser import CHROMIUM, chromium
from tests.polling import wait_until

STACK = "echostream-staging"
RELEASED = ROOT / "tests" / "e2e" / "released" / "0.1.0.yaml"
NEVER_READY = """
  NeverReady:
    Type: AWS::CloudFormation::WaitCondition
    Properties:
      Handle: !Ref NeverSignalled
      Timeout: "{seconds}"
  NeverSignalled:
    Type: AWS::CloudFormation::WaitConditionHandle
"""
"""A resource that fails after some seconds, on AWS as on the emulator."""
PARTS = (
    "lambdas",
    "localstack",
    "requirements",
    "samconfig.toml",
    "scripts",
    "seed",
    "site",
    "src",
    "template.yaml",
)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory, mode):
    """An emulator and a companion without a deployment, beside a sandbox that may run."""
    if mode == "docker":
        pytest.skip("independent of the mode; MODE=local runs it")
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("as if aws"),
        emulator_port=free_port(),
        companion_port=free_port(),
        dashboard_port=free_port(),
    )
    try:
        supervisor.ensure(settings, "emulator")
        supervisor.ensure(settings, "companion")
        yield settings
    finally:
        supervisor.stop(settings)


def make_github_token(subject):
    """GitHub's token of a job, unsigned: the emulator checks the claims, not the signature."""
    claims = {
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "sts.amazonaws.com",
        "sub": subject,
        "exp": int(time.time()) + 600,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return b".".join([*map(base64.urlsafe_b64encode, parts), b"x"]).replace(b"=", b"").decode()


class Clone:
    """A copy of this repository, in which a test edits files and runs commands."""

    def __init__(self, folder: Path, emulator: Settings) -> None:
        self.folder, self.endpoint = folder, emulator.endpoint
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        self.companion = emulator.target.service_variables()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **emulator.target.service_variables(),
            "PYTHONPATH": f"{folder}:{folder / 'src'}",
            "PYTHONUNBUFFERED": "1",
        }

    def use(self, template: Path, change: Callable[[str], str] = lambda text: text) -> None:
        """Copy a template into the clone, with the current paths of the layers."""
        text = template.read_text().replace("Path: layers\n", "Path: lambdas/layers\n")
        text = text.replace("ContentUri: layers\n", "ContentUri: lambdas/layers\n")
        (self.folder / "template.yaml").write_text(change(text))

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        options = ["--stage", "staging", "--endpoint", self.endpoint]
        return subprocess.Popen(
            [sys.executable, "-m", "echostream_cli", command, *options, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str, *arguments: str, is_failure: bool = False) -> str:
        """Run a command to its end; its output, with the errors."""
        process = self.start(command, *arguments)
        output, _ = process.communicate(timeout=300)
        assert (process.returncode != 0) is is_failure, output
        return output

    def deploy(self, is_failure: bool = False) -> str:
        return self.run("deploy", "--yes", "--accept", "tests", is_failure=is_failure)

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def outputs(self) -> dict[str, str]:
        stack = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


ROLE = "arn:aws:iam::000000000000:role/echostream-deployer-staging"


def assume_deployer_role(clone):
    """Run further commands with the role of GitHub's job; the emulator enforces its policies."""
    cloudformation, sts = clone.client("cloudformation"), clone.client("sts")
    values = {
        "Repository": "owner/name",
        "Environment": "staging",
        "Stage": "staging",
        # CloudFormation on the emulator has no identity providers.
        "Provider": "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
    }
    cloudformation.create_stack(
        StackName="echostream-staging-role",
        TemplateBody=(ROOT / "src" / "echostream_cli" / "deploy" / "role.yaml").read_text(),
        Parameters=[{"ParameterKey": n, "ParameterValue": v} for n, v in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="echostream-staging-role")
    role = {"RoleArn": ROLE, "RoleSessionName": "github"}
    for subject in (
        "repo:owner/name:environment:production",
        "repo:other/name:environment:staging",
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            sts.assume_role_with_web_identity(**role, WebIdentityToken=make_github_token(subject))
    token = make_github_token("repo:owner/name:environment:staging")
    keys = sts.assume_role_with_web_identity(**role, WebIdentityToken=token)["Credentials"]
    clone.environment |= {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    # The policy of the SAM CLI's bucket rejects plain HTTP, and the emulator supports nothing else.
    artefacts = cloudformation.describe_stack_resource(
        StackName="aws-sam-cli-managed-default", LogicalResourceId="SamCliSourceBucket"
    )["StackResourceDetail"]["PhysicalResourceId"]
    clone.client("s3").delete_bucket_policy(Bucket=artefacts)
    config = clone.folder / "samconfig.toml"
    boundary = '"RoleBoundary=echostream-staging-boundary"'
    config.write_text(config.read_text().replace(f"# {boundary}", boundary))


def with_failure(seconds):
    """A change of a template: one resource fails after some seconds."""
    addition = NEVER_READY.format(seconds=seconds)
    return lambda text: text.replace("\nOutputs:\n", f"{addition}\nOutputs:\n")


def without_query_handler(text):
    """A change of a template: it deploys, but /query and /stats fail."""
    return text.replace(
        "CodeUri: lambdas/query\n", "CodeUri: lambdas/query\n      Handler: handler.nothing\n"
    )


@pytest.fixture(scope="module")
def clone(emulator, tmp_path_factory):
    return Clone(tmp_path_factory.mktemp("clone"), emulator)


def get_status(clone: Clone) -> str:
    stacks = clone.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    status: str = stacks[0]["StackStatus"]
    return status


def interrupt_first_deployment(clone: Clone) -> str:
    """Interrupt the command during a deployment that then fails; the command's output."""
    clone.use(RELEASED, with_failure(600))
    process = clone.start("deploy", "--yes", "--accept", "tests")
    output = ""
    assert process.stdout
    for line in process.stdout:
        output += line
        if "CREATE_IN_PROGRESS" in line:
            process.send_signal(signal.SIGINT)
            break
    rest, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "CREATE_IN_PROGRESS" in output, output + rest
    signal_failure(clone)
    return output + rest


def signal_failure(clone):
    """Fail the resource of `with_failure` as soon as CloudFormation waits for it."""
    failure = {"LogicalResourceId": "NeverReady", "UniqueId": "1", "Status": "FAILURE"}
    deadline = time.monotonic() + 120
    while get_status(clone) == "CREATE_IN_PROGRESS":
        with contextlib.suppress(ClientError):  # not waiting yet
            clone.client("cloudformation").signal_resource(StackName=STACK, **failure)
        assert time.monotonic() < deadline, "the first deployment does not fail"
        time.sleep(0.2)


class Ann:
    """A user created by `make user-aws`, and what she reads."""

    def __init__(self, clone: Clone) -> None:
        self.password = clone.run("user", "--name", "ann", "--tenant", "acme").split()[-1]
        outputs = clone.outputs()
        cognito = clone.client("cognito-idp")
        user = SignedInUser(cognito, outputs["UserPoolClientId"], "ann", self.password)
        self._api = ApiClient(outputs["ApiUrl"], user)
        self._since = datetime.now(UTC) - timedelta(hours=2)

    def send(self, number: int) -> None:
        documents = [
            {"id": f"d{i}", "text": f"good day number {i}", "source": "forum"}
            for i in range(number)
        ]
        assert self._api.ingest(documents)["accepted"] == number

    def read(self) -> tuple[list[str], list[int]]:
        """The ids of all documents, and the totals by hour."""
        since = time_to_wire(self._since)
        documents = self._api.query(**{"from": since}, limit=200)["documents"]
        buckets = self._api.stats(**{"from": since}, bucket="hour")["buckets"]
        return sorted(document["id"] for document in documents), [b["total"] for b in buckets]


def test_lifecycle_of_a_stage(clone):
    """Interrupt, deploy, upgrade with data, fail an update twice, destroy. All commands but the
    first run with the role of GitHub's workflow."""
    output = interrupt_first_deployment(clone)
    assert "interrupted: echostream-staging is" in output
    assert "The same command (deploy) continues from there" in output

    assume_deployer_role(clone)
    clone.use(RELEASED)
    output = clone.deploy()
    assert "is ROLLBACK_COMPLETE: its first deployment failed" in output
    assert "smoke test: the API               sent, scored POSITIVE, found, counted" in output
    assert "smoke test: the page              loads, with its Content-Security-Policy" in output

    ann = Ann(clone)
    ann.send(60)
    before = ann.read()
    assert len(before[0]) == 60
    assert sum(before[1]) == 60

    clone.use(ROOT / "template.yaml")
    # Only the current template has what the current compaction needs.
    assert "compacted to" in clone.deploy()
    assert get_status(clone) in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert ann.read() == before
    assert "nothing would change" in clone.run("diff")
    if CHROMIUM:
        open_all_pages_of_the_dashboard(clone, ann)

    clone.use(ROOT / "template.yaml", with_failure(1))
    output = clone.deploy(is_failure=True)
    assert "WaitCondition timed out" in output
    assert "is UPDATE_ROLLBACK_COMPLETE: the update failed" in output
    assert ann.read() == before

    clone.use(ROOT / "template.yaml", without_query_handler)
    output = clone.deploy(is_failure=True)
    assert "the smoke test failed:" in output
    assert "error: the update was rolled back" in output
    assert ann.read() == before
    assert "found, counted" in clone.run("smoke")

    check_destroy(clone)


def open_all_pages_of_the_dashboard(clone, ann):
    """`make dashboard STAGE=staging`: each page shows Ann's documents."""
    port = free_port()
    command = ["dashboard", "--stage", "staging", "--endpoint", clone.endpoint, "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "echostream_cli", *command],
        cwd=ROOT,
        env={**os.environ, **clone.companion},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        assert f"http://localhost:{port}" in process.stdout.readline()
        assert wait_until(lambda: is_healthy(f"http://127.0.0.1:{port}/_stcore/health"))
        with chromium() as browser:
            visit(browser.new_page(), f"http://localhost:{port}", ann.password)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def is_healthy(url: str) -> bool:
    try:
        return urllib3.request("GET", url, retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def visit(page, url, password):
    """Sign in as Ann and open every page."""
    page.set_default_timeout(30_000)
    page.goto(url)
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    main = page.get_by_test_id("stMain")
    main.locator("[data-testid=stVegaLiteChart] svg.marks").first.wait_for()
    assert page.get_by_role("button", name="Sign in as the demo user").count() == 0
    texts = {
        "Explore": "60 documents",
        "Sources": "forum",
        "Engines": "VADER",
        "History": "row",
        "Health": "UPDATE_COMPLETE",
    }
    for name, text in texts.items():
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name, exact=True, level=1).wait_for()
        if name == "History":
            main.get_by_role("button", name="Run", exact=True).click()
        if name == "Engines":
            main.get_by_text("VADER").first.wait_for()
        main.get_by_text(text).first.wait_for(state="attached")  # a table's cells are not visible
        assert main.get_by_test_id("stException").count() == 0


def check_destroy(clone):
    """Data remains unless its deletion is requested; then a protected table and a versioned lake
    are deleted too."""
    outputs = clone.outputs()
    s3, lake = clone.client("s3"), outputs["LakeBucket"]
    s3.put_bucket_versioning(Bucket=lake, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"older", b"newer"):
        s3.put_object(Bucket=lake, Key="raw/again", Body=body)
    s3.delete_object(Bucket=lake, Key="raw/again")
    s3.create_multipart_upload(Bucket=lake, Key="raw/unfinished")
    table = {"TableName": outputs["TableName"]}
    clone.client("dynamodb").update_table(**table, DeletionProtectionEnabled=True)
    assert "YES=1" in clone.run("destroy", is_failure=True)
    output = clone.run("destroy", "--yes")
    assert f"delete-table --table-name {outputs['TableName']}" in output
    assert clone.client("dynamodb").describe_table(**table)
    assert s3.list_objects_v2(Bucket=lake)["KeyCount"]

    assert f"CONFIRM={STACK}" in clone.run("destroy", "--data", "delete", is_failure=True)
    clone.run("destroy", "--data", "delete", "--confirm", STACK)
    assert outputs["TableName"] not in clone.client("dynamodb").list_tables()["TableNames"]
    buckets = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert not buckets & {lake, outputs["SiteBucket"]}
    pools = clone.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    assert outputs["UserPoolId"] not in {pool["Id"] for pool in pools}
    assert "no record of its data" in clone.run("destroy", "--yes")
