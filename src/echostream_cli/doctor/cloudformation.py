"""Probes of CloudFormation, with which the SAM CLI deploys."""

import json
from typing import Any

from echostream_cli.doctor.fixtures import wait_until_settled
from echostream_cli.doctor.probe_context import ProbeContext, expect, is_refused
from echostream_cli.doctor.probes import probe

LINT = "`make lint` runs cfn-lint and sam validate"


def template(**resources: dict[str, Any]) -> str:
    """A template with the parameter `Word`, which is also its output, and these resources."""
    outputs = {"WordOutput": {"Value": {"Ref": "Word"}}}
    parameters = {"Word": {"Type": "String", "Default": "none"}}
    return json.dumps({"Parameters": parameters, "Resources": resources, "Outputs": outputs})


QUEUE = {"Type": "AWS::SQS::Queue"}


def create_stack(context: ProbeContext, body: str, **options: Any) -> dict[str, Any]:
    """Create a stack and wait until it is settled; returns its description."""
    cloudformation = context.client("cloudformation")
    cloudformation.create_stack(StackName=context.name, TemplateBody=body, **options)
    context.add_cleanup(cloudformation.delete_stack, StackName=context.name)
    return wait_until_settled(context)


@probe("CloudFormation", "a stack with a parameter and an output", needed_for="sam deploy")
def stack(context: ProbeContext) -> None:
    parameters = [{"ParameterKey": "Word", "ParameterValue": "hello"}]
    created = create_stack(context, template(Queue=QUEUE), Parameters=parameters)
    state = created.get("StackStatus")
    expect(state == "CREATE_COMPLETE", f"the stack is {state}")
    outputs = created["Outputs"]
    expect(outputs[0]["OutputValue"] == "hello", f"the outputs are {outputs}")


@probe("CloudFormation", "an update without changes is refused", needed_for="make up")
def empty_update(context: ProbeContext) -> None:
    create_stack(context, template(Queue=QUEUE))
    call = context.client("cloudformation").update_stack
    arguments = {"StackName": context.name, "TemplateBody": template(Queue=QUEUE)}
    expect(is_refused(call, "ValidationError", **arguments), "the update is executed")


@probe(
    "CloudFormation",
    "a template with an unknown type is refused",
    needed_for="sam deploy",
    workaround=LINT,
)
def unknown_type(context: ProbeContext) -> None:
    body = template(Thing={"Type": "AWS::Nowhere::Thing"})
    call = context.client("cloudformation").create_stack
    context.add_cleanup(context.client("cloudformation").delete_stack, StackName=context.name)
    if is_refused(call, StackName=context.name, TemplateBody=body):
        return
    state = wait_until_settled(context).get("StackStatus")
    expect(state != "CREATE_COMPLETE", "the stack is created")


@probe(
    "CloudFormation",
    "a failed resource rolls back the stack",
    needed_for="sam deploy",
    workaround=LINT,
)
def roll_back(context: ProbeContext) -> None:
    bad = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 99999}}
    state = create_stack(context, template(Queue=QUEUE, Bad=bad)).get("StackStatus", "")
    expect(state in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"), f"the stack is {state}")


@probe(
    "CloudFormation",
    "a stack creates a bucket's lifecycle rules",
    needed_for="retention of the lake",
    workaround="AWS creates them; data in the sandbox does not get that old",
)
def stacked_lifecycle(context: ProbeContext) -> None:
    rule = {"Id": "forget", "Status": "Enabled", "ExpirationInDays": 30}
    lake = {
        "Type": "AWS::S3::Bucket",
        "Properties": {"BucketName": context.name, "LifecycleConfiguration": {"Rules": [rule]}},
    }
    create_stack(context, template(Lake=lake))
    call = context.client("s3").get_bucket_lifecycle_configuration
    expect(not is_refused(call, Bucket=context.name), "the bucket has no rules")
