"""What ran before the last update, kept beside the deployed code, and how to go back to it.

CloudFormation takes an update back by itself where a resource fails. An update that went through
and does not work is taken back here: the same template and parameters as before, once more.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_cli.deploy import change_set
from echostream_cli.errors import UserError
from echostream_cli.target import Target

ARTIFACTS = "aws-sam-cli-managed-default"
"""The stack in which the SAM CLI keeps its bucket (`resolve_s3`)."""


def save(target: Target) -> None:
    """Remember what is deployed now, before it is changed; not what nobody saw working."""
    found = target.stack()
    if not found or is_unverified(target):
        return
    s3, bucket = target.client("s3"), _bucket(target)
    cloudformation = target.client("cloudformation")
    # As it was given, before transforms: only that can be given again.
    body = cloudformation.get_template(StackName=target.stack_name, TemplateStage="Original")
    template = body["TemplateBody"]
    text = template if isinstance(template, str) else json.dumps(template)
    s3.put_object(Bucket=bucket, Key=_key(target, "template"), Body=text.encode())
    _write(target, {"Parameters": _given(found), "Tags": found.get("Tags", []), "proved": False})


def is_unverified(target: Target) -> bool:
    """Whether what came after what is kept was never seen working, as after Ctrl-C."""
    kept = _read(target)
    return kept is not None and not kept.get("proved", True)


def mark_verified(target: Target) -> None:
    """Note that what is deployed works."""
    kept = _read(target)
    if kept:
        _write(target, {**kept, "proved": True})


def make_change_set(target: Target) -> change_set.ChangeSet:
    """The change set that goes back. Raises `UserError` where nothing is remembered."""
    kept = _read(target)
    if kept is None:
        raise UserError(
            f"{target.stack_name} was never updated from here: nothing to go back to. Check out"
            f" the commit you want, and make deploy-aws STAGE={target.stage}"
        )
    url = _url(target, _bucket(target))
    return change_set.of_template(target, url, kept["Parameters"], kept["Tags"])


def _read(target: Target) -> dict[str, Any] | None:
    s3 = target.client("s3")
    try:
        found = s3.get_object(Bucket=_bucket(target), Key=_key(target, "json"))
    except s3.exceptions.NoSuchKey:
        return None
    kept: dict[str, Any] = json.loads(found["Body"].read())
    return kept


def _write(target: Target, kept: dict[str, Any]) -> None:
    body = json.dumps(kept).encode()
    target.client("s3").put_object(Bucket=_bucket(target), Key=_key(target, "json"), Body=body)


def _given(stack: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"ParameterKey": p["ParameterKey"], "ParameterValue": p["ParameterValue"]}
        for p in stack.get("Parameters", [])
    ]


def _key(target: Target, what: str) -> str:
    return f"{target.stack_name}/previous.{what}"


def _bucket(target: Target) -> str:
    try:
        found = target.client("cloudformation").describe_stacks(StackName=ARTIFACTS)
        named = {o["OutputKey"]: o["OutputValue"] for o in found["Stacks"][0]["Outputs"]}
        return str(named["SourceBucket"])
    except (ClientError, BotoCoreError, KeyError) as error:
        message = f"cannot find the SAM CLI's bucket: {target.unreachable(error)}"
        raise UserError(message) from error


def _url(target: Target, bucket: str) -> str:
    """Where CloudFormation reads the kept template."""
    key = _key(target, "template")
    if target.endpoint is not None:
        return f"{target.endpoint}/{bucket}/{key}"
    return f"https://{bucket}.s3.{target.region}.amazonaws.com/{key}"
