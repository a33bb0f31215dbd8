"""The deployment that a command works on: the sandbox, or a stage on AWS or on an emulator."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.errors import UserError

_OPTIONS: dict[str, Any] = {
    "retries": {"mode": "standard", "total_max_attempts": 4},
    "connect_timeout": 5,
    # A variable AWS_ENDPOINT_URL that a shell still has would send a deployment somewhere else.
    "ignore_configured_endpoint_urls": True,
}
_CONFIG = Config(**_OPTIONS)
_SANDBOX_CONFIG = Config(retries={"total_max_attempts": 2}, connect_timeout=2)
FUNCTIONS = ("processor", "query", "claims", "producer", "compact")
"""The Lambda functions, named as their folders in lambdas/."""
SANDBOX = "local"
"""The stage name of the sandbox's stack."""
SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
EMULATED = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The credentials for an emulator where the shell has none, and always for the sandbox."""
GONE = "does not exist"
"""How CloudFormation says that a stack does not exist; it has no error code of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment. `endpoint` is None for AWS itself; it changes nothing but the address.

    `service_endpoints` are the addresses of services that another program answers for, by boto3's
    service names: the companion, in the sandbox.
    """

    stack_name: str
    stage: str
    region: str
    endpoint: str | None = None
    service_endpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_sandbox(self) -> bool:
        """Whether this is the sandbox on this machine."""
        return self.stage == SANDBOX

    def client(self, service: str, config: Config | None = None) -> Any:
        """A boto3 client: the shell's credentials for a stage, the emulator's for the sandbox."""
        own = _SANDBOX_CONFIG if self.is_sandbox else _CONFIG
        make: Any = boto3.client
        return make(
            service,
            region_name=self.region,
            config=own.merge(config) if config else own,
            **self._elsewhere(service),
        )

    def _elsewhere(self, service: str) -> dict[str, str | None]:
        if self.endpoint is None:
            return {}
        given = "" if self.is_sandbox else os.environ.get(_variable(service))
        url = given or self.service_endpoints.get(service, self.endpoint)
        return {"endpoint_url": url, **self._keys()}

    def _keys(self) -> dict[str, str | None]:
        if not self.is_sandbox and _has_credentials(os.environ):
            return {}
        return {name.lower(): value for name, value in EMULATED.items()}

    def environment(self) -> dict[str, str]:
        """The environment in which a program that a command starts talks to the same AWS."""
        region = {"AWS_DEFAULT_REGION": self.region, "AWS_REGION": self.region}
        if self.endpoint is None:
            kept = {n: v for n, v in os.environ.items() if not n.startswith("AWS_ENDPOINT_URL")}
            return {**kept, **region}
        if self.is_sandbox:
            return {**shell_environment(), **region, **EMULATED, **self._sandbox_variables()}
        keys = {} if _has_credentials(os.environ) else EMULATED
        return {**os.environ, **keys, **region, "AWS_ENDPOINT_URL": self.endpoint}

    def service_variables(self) -> dict[str, str]:
        """The variables that point an AWS SDK at the companion, one a service."""
        return {_variable(name): url for name, url in self.service_endpoints.items()}

    def _sandbox_variables(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": str(self.endpoint),
            **self.service_variables(),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def stack(self) -> dict[str, Any] | None:
        """The stack as CloudFormation describes it, None where it does not exist.

        None also where the sandbox does not run. Raises `UserError` where AWS does not answer.
        """
        try:
            response = self.client("cloudformation").describe_stacks(StackName=self.stack_name)
        except (ClientError, BotoCoreError) as error:
            if self.is_sandbox or GONE in str(error):
                return None
            raise UserError(self.unreachable(error)) from error
        stack: dict[str, Any] = response["Stacks"][0]
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def settled_stack(self) -> dict[str, Any] | None:
        """The stack, None unless its last deployment ended well."""
        stack = self.stack()
        return stack if stack and stack["StackStatus"] in SETTLED else None

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name. Raises `UserError` where the stack does not exist."""
        stack = self.settled_stack() if self.is_sandbox else self.stack()
        outputs = outputs_of(stack) if stack else {}
        if not outputs and self.is_sandbox:
            raise UserError("no sandbox is running here; start one with: make up")
        if not outputs:
            raise UserError(
                f"no stack {self.stack_name} on {self.where()}; make deploy-aws STAGE={self.stage}"
            )
        return outputs

    def resource(self, logical_id: str) -> str:
        """The name that a resource of the template has where it is deployed."""
        response = self.client("cloudformation").describe_stack_resource(
            StackName=self.stack_name, LogicalResourceId=logical_id
        )
        return str(response["StackResourceDetail"]["PhysicalResourceId"])

    def log_group(self, function: str) -> str:
        """The log group of a function."""
        return f"/aws/lambda/{self.stack_name}-{self.stage}-{function}"

    def where(self) -> str:
        """In words, for messages."""
        return f"AWS in {self.region}" if self.endpoint is None else self.endpoint

    def unreachable(self, error: Exception) -> str:
        """The message for a call that failed, with what to do."""
        if self.is_sandbox:
            fix = "is the sandbox running? make status"
        elif self.endpoint is None:
            fix = "sign in (aws sso login, or set AWS_PROFILE) and run the command again"
        else:
            fix = f"does {self.endpoint} answer? ENDPOINT= names where the emulator is"
        return f"{self.where()}: {error}; {fix}"


def outputs_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """A stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def shell_environment() -> dict[str, str]:
    """The shell's environment without its AWS settings, which belong to another AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _variable(service: str) -> str:
    """The standard variable that gives one service another address."""
    model = botocore.session.get_session().get_service_model(service)
    name = str(model.service_id).upper().replace(" ", "_").replace("-", "_")
    return f"AWS_ENDPOINT_URL_{name}"


def _has_credentials(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_PROFILE"))
