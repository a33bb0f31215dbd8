"""Probes of CloudFormation: what SAM deploys with."""

import json
from typing import Any

from echostream_cli.doctor.probe_context import ProbeContext, becomes, expect, refused
from echostream_cli.doctor.probes import probe

LINT = "cfn-lint and sam validate run with every make lint"


def template(**resources: dict[str, Any]) -> str:
    outputs = {"Given": {"Value": {"Ref": "Word"}}}
    words = {"Word": {"Type": "String", "Default": "none"}}
    return json.dumps({"Parameters": words, "Resources": resources, "Outputs": outputs})


QUEUE = {"Type": "AWS::SQS::Queue"}


def stacked(at: ProbeContext, body: str, **options: Any) -> dict[str, Any]:
    """What became of a stack, once it has settled."""
    cloudformation = at.client("cloudformation")
    cloudformation.create_stack(StackName=at.name, TemplateBody=body, **options)
    at.undo(cloudformation.delete_stack, StackName=at.name)
    return settled(at)


def settled(at: ProbeContext) -> dict[str, Any]:
    cloudformation = at.client("cloudformation")

    def look() -> dict[str, Any]:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=at.name)["Stacks"][0]
        return {} if found["StackStatus"].endswith("IN_PROGRESS") else found

    return becomes(look, 120)


@probe("CloudFormation", "a stack with a parameter and an output", leans="sam deploy")
def stack(at: ProbeContext) -> None:
    given = [{"ParameterKey": "Word", "ParameterValue": "said"}]
    found = stacked(at, template(Queue=QUEUE), Parameters=given)
    expect(found.get("StackStatus") == "CREATE_COMPLETE", f"it is {found.get('StackStatus')}")
    expect(found["Outputs"][0]["OutputValue"] == "said", f"the output is {found['Outputs']}")


@probe("CloudFormation", "an update that changes nothing says so", leans="make up")
def empty_update(at: ProbeContext) -> None:
    stacked(at, template(Queue=QUEUE))
    call = at.client("cloudformation").update_stack
    again = {"StackName": at.name, "TemplateBody": template(Queue=QUEUE)}
    expect(refused(call, "ValidationError", **again), "it is carried out")


@probe(
    "CloudFormation",
    "a template with an unknown type is refused",
    leans="sam deploy",
    without=LINT,
)
def unknown_type(at: ProbeContext) -> None:
    body = template(Thing={"Type": "AWS::Nowhere::Thing"})
    call = at.client("cloudformation").create_stack
    at.undo(at.client("cloudformation").delete_stack, StackName=at.name)
    if refused(call, StackName=at.name, TemplateBody=body):
        return
    found = settled(at)
    expect(found.get("StackStatus") != "CREATE_COMPLETE", "it is deployed")


@probe("CloudFormation", "a resource that fails rolls all back", leans="sam deploy", without=LINT)
def roll_back(at: ProbeContext) -> None:
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 99999}}
    found = stacked(at, template(Queue=QUEUE, Bad=bad))
    state = found.get("StackStatus", "")
    expect(state in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"), f"the stack is {state}")


@probe(
    "CloudFormation",
    "lifecycle rules of a bucket are made",
    leans="retention of the lake",
    without="AWS makes them; here nothing lives that long",
)
def stacked_lifecycle(at: ProbeContext) -> None:
    rule = {"Id": "forget", "Status": "Enabled", "ExpirationInDays": 30}
    lake = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": at.name, "LifecycleConfiguration": {"Rules": [rule]}},
    }
    stacked(at, template(Lake=lake))
    call = at.client("s3").get_bucket_lifecycle_configuration
    expect(not refused(call, Bucket=at.name), "the bucket has none")
