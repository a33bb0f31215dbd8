"""The deployment that a command works on: the sandbox, or a stage on AWS or on an emulator."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli import credentials
from echostream_cli.errors import UserError

_OPTIONS: dict[str, Any] = {
    "retries": {"mode": "standard", "total_max_attempts": 4},
    "connect_timeout": 5,
    # A leftover AWS_ENDPOINT_URL in the shell would send a deployment to another address.
    "ignore_configured_endpoint_urls": True,
}
_CONFIG = Config(**_OPTIONS)
_SANDBOX_CONFIG = Config(retries={"total_max_attempts": 2}, connect_timeout=2)
FUNCTIONS = (
    *("processor", "derive", "query", "ingest", "claims", "producer", "compact", "erase", "admin"),
    *("sources", "themes", "digest", "alerts", "destinations"),
)
"""The Lambda functions; each has a folder of this name in lambdas/."""
SANDBOX = "local"
"""The stage name of the sandbox's stack."""
SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
NO_STACK = "does not exist"
"""Part of CloudFormation's message for a missing stack, which has no error code of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment. `endpoint` is the address of an emulator, or None for AWS.

    `service_endpoints` has, by boto3's service name, the addresses of services that the emulator
    lacks; in the sandbox, the companion serves them. `secret_key` is that of the emulator's
    access key; most emulators accept any.
    """

    stack_name: str
    stage: str
    region: str
    endpoint: str | None = None
    service_endpoints: Mapping[str, str] = field(default_factory=dict)
    secret_key: str = field(default=credentials.ANY_SECRET, repr=False)

    @property
    def is_sandbox(self) -> bool:
        """Whether this is the sandbox on this machine."""
        return self.stage == SANDBOX

    def client(
        self,
        service: str,
        config: Config | None = None,
        credentials: Mapping[str, str] | None = None,
    ) -> Any:
        """A boto3 client: the shell's credentials for a stage, the emulator's for the sandbox.

        `credentials` are arguments of the client that take their place.
        """
        own = _SANDBOX_CONFIG if self.is_sandbox else _CONFIG
        make: Any = boto3.client
        return make(
            service,
            region_name=self.region,
            config=own.merge(config) if config else own,
            **{**self._emulator_arguments(service), **(credentials or {})},
        )

    def _emulator_arguments(self, service: str) -> dict[str, str | None]:
        if self.endpoint is None:
            return {}
        override = "" if self.is_sandbox else os.environ.get(_variable(service))
        url = override or self.service_endpoints.get(service, self.endpoint)
        return {"endpoint_url": url, **self._keys()}

    def _keys(self) -> dict[str, str | None]:
        if not self.is_sandbox and _has_credentials(os.environ):
            return {}
        return {name.lower(): value for name, value in self.credentials().items()}

    def credentials(self) -> dict[str, str]:
        """The emulator's access key and its secret, as the AWS SDKs' variables."""
        return credentials.variables(self.secret_key)

    def environment(self) -> dict[str, str]:
        """The environment for a child process that uses this deployment."""
        region = {"AWS_DEFAULT_REGION": self.region, "AWS_REGION": self.region}
        if self.endpoint is None:
            shell = {n: v for n, v in os.environ.items() if not n.startswith("AWS_ENDPOINT_URL")}
            return {**shell, **region}
        if self.is_sandbox:
            return {**shell_environment(), **region, **self._sandbox_variables()}
        keys = {} if _has_credentials(os.environ) else self.credentials()
        return {**os.environ, **keys, **region, "AWS_ENDPOINT_URL": self.endpoint}

    def service_variables(self) -> dict[str, str]:
        """The variables that point an AWS SDK at the companion, one per service."""
        return {_variable(name): url for name, url in self.service_endpoints.items()}

    def _sandbox_variables(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": str(self.endpoint),
            **self.service_variables(),
            **self.credentials(),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def stack(self) -> dict[str, Any] | None:
        """CloudFormation's description of the stack; None if it does not exist.

        None also if the sandbox does not run. Raises `UserError` if AWS cannot be reached.
        """
        try:
            response = self.client("cloudformation").describe_stacks(StackName=self.stack_name)
        except (ClientError, BotoCoreError) as error:
            if self.is_sandbox or NO_STACK in str(error):
                return None
            raise UserError(self.unreachable(error)) from error
        stack: dict[str, Any] = response["Stacks"][0]
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def settled_stack(self) -> dict[str, Any] | None:
        """The stack; None unless its last deployment succeeded."""
        stack = self.stack()
        return stack if stack and stack["StackStatus"] in SETTLED else None

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name. Raises `UserError` if the stack does not exist."""
        stack = self.settled_stack() if self.is_sandbox else self.stack()
        outputs = outputs_of(stack) if stack else {}
        if not outputs and self.is_sandbox:
            raise UserError("no sandbox is running here; start one with: make up")
        if not outputs:
            raise UserError(
                f"no stack {self.stack_name} on {self.where()};"
                f" deploy it with: make deploy-aws STAGE={self.stage}"
            )
        return outputs

    def resource(self, logical_id: str) -> str:
        """The physical id of a resource of the template."""
        response = self.client("cloudformation").describe_stack_resource(
            StackName=self.stack_name, LogicalResourceId=logical_id
        )
        return str(response["StackResourceDetail"]["PhysicalResourceId"])

    def log_group(self, function: str) -> str:
        """The log group of a function."""
        return f"/aws/lambda/{self.stack_name}-{self.stage}-{function}"

    def where(self) -> str:
        """The region or the emulator's address, for messages."""
        return f"AWS in {self.region}" if self.endpoint is None else self.endpoint

    def unreachable(self, error: Exception) -> str:
        """The message for a failed call: the error and the remedy."""
        if self.is_sandbox:
            remedy = "check that the sandbox is running: make status"
        elif self.endpoint is None:
            remedy = "sign in (aws sso login, or set AWS_PROFILE) and run the command again"
        else:
            remedy = "check that the emulator is running and that ENDPOINT is its address"
        return f"{self.where()}: {error}; {remedy}"


def outputs_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """A stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def shell_environment() -> dict[str, str]:
    """This process's environment without AWS settings, which belong to another deployment."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _variable(service: str) -> str:
    """The AWS SDKs' variable for the address of one service."""
    model = botocore.session.get_session().get_service_model(service)
    name = str(model.service_id).upper().replace(" ", "_").replace("-", "_")
    return f"AWS_ENDPOINT_URL_{name}"


def _has_credentials(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_PROFILE"))
