"""Saves the deployed version before an update, so that `make rollback-aws` can deploy it again.

CloudFormation rolls an update back if a resource fails. An update that succeeds but does not work
is undone here: by another update, to the template and the parameters of the saved version. This
update is not gradual, so that no alarm can stop it.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.deploy import change_set
from echostream_cli.errors import UserError
from echostream_cli.target import Target

ARTIFACTS = "aws-sam-cli-managed-default"
"""The stack of the SAM CLI's own bucket (`resolve_s3`)."""
AT_ONCE = {"GradualDeployment": "false"}
"""The parameter with which new code gets all requests at once, without CodeDeploy."""


def save(target: Target) -> None:
    """Save the deployed template and parameters, unless that deployment was never verified."""
    stack = target.stack()
    if not stack or is_unverified(target):
        return
    s3, bucket = target.client("s3"), _get_bucket(target)
    cloudformation = target.client("cloudformation")
    # Before transforms: CloudFormation accepts only this stage as input.
    response = cloudformation.get_template(StackName=target.stack_name, TemplateStage="Original")
    template = response["TemplateBody"]
    text = template if isinstance(template, str) else json.dumps(template)
    s3.put_object(Bucket=bucket, Key=_get_key(target, "template"), Body=text.encode())
    _write(
        target,
        {"Parameters": _get_parameters(stack), "Tags": stack.get("Tags", []), "proved": False},
    )


def is_unverified(target: Target) -> bool:
    """Whether the last update passed no smoke test, for example because it was interrupted."""
    previous = _read(target)
    return previous is not None and not previous.get("proved", True)


def mark_verified(target: Target) -> None:
    """Record that the deployed version passed the smoke test."""
    previous = _read(target)
    if previous:
        _write(target, {**previous, "proved": True})


def make_change_set(target: Target) -> change_set.ChangeSet:
    """The change set to the saved version. Raises `UserError` if no version is saved."""
    previous = _read(target)
    if previous is None:
        raise UserError(
            f"no previous version of {target.stack_name} is saved: this command never updated it."
            f" Check out an older commit and run make deploy-aws STAGE={target.stage}"
        )
    url = _get_url(target, _get_bucket(target))
    values = {p["ParameterKey"]: p["ParameterValue"] for p in previous["Parameters"]}
    values |= {name: value for name, value in AT_ONCE.items() if name in values}
    return change_set.create_from_template(target, url, values, previous["Tags"])


def _read(target: Target) -> dict[str, Any] | None:
    s3 = target.client("s3")
    try:
        response = s3.get_object(Bucket=_get_bucket(target), Key=_get_key(target, "json"))
    except s3.exceptions.NoSuchKey:
        return None
    previous: dict[str, Any] = json.loads(response["Body"].read())
    return previous


def _write(target: Target, previous: dict[str, Any]) -> None:
    body = json.dumps(previous).encode()
    bucket, key = _get_bucket(target), _get_key(target, "json")
    target.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _get_parameters(stack: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"ParameterKey": p["ParameterKey"], "ParameterValue": p["ParameterValue"]}
        for p in stack.get("Parameters", [])
    ]


def _get_key(target: Target, extension: str) -> str:
    return f"{target.stack_name}/previous.{extension}"


def _get_bucket(target: Target) -> str:
    try:
        response = target.client("cloudformation").describe_stacks(StackName=ARTIFACTS)
        outputs = {o["OutputKey"]: o["OutputValue"] for o in response["Stacks"][0]["Outputs"]}
        return str(outputs["SourceBucket"])
    except (ClientError, BotoCoreError, KeyError) as error:
        message = f"cannot find the SAM CLI's bucket: {target.unreachable(error)}"
        raise UserError(message) from error


def _get_url(target: Target, bucket: str) -> str:
    """The address from which CloudFormation reads the saved template."""
    key = _get_key(target, "template")
    if target.endpoint is not None:
        return f"{target.endpoint}/{bucket}/{key}"
    return f"https://{bucket}.s3.{target.region}.amazonaws.com/{key}"
