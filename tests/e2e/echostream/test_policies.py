"""Each function may do what it does, and nothing else: recorded calls against the policies."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache

import pytest

from echostream_cli.paths import ROOT
from tests.integration.echostream.test_compaction import EARLIER, YESTERDAY, Lake
from tests.unit.test_architecture import functions

DEPLOYED = ("claims", "processor", "query", "compact")
"""What the tests' sandbox has; the producer is off there."""
FOR_ATHENA = {
    "s3:GetBucketLocation",
    "s3:ListBucketMultipartUploads",
    "s3:GetObject compacted",
    "s3:GetObject results",
    "s3:PutObject compacted",
    "s3:PutObject results",
    "glue:GetDatabase",
    "glue:GetTables",
    "glue:GetPartition",
    "glue:CreateTable",
    "glue:UpdateTable",
    *(
        f"s3:{action} {zone}"
        for zone in ("compacted", "results")
        for action in ("AbortMultipartUpload", "ListMultipartUploadParts")
    ),
    "athena:StopQueryExecution",
    "s3:DeleteObject compacted",
}
"""What Athena does in the compaction's name; and the two things that only a run does that takes
long or follows one that died: stopping a query, sweeping folders of the day before."""
NEVER = (
    *("dynamodb:Scan", "dynamodb:DeleteItem", "dynamodb:DeleteTable", "s3:DeleteBucket"),
    *("s3:PutBucketPolicy", "iam:PassRole", "iam:PutRolePolicy", "sts:AssumeRole"),
    *("lambda:InvokeFunction", "lambda:UpdateFunctionCode", "cognito-idp:AdminSetUserPassword"),
    *(
        "kms:Decrypt",
        "secretsmanager:GetSecretValue",
        "glue:DeleteTable",
        "comprehend:DetectEntities",
    ),
)
"""What no function of those that are deployed here may do."""


def of(path, **more):
    """An event of the HTTP API, from a member of a tenant."""
    method = "POST" if "body" in more else "GET"
    claims = {"exp": "1", "tenant_id": "policies"}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "headers": {},
        "requestContext": {
            "requestId": "policies",
            "timeEpoch": int(datetime.now(UTC).timestamp() * 1000),
            "stage": "$default",
            "http": {"method": method, "path": path},
            "authorizer": {"jwt": {"claims": claims}},
        },
        "isBase64Encoded": False,
        **more,
    }


def listed(value):
    return value if isinstance(value, list) else [value]


@cache
def allowed(function):
    """The actions that the template gives a function, with the zone where it is about objects."""
    found = set()
    for policy in functions()[f"{function.capitalize()}Function"]["Policies"]:
        for statement in policy["Statement"]:
            for action in listed(statement["Action"]):
                resources = [str(one) for one in listed(statement["Resource"])]
                zones = [
                    one.split("}/")[1].split("/")[0] for one in resources if "Lake.Arn}/" in one
                ]
                found |= {f"{action} {zone}" for zone in zones} or {action}
    return found


def called(settings, function, events, **changes):
    """The actions that a function's handler asks for on these events."""
    environment = {**settings.target.environment(), **changes}
    done = subprocess.run(
        [sys.executable, "-m", "tests.calls", function],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=json.dumps(events),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def variables(settings, sandbox):
    """The environment that a deployed function has."""
    client = settings.target.client("lambda")

    def read(function):
        name = settings.target.resource(f"{function.capitalize()}Function")
        found = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        return {name: value for name, value in found.items() if not name.startswith("AWS_")}

    return read


def test_claims(settings, variables):
    """It reads a member, and that is all."""
    event = {"request": {"userAttributes": {"sub": "nobody"}}, "response": {}}
    assert called(settings, "claims", [event], **variables("claims")) == allowed("claims")


def test_query(settings, variables):
    """It reads documents and counts, and writes nothing."""
    events = [of("/query"), of("/stats"), of("/health")]
    assert called(settings, "query", events, **variables("query")) == allowed("query")


def test_processor(settings, variables, name):
    """It looks up, pays, reserves, stores and archives; it reads nothing of the lake."""
    new = of("/ingest", body=json.dumps({"text": "A joy to use.", "id": name}))
    environment = {**variables("processor"), "ENGINE": "comprehend"}
    assert called(settings, "processor", [new, new], **environment) == allowed("processor")


def test_producer(settings, sandbox, name):
    """It reads what it sends again and its password; whatever else it does, it does as a user."""
    s3 = settings.target.client("s3")
    s3.create_bucket(Bucket=name)
    body = gzip.compress(json.dumps({"text": "A joy.", "source": name}).encode())
    s3.put_object(Bucket=name, Key="replay/documents.json.gz", Body=body)
    user = {"username": sandbox["DEMO_USERNAME"], "password": sandbox["DEMO_PASSWORD"]}
    secrets = settings.target.client("secretsmanager")
    secrets.create_secret(Name=name, SecretString=json.dumps(user))
    environment = {
        "LAKE_BUCKET": name,
        "REPLAY_KEY": "replay/documents.json.gz",
        "REPLAY_DOCUMENTS": "1",
        "API_URL": sandbox["API_URL"],
        "USER_POOL_CLIENT_ID": sandbox["USER_POOL_CLIENT_ID"],
        "PRODUCER_SECRET": name,
    }
    event = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    assert called(settings, "producer", [event], **environment) == allowed("producer")


def test_compact(settings, sandbox, variables, name):
    """Besides what Athena does in its name, it lists, registers, sets aside and reports."""
    lake = Lake(settings, sandbox, name)
    lake.put(EARLIER, "a")
    lake.put(YESTERDAY, "b")
    lake.put_bytes(f"enriched/tenant_id=acme/dt={EARLIER}/hour=01/broken.json.gz", b"no gzip")
    environment = {**variables("compact"), "LAKE_BUCKET": lake.bucket, "DATABASE": name}
    event = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    found = called(settings, "compact", [event], **environment)
    lake.put(EARLIER, "late", batch="b2")
    found |= called(settings, "compact", [event], **environment)
    assert allowed("compact") - FOR_ATHENA <= found <= allowed("compact")


@pytest.mark.parametrize("function", DEPLOYED)
def test_a_deployed_role_may_do_what_its_function_does_and_nothing_else(
    settings, sandbox, function
):
    """Every action of any function, and some of nobody's, asked of the emulator's IAM."""
    iam = settings.target.client("iam")
    role = settings.target.resource(f"{function.capitalize()}FunctionRole")
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    lake = f"arn:aws:s3:::{sandbox['LAKE_BUCKET']}"
    tables = f"arn:aws:dynamodb:us-east-1:000000000000:table/{sandbox['TABLE_NAME']}"
    mine = allowed(function)
    for one in sorted({a for name in functions() for a in allowed(name[:-8].lower())} | set(NEVER)):
        action, _, zone = one.partition(" ")
        resource = (
            f"{lake}/{zone}/x"
            if zone
            else {"s3": lake, "dynamodb": tables}.get(action.split(":")[0])
        )
        asked = {"ResourceArns": [resource]} if resource else {}
        if not resource and one in mine:
            continue  # on resources of its own; the other tests call it
        found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], **asked)[
            "EvaluationResults"
        ][0]["EvalDecision"]
        assert (found == "allowed") == (one in mine), (function, one, found)
