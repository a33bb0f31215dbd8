"""Probes of Lambda functions: invocation, layers, roles, logs, schedules."""

import json

from echostream_cli.doctor.fixtures import create_bucket, create_function, invoke, zip_file
from echostream_cli.doctor.probe_context import ProbeContext, expect, is_refused, wait_for
from echostream_cli.doctor.probes import probe

ECHO = "def handler(event, context):\n    return event\n"
SLOW = "import time\n\ndef handler(event, context):\n    time.sleep(4)\n    return 'slept'\n"
FROM_LAYER = "import from_layer\n\ndef handler(event, context):\n    return from_layer.WORD\n"
ENVIRONMENT = """
import os
EXPECTED = ("AWS_", "LAMBDA_", "_", "LANG", "LC_", "TZ", "PATH", "LD_", "PYTHON", "HOME", "PWD",
            "SHLVL", "X_AMZN", "ECHOSTREAM_PROBE")
def handler(event, context):
    return sorted(name for name in os.environ if not name.startswith(EXPECTED))
"""
TOUCH_TABLES = """
import boto3
def handler(event, context):
    boto3.client("dynamodb").list_tables()
    return "allowed"
"""
TOUCH_BUCKET = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket=event["bucket"], Key="fired", Body=b"")
"""
READ_BUCKET = """
import boto3
def handler(event, context):
    return boto3.client("s3").get_object(Bucket=event["bucket"], Key="a")["ContentType"]
"""


@probe("Lambda", "a function returns its result", needed_for="all functions")
def invocation(context: ProbeContext) -> None:
    create_function(context, ECHO)
    result = invoke(context, {"a": "\u00e9"})
    expect(result == ({"a": "\u00e9"}, False), f"the result is {result}")


@probe("Lambda", "a layer's modules can be imported", needed_for="CoreLayer and NlpLayer")
def layer(context: ProbeContext) -> None:
    client = context.client("lambda")
    body = zip_file("python/from_layer.py", "WORD = 'layered'\n")
    version = client.publish_layer_version(LayerName=context.name, Content={"ZipFile": body})
    key = {"LayerName": context.name, "VersionNumber": version["Version"]}
    context.add_cleanup(client.delete_layer_version, **key)
    create_function(context, FROM_LAYER, Layers=[version["LayerVersionArn"]])
    result = invoke(context)
    expect(result == ("layered", False), f"the result is {result[0]}")


@probe("Lambda", "a function is stopped at its timeout", needed_for="timeouts in the template")
def time_out(context: ProbeContext) -> None:
    create_function(context, SLOW, Timeout=1)
    result, has_failed = invoke(context)
    expect(has_failed, f"it continues and returns {result!r}")


@probe(
    "Lambda",
    "an event above 6 MB is refused",
    needed_for="413 of /ingest",
    workaround="the processor checks the size; a test sends 6.3 MB",
)
def large_event(context: ProbeContext) -> None:
    create_function(context, ECHO)
    event = json.dumps("a" * 6_400_000).encode()
    call = context.client("lambda").invoke
    expect(is_refused(call, FunctionName=context.name, Payload=event), "the event is accepted")


@probe(
    "Lambda",
    "a function's environment is separate from the host's",
    needed_for="settings only from the template",
    workaround="config.py reads settings by name; no variable of the emulator has such a name",
)
def own_environment(context: ProbeContext) -> None:
    create_function(context, ENVIRONMENT, Environment={"Variables": {"ECHOSTREAM_PROBE": "1"}})
    variables, _ = invoke(context)
    expect(not variables, f"it has {variables[0] if variables else ''} and others of the emulator")


@probe("IAM", "a function's role limits its calls", needed_for="least privilege")
def execution_role(context: ProbeContext) -> None:
    create_function(context, TOUCH_TABLES)
    result, has_failed = invoke(context)
    expect(has_failed and "AccessDenied" in str(result), f"the result is {result!r}"[:90])


@probe("S3", "a bucket policy overrides a role", needed_for="TLS-only access to the lake")
def bucket_policy(context: ProbeContext) -> None:
    s3, name = context.client("s3"), create_bucket(context)
    s3.put_object(Bucket=name, Key="a", Body=b"1")
    objects = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    create_function(context, READ_BUCKET, {"Effect": "Allow", **objects})
    # On AWS a new role takes some seconds to be effective.
    is_read = wait_for(lambda: not invoke(context, {"bucket": name})[1])
    expect(is_read, "the role does not allow reading the object")
    deny = {"Effect": "Deny", "Principal": "*", **objects}
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    _, has_failed = invoke(context, {"bucket": name})
    expect(has_failed, "the object is read despite the policy")


@probe("CloudWatch Logs", "a function's output is in its log group", needed_for="make logs")
def function_log(context: ProbeContext) -> None:
    logs, group = context.client("logs"), f"/aws/lambda/{context.name}"
    create_function(context, "def handler(event, context):\n    print('line of a probe')\n")
    invoke(context)

    def is_logged() -> bool:
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return False
        return any("line of a probe" in event["message"] for event in events)

    expect(wait_for(is_logged, 30), "the line is not logged within 30 s")


@probe("EventBridge", "a schedule invokes a function every minute", needed_for="the producer")
def schedule(context: ProbeContext) -> None:
    name = create_bucket(context)
    write = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    target = create_function(context, TOUCH_BUCKET, write)
    events = context.client("events")
    rule = events.put_rule(Name=context.name, ScheduleExpression="rate(1 minute)")["RuleArn"]
    context.add_cleanup(events.delete_rule, Name=context.name)
    context.client("lambda").add_permission(
        FunctionName=context.name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    event = json.dumps({"bucket": name})
    events.put_targets(Rule=context.name, Targets=[{"Id": "1", "Arn": target, "Input": event}])
    context.add_cleanup(events.remove_targets, Rule=context.name, Ids=["1"])
    s3 = context.client("s3")
    number = wait_for(lambda: s3.list_objects_v2(Bucket=name)["KeyCount"], 100)
    expect(number, "the function is not invoked within 100 s")
