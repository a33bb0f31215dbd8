"""A clone of the checkout that deploys a stage to an emulator."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from echostream.domain.codec import time_to_wire
from echostream_cli.credentials import ACCESS_KEY
from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser

STACK = "echostream-staging"
TEMPLATE = ROOT / "template.yaml"
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
        self._secret_key = emulator.secret_key
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        self.companion = emulator.target.service_variables()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **emulator.target.service_variables(),
            **emulator.target.credentials(),
            "PYTHONPATH": f"{folder}:{folder / 'src'}",
            "PYTHONUNBUFFERED": "1",
        }

    def use(self, template: Path, change: Callable[[str], str] = lambda text: text) -> None:
        """Copy a template into the clone."""
        (self.folder / "template.yaml").write_text(change(template.read_text()))

    def set_parameter(self, name: str, value: str) -> None:
        """Set a parameter of the stage in the clone's samconfig.toml."""
        config = self.folder / "samconfig.toml"
        text = re.sub(rf' *"{name}=.*\n', "", config.read_text())
        line = f'    "{name}={value}",\n'
        config.write_text(text.replace('    "Stage=staging",\n', f'    "Stage=staging",\n{line}'))

    def start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        options = ["--stage", "staging", "--endpoint", self.endpoint]
        return subprocess.Popen(
            [sys.executable, "-m", "echostream_cli", command, *arguments, *options],
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
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=self._secret_key,
        )

    def physical_name(self, logical_id: str) -> str:
        """The name of a resource of the stack."""
        response = self.client("cloudformation").describe_stack_resource(
            StackName=STACK, LogicalResourceId=logical_id
        )
        name: str = response["StackResourceDetail"]["PhysicalResourceId"]
        return name

    def outputs(self) -> dict[str, str]:
        stack = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


ROLE = "arn:aws:iam::000000000000:role/echostream-deployer-staging"
NAMES, IDS = "repo:owner/name:environment:", "repo:owner@123456/name@456789:environment:"
"""The two forms of GitHub's subjects; the second one is trusted with the ids as parameters."""
FOREIGN = ("repo:other/name:environment:staging", "repo:owner@1/name@456789:environment:staging")


def assume_deployer_role(clone):
    """Run further commands with the role of GitHub's job; the emulator enforces its policies."""
    cloudformation = clone.client("cloudformation")
    _deploy_role(cloudformation, "create")
    _refuse(clone, f"{NAMES}production", f"{IDS}staging", *FOREIGN)
    _assume(clone, f"{NAMES}staging")
    _deploy_role(cloudformation, "update", OwnerId="123456", RepositoryId="456789")
    _refuse(clone, f"{NAMES}staging", f"{IDS}production", *FOREIGN)
    keys = _assume(clone, f"{IDS}staging")
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


def _deploy_role(cloudformation, change, **options):
    """Create or update the stack of role.yaml."""
    values = {
        "Repository": "owner/name",
        "Environment": "staging",
        "Stage": "staging",
        # CloudFormation on the emulator has no identity providers.
        "Provider": "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
        **options,
    }
    getattr(cloudformation, f"{change}_stack")(
        StackName="echostream-staging-role",
        TemplateBody=(ROOT / "src" / "echostream_cli" / "deploy" / "role.yaml").read_text(),
        Parameters=[{"ParameterKey": n, "ParameterValue": v} for n, v in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    waiter = cloudformation.get_waiter(f"stack_{change}_complete")
    waiter.wait(StackName="echostream-staging-role")


def _assume(clone, subject):
    """Credentials of the role for a job with this subject."""
    return clone.client("sts").assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="github", WebIdentityToken=make_github_token(subject)
    )["Credentials"]


def _refuse(clone, *subjects):
    for subject in subjects:
        with pytest.raises(ClientError, match="AccessDenied"):
            _assume(clone, subject)


def with_failure(seconds):
    """A change of a template: one resource fails after some seconds."""
    addition = NEVER_READY.format(seconds=seconds)
    return lambda text: text.replace("\nOutputs:\n", f"{addition}\nOutputs:\n")


def with_more_storage(text):
    """A change of a template that publishes a new version of the query function."""
    return text.replace(
        "CodeUri: lambdas/query\n",
        "CodeUri: lambdas/query\n      EphemeralStorage: {Size: 640}\n",
    )


def without_query_handler(text):
    """A change of a template: it deploys, but /query and /stats fail."""
    return text.replace(
        "CodeUri: lambdas/query\n", "CodeUri: lambdas/query\n      Handler: handler.nothing\n"
    )


def get_status(clone: Clone) -> str:
    stacks = clone.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    status: str = stacks[0]["StackStatus"]
    return status


class Ann:
    """A user created by `make user-aws`, and what she reads."""

    def __init__(self, clone: Clone, password: str = "") -> None:
        """With a password, a user who exists already."""
        options = ("--tenant", "acme", "--new-tenant", "--permanent")
        self.password = password or clone.run("member", "invite", "ann", *options).split()[-1]
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
        response = self._api.ingest(documents)
        assert response["accepted"] == number
        if "received_at" in response:  # later than 1.0.0
            assert self._api.wait_until_counted(response["received_at"])

    def read(self) -> tuple[list[str], list[int]]:
        """The ids of all documents, and the totals by hour."""
        since = time_to_wire(self._since)
        documents = self._api.query(**{"from": since}, limit=200)["documents"]
        buckets = self._api.stats(**{"from": since}, bucket="hour")["buckets"]
        return sorted(document["id"] for document in documents), [b["total"] for b in buckets]
