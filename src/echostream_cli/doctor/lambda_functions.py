"""Probes of what runs code: Lambda, its role, its logs, its schedule."""

import json

from echostream_cli.doctor.fixtures import bucket, function, invoked, zipped
from echostream_cli.doctor.probe_context import ProbeContext, becomes, expect, refused
from echostream_cli.doctor.probes import probe

ECHO = "def handler(event, context):\n    return event\n"
SLOW = "import time\n\ndef handler(event, context):\n    time.sleep(4)\n    return 'slept'\n"
FROM_LAYER = "import from_layer\n\ndef handler(event, context):\n    return from_layer.WORD\n"
ENVIRONMENT = """
import os
KNOWN = ("AWS_", "LAMBDA_", "_", "LANG", "LC_", "TZ", "PATH", "LD_", "PYTHON", "HOME", "PWD",
         "SHLVL", "X_AMZN", "ECHOSTREAM_GIVEN")
def handler(event, context):
    return sorted(name for name in os.environ if not name.startswith(KNOWN))
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


@probe("Lambda", "a function is invoked and answers", leans="all functions")
def invocation(at: ProbeContext) -> None:
    function(at, ECHO)
    expect(invoked(at, {"a": "\u00e9"}) == ({"a": "\u00e9"}, False), "it answers something else")


@probe("Lambda", "a layer's modules can be imported", leans="CoreLayer and NlpLayer")
def layer(at: ProbeContext) -> None:
    client = at.client("lambda")
    body = zipped("python/from_layer.py", "WORD = 'layered'\n")
    made = client.publish_layer_version(LayerName=at.name, Content={"ZipFile": body})
    at.undo(client.delete_layer_version, LayerName=at.name, VersionNumber=made["Version"])
    function(at, FROM_LAYER, Layers=[made["LayerVersionArn"]])
    expect(invoked(at) == ("layered", False), f"{invoked(at)[0]}")


@probe("Lambda", "a function that takes too long is ended", leans="time-outs in the template")
def time_out(at: ProbeContext) -> None:
    function(at, SLOW, Timeout=1)
    answer, failed = invoked(at)
    expect(failed, f"it goes on and answers {answer!r}")


@probe(
    "Lambda",
    "an event above 6 MB is refused",
    leans="413 of /ingest",
    without="the processor checks the size itself; a test sends 6.3 MB",
)
def large_event(at: ProbeContext) -> None:
    function(at, ECHO)
    event = json.dumps("a" * 6_400_000).encode()
    call = at.client("lambda").invoke
    expect(refused(call, FunctionName=at.name, Payload=event), "it is taken")


@probe(
    "Lambda",
    "a function sees no variables but its own",
    leans="every setting has one origin",
    without="settings are read by name in config.py alone; the emulator's names differ from ours",
)
def own_environment(at: ProbeContext) -> None:
    function(at, ENVIRONMENT, Environment={"Variables": {"ECHOSTREAM_GIVEN": "1"}})
    seen, _ = invoked(at)
    expect(not seen, f"it sees {seen[0] if seen else ''} and others of the emulator's own")


@probe("IAM", "a function may not do what its role does not allow", leans="least privilege")
def execution_role(at: ProbeContext) -> None:
    function(at, TOUCH_TABLES)
    answer, failed = invoked(at)
    expect(failed and "AccessDenied" in str(answer), f"it is {answer!r}"[:90])


@probe("S3", "a bucket policy denies what a role allows", leans="the lake takes TLS alone")
def bucket_policy(at: ProbeContext) -> None:
    s3, name = at.client("s3"), bucket(at)
    s3.put_object(Bucket=name, Key="a", Body=b"1")
    objects = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    function(at, READ_BUCKET, {"Effect": "Allow", **objects})
    answer, failed = becomes(lambda: _if_well(*invoked(at, {"bucket": name}))) or ("", True)
    expect(not failed, f"the role alone does not do: {answer}")
    deny = {"Effect": "Deny", "Principal": "*", **objects}
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    _, failed = invoked(at, {"bucket": name})
    expect(failed, "the object is read all the same")


def _if_well(answer: object, failed: bool) -> tuple[object, bool] | None:
    """An answer that is no error; a role takes a while to be known on AWS."""
    return None if failed else (answer, failed)


@probe("CloudWatch Logs", "what a function prints is in its log group", leans="make logs")
def function_log(at: ProbeContext) -> None:
    logs, group = at.client("logs"), f"/aws/lambda/{at.name}"
    function(at, "def handler(event, context):\n    print('seen by a probe')\n")
    invoked(at)

    def printed() -> bool:
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return False
        return any("seen by a probe" in event["message"] for event in events)

    expect(becomes(printed, 30), "it is not there within 30 s")


@probe("EventBridge", "a schedule of one minute invokes a function", leans="the producer")
def schedule(at: ProbeContext) -> None:
    name = bucket(at)
    write = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    target = function(at, TOUCH_BUCKET, write)
    events = at.client("events")
    rule = events.put_rule(Name=at.name, ScheduleExpression="rate(1 minute)")["RuleArn"]
    at.undo(events.delete_rule, Name=at.name)
    at.client("lambda").add_permission(
        FunctionName=at.name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    given = json.dumps({"bucket": name})
    events.put_targets(Rule=at.name, Targets=[{"Id": "1", "Arn": target, "Input": given}])
    at.undo(events.remove_targets, Rule=at.name, Ids=["1"])
    s3 = at.client("s3")
    fired = becomes(lambda: s3.list_objects_v2(Bucket=name)["KeyCount"], 100)
    expect(fired, "nothing happens within 100 s")
