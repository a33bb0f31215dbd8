"""Probes of an emulator's CloudFormation: one for each type of resource in template.yaml."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from echostream_cli.doctor import template_parts
from echostream_cli.doctor.fixtures import create_bucket, wait_until_settled, zip_file
from echostream_cli.doctor.probe_context import Differs, Missing, NotStarted, ProbeContext
from echostream_cli.doctor.probes import Probe
from echostream_cli.lambda_platform import host_architecture

SERVICE = "CloudFormation"
PROVIDER_TYPE = "AWS::Cognito::UserPoolIdentityProvider"
MAX_BODY = 51_200
"""The longest template, in bytes, that CreateStack takes without S3."""
UNDEFINED = "undefined resource"
"""Part of CloudFormation's message for a reference to a resource that it did not create."""
PARAMETERS = {
    "Architecture": host_architecture(),
    "DeletionProtection": "false",
    "PointInTimeRecovery": "false",
    "RequireTls": "true",
    "EmulatorPort": "4566",
    # The conditions of as many resources as possible hold.
    "IngestPath": "stream",
    "Producer": "true",
    "Crawler": "true",
    "GradualDeployment": "true",
    "HostedSignIn": "true",
    "AuditLock": "governance",
    "MonthlyBudget": "5",
    "AlarmEmail": "ops@example.com",
}
IDENTITY_PROVIDER = {
    "IdentityProvider": "Company",
    "OidcIssuer": "https://example.com",
    "OidcClientId": "echostream",
    "OidcClientSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:oidc",
}


@cache
def probes() -> list[Probe]:
    """A probe for each type, named like it."""
    return [_probe(*item) for item in template_parts.smallest_by_type().items()]


def _probe(kind: str, resource: str) -> Probe:
    own = IDENTITY_PROVIDER if kind == PROVIDER_TYPE else {}

    def create(context: ProbeContext) -> None:
        create_part(context, resource, {**PARAMETERS, **own})

    create.__name__ = kind
    return Probe(SERVICE, kind, "sam deploy", "", create)


def create_part(context: ProbeContext, resource: str, values: Mapping[str, str]) -> None:
    """Create a stack of one resource and all that it refers to, and look for the resource in it."""
    cloudformation = context.client("cloudformation")
    context.add_cleanup(cloudformation.delete_stack, StackName=context.name)
    _create_stack(context, _template(context, resource), values)
    stack = wait_until_settled(context)
    status, found = stack.get("StackStatus"), _status(cloudformation, context.name, resource)
    if status != "CREATE_COMPLETE":
        raise Differs(f"the stack is {status}, the resource {found or 'absent'}")
    if not found:
        raise Missing("the stack is CREATE_COMPLETE without the resource")


def _template(context: ProbeContext, resource: str) -> dict[str, str]:
    """The argument of CreateStack with the part; its functions have code in a bucket."""
    bucket = create_bucket(context)
    code = zip_file("handler.py", "def handler(event, context):\n    return event\n")
    context.client("s3").put_object(Bucket=bucket, Key="code.zip", Body=code)
    text = template_parts.to_json(template_parts.part_of([resource]))
    text = text.replace(template_parts.CODE.split("/")[2], bucket)
    if len(text) <= MAX_BODY:
        return {"TemplateBody": text}
    context.client("s3").put_object(Bucket=bucket, Key="template.json", Body=text.encode())
    return {"TemplateURL": f"{context.engine.endpoint}/{bucket}/template.json"}


def _create_stack(
    context: ProbeContext, template: Mapping[str, str], values: Mapping[str, str]
) -> None:
    # Some names have the stage, but not the stack.
    own = {**values, "Stage": f"d{context.name[-10:]}"}
    parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in own.items()]
    try:
        context.client("cloudformation").create_stack(
            StackName=context.name,
            **template,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
        )
    except ClientError as error:
        if UNDEFINED in str(error):
            raise NotStarted(str(error).split(": ", 1)[-1]) from error
        raise


def _status(cloudformation: Any, stack: str, resource: str) -> str:
    """The status of a resource in a stack; empty if the stack lacks it."""
    response = cloudformation.describe_stack_resources(StackName=stack)
    # moto lists resources of types that it does not know as empty entries.
    entries = [e for e in response["StackResources"] if e.get("LogicalResourceId") == resource]
    return str(entries[0].get("ResourceStatus") or "created") if entries else ""
