"""Who the commands talk to: a stage's stack, on AWS or, with an endpoint, on what plays AWS."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.errors import UserError
from echostream_cli.sam import outputs_of

_OPTIONS: dict[str, Any] = {
    "retries": {"mode": "standard", "total_max_attempts": 4},
    "connect_timeout": 5,
    # A variable AWS_ENDPOINT_URL that a shell still has would send a deployment somewhere else.
    "ignore_configured_endpoint_urls": True,
}
_CONFIG = Config(**_OPTIONS)
EMULATED = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The credentials of whoever talks to an emulator and has set none."""
GONE = "does not exist"
"""How CloudFormation says that there is no such stack; it has no error code of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment. `endpoint` is None for AWS itself; it changes nothing but the address."""

    stack_name: str
    stage: str
    region: str
    endpoint: str | None = None

    def client(self, service: str, config: Config | None = None) -> Any:
        """A boto3 client for this deployment, with the shell's own credentials."""
        make: Any = boto3.client
        return make(
            service,
            region_name=self.region,
            config=_CONFIG.merge(config) if config else _CONFIG,
            **self._elsewhere(service),
        )

    def _elsewhere(self, service: str) -> dict[str, str | None]:
        if self.endpoint is None:
            return {}
        given = os.environ.get(_variable(service))
        return {"endpoint_url": given or self.endpoint, **_keys(os.environ)}

    def environment(self) -> dict[str, str]:
        """What a program that the commands start needs, so that it talks to the same AWS."""
        region = {"AWS_DEFAULT_REGION": self.region, "AWS_REGION": self.region}
        if self.endpoint is None:
            kept = {n: v for n, v in os.environ.items() if not n.startswith("AWS_ENDPOINT_URL")}
            return {**kept, **region}
        keys = {} if _has_credentials(os.environ) else EMULATED
        return {**os.environ, **keys, **region, "AWS_ENDPOINT_URL": self.endpoint}

    def stack(self) -> dict[str, Any] | None:
        """The stack as CloudFormation describes it, None where there is none."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.stack_name)
        except ClientError as error:
            if GONE in str(error):
                return None
            raise UserError(self.unreachable(error)) from error
        except BotoCoreError as error:
            raise UserError(self.unreachable(error)) from error
        stack: dict[str, Any] = found["Stacks"][0]
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name. Raises `UserError` where there is no such stack."""
        found = self.stack()
        named = outputs_of(found) if found else {}
        if not named:
            raise UserError(
                f"no stack {self.stack_name} on {self.where()}; make deploy-aws STAGE={self.stage}"
            )
        return named

    def where(self) -> str:
        """In words, for messages."""
        return f"AWS in {self.region}" if self.endpoint is None else self.endpoint

    def unreachable(self, error: Exception) -> str:
        """What to say where a call failed, with what to do."""
        if self.endpoint is None:
            fix = "sign in (aws sso login, or set AWS_PROFILE) and run the command again"
        else:
            fix = f"does {self.endpoint} answer? ENDPOINT= names where the emulator is"
        return f"{self.where()}: {error}; {fix}"


def _variable(service: str) -> str:
    """The standard variable that gives one service another address."""
    model = botocore.session.get_session().get_service_model(service)
    name = str(model.service_id).upper().replace(" ", "_").replace("-", "_")
    return f"AWS_ENDPOINT_URL_{name}"


def _has_credentials(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_PROFILE"))


def _keys(environ: Mapping[str, str]) -> dict[str, str]:
    if _has_credentials(environ):
        return {}
    return {
        "aws_access_key_id": EMULATED["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": EMULATED["AWS_SECRET_ACCESS_KEY"],
    }
