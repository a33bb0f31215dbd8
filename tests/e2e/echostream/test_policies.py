"""Least privilege: the recorded AWS calls of each function are exactly what its policy allows."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from echostream.adapters.dynamodb_alerts import DynamoDBAlerts
from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from echostream.adapters.dynamodb_erasures import DynamoDBErasures
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.s3_samples import S3Samples
from echostream.adapters.secrets_manager import SecretsManager
from echostream.adapters.table_items import document_item, received_item
from echostream.domain import quarantine
from echostream.domain.alerts.alert import ALL, Alert
from echostream.domain.alerts.destination_administration import new_key
from echostream.domain.alerts.destinations import Destination, Kind
from echostream.domain.alerts.deviations import Deviation, Metric
from echostream.domain.codec import scored_to_wire, time_to_wire
from echostream.domain.document_store import time_partition_of
from echostream.domain.erasure import State
from echostream.domain.errors import BadRequest
from echostream.domain.live_sources import LiveSource
from echostream.domain.members import ALL_ROLES, Identity, Member
from echostream.domain.model import hour_of
from echostream.domain.privacy import PrivacyOptions
from echostream_cli import destinations as deployed
from echostream_cli import users
from echostream_cli.paths import ROOT
from echostream_sources.administration import SourceAdministration
from echostream_sources.opening import Opening
from tests.builders import RETENTION, scored
from tests.integration.echostream.lake import EARLIER, NOON, TENANT, YESTERDAY, Lake, pack
from tests.roles import function_environment
from tests.unit.echostream import test_stream_event as stream
from tests.unit.echostream.test_sign_in_event import event as sign_in_event
from tests.unit.echostream.test_table_stream import record
from tests.unit.test_architecture import TEMPLATE, functions, statements
from tests.web_server import allowed_webhook

DEPLOYED = (
    *("claims", "processor", "derive", "query", "themes", "compact", "erase", "admin"),
    *("sources", "digest", "alerts", "destinations"),
)
"""The functions of the tests' sandbox, which has no producer and is on the direct path."""
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
"""Actions that the tests cannot record: those that Athena performs with the compaction's role, and
two that a short run does not need: stopping a query, deleting replaced folders of a past day."""
FORBIDDEN = (
    *("dynamodb:Scan", "dynamodb:DeleteItem", "dynamodb:DeleteTable", "s3:DeleteBucket"),
    *("s3:PutBucketPolicy", "iam:PassRole", "iam:PutRolePolicy"),
    *("dynamodb:Scan", "dynamodb:PartiQLDelete", "dynamodb:DeleteTable", "s3:DeleteBucket"),
    *("s3:PutBucketPolicy", "iam:PassRole", "iam:PutRolePolicy", "sts:AssumeRole"),
    *("lambda:InvokeFunction", "lambda:UpdateFunctionCode", "cognito-idp:AdminSetUserPassword"),
    *(
        "kms:Decrypt",
        "secretsmanager:GetSecretValue",
        "glue:DeleteTable",
        "comprehend:DetectEntities",
    ),
)
"""Actions that no deployed function may perform, unless its policy names them."""


QUOTAS = {"TENANT_REQUESTS": "3", "TENANT_DOCUMENTS": "1000", "TENANT_STORED": "100000"}
"""The second request of a container is written, and the tests together send less than 30."""
MEMBER = Identity("person", "pool", "policies")


@pytest.fixture(scope="module", autouse=True)
def member(settings, sandbox):
    """The member whose requests the functions get here."""
    users.ensure_tenant(settings.target, "policies")
    member = Member(MEMBER, "policies", ALL_ROLES, "policies", datetime.now(UTC))
    users.directory(settings.target).add(member)


def refused(path, **fields):
    """An event from somebody who is no member, which the function records."""
    return http_event(path, identity=f"{MEMBER}-x", **fields)


def http_event(path, identity=MEMBER, **fields):
    """An event of the HTTP API, from the member. With `body` it is a POST by default."""
    method = fields.pop("method", "POST" if "body" in fields else "GET")
    claims = {"exp": "1", "token_use": "id", "member": str(identity), "tenant_id": "policies"}
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
        **fields,
    }


def as_list(value):
    return value if isinstance(value, list) else [value]


@cache
def allowed_actions(function, has_stream=False):
    """The actions of a function's policies, and those of its tenants' role after `tenant `.

    Actions on objects of the lake are followed by the zone.
    """
    name = function.capitalize()
    role = TEMPLATE["Resources"].get(f"{name}TenantRole", {"Properties": {"Policies": []}})
    documents = [policy["PolicyDocument"] for policy in role["Properties"]["Policies"]]
    of_tenant = {f"tenant {action}" for action in actions_of(documents)}
    return actions_of(functions()[f"{name}Function"]["Policies"], has_stream) | of_tenant


def actions_of(policies, has_stream=False):
    """The actions that policies allow."""
    actions = set()
    for statement in statements(policies, has_stream):
        for action in as_list(statement["Action"]):
            resources = [str(resource) for resource in as_list(statement["Resource"])]
            zones = [
                resource.split("}/")[1].split("/")[0]
                for resource in resources
                if "Lake.Arn}/" in resource
            ]
            actions |= {f"{action} {zone}" for zone in zones} or {action}
    return actions


def recorded_actions(settings, function, events, **variables):
    """The actions that a function's handler performs for events, in a separate process."""
    environment = {**settings.target.environment(), **variables}
    process = subprocess.run(
        [sys.executable, "-m", "tests.calls", function],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=json.dumps(events),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-4000:]
    return set(json.loads(process.stdout.splitlines()[-1]))


@pytest.fixture
def variables(settings, sandbox):
    """A function that returns the environment variables of a deployed function."""
    client = settings.target.client("lambda")

    def read(function):
        name = settings.target.resource(f"{function.capitalize()}Function")
        configuration = client.get_function_configuration(FunctionName=name)
        environment = configuration["Environment"]["Variables"]
        return {key: value for key, value in environment.items() if not key.startswith("AWS_")}

    return read


def test_claims_policy_is_minimal(settings, variables):
    """The function reads a member, and adds an event to the audit log."""
    event = {**sign_in_event(), "userPoolId": MEMBER.pool, "userName": MEMBER.name}
    actions = recorded_actions(settings, "claims", [event], **variables("claims"))
    assert actions == allowed_actions("claims")


def test_query_policy_is_minimal(settings, variables):
    """The function reads with a tenant's session; it writes use of quotas, and adds events."""
    paths = ("query", "stats", "usage", "audit", "health")
    events = [*(http_event(f"/{name}") for name in paths), refused("/query")]
    environment = {**variables("query"), **function_environment(settings, "Query"), **QUOTAS}
    actions = recorded_actions(settings, "query", events, **environment)
    assert actions == allowed_actions("query")


def test_themes_policy_is_minimal(settings, variables):
    """The function reads with a tenant's session; it writes use of quotas, and adds events."""
    events = [http_event("/themes"), http_event("/themes"), refused("/themes")]
    environment = {**variables("themes"), **function_environment(settings, "Themes"), **QUOTAS}
    actions = recorded_actions(settings, "themes", events, **environment)
    of_tenant = {action for action in actions if action.startswith("tenant ")}
    assert actions - of_tenant == allowed_actions("themes")
    assert of_tenant
    assert of_tenant < allowed_actions("query")


def send_a_theme(settings, variables):
    """Documents of several authors that share terms."""
    body = json.dumps(
        {"documents": [{"text": "battery charger", "author": f"ann{n}"} for n in range(9)]}
    )
    environment = {**variables("processor"), **function_environment(settings, "Processor")}
    recorded_actions(settings, "processor", [http_event("/ingest", body=body)], **environment)


@pytest.fixture
def destinations(settings, sandbox, name):
    """Destinations for reports: a webhook that cannot be reached, and e-mail that has confirmed.

    No test reads e-mail, so its subscription is that of a queue, which need not confirm.
    """
    target, now, sends = settings.target, datetime.now(UTC), frozenset({"daily"})
    queue = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    topic = target.resource("Messages")
    subscription = target.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    secrets = SecretsManager(
        target.client("secretsmanager"), f"{settings.stack_name}-local/destination/"
    )
    secret = secrets.create("policies", name, {"address": "http://localhost:9/", "key": new_key()})
    arn = subscription["SubscriptionArn"]
    added = [
        Destination(
            "policies", f"mail-{name}", Kind.EMAIL, now, False, "a@x.example", "", arn, sends
        ),
        Destination(
            "policies", f"hook-{name}", Kind.WEBHOOK, now, False, "http://x", secret, "", sends
        ),
    ]
    stored = DynamoDBDestinations(target.client("dynamodb"), sandbox["TABLE_NAME"])
    for one in added:
        stored.add(one)
    yield
    for one in added:
        stored.remove(one)
    secrets.delete(secret)
    target.client("sns").unsubscribe(SubscriptionArn=arn)


@pytest.mark.usefixtures("destinations")
def test_digest_policy_is_minimal(settings, variables):
    """As the themes function; it reserves spend, calls a model, and sends reports."""
    send_a_theme(settings, variables)
    events = [
        *(http_event("/digest"), http_event("/digest"), refused("/digest")),
        {"id": "1", "source": "aws.events"},
    ]
    environment = {**variables("digest"), **function_environment(settings, "Digest"), **QUOTAS}
    actions = recorded_actions(settings, "digest", events, **environment)
    of_tenant = {action for action in actions if action.startswith("tenant ")}
    assert actions - of_tenant == allowed_actions("digest")
    assert of_tenant < allowed_actions("query")


def test_alerts_policy_is_minimal(settings, sandbox, variables, name):
    """The function reads counters, stores alerts and sends them; it reads documents as a tenant."""
    target, hour = settings.target, hour_of(datetime.now(UTC)) - timedelta(hours=1)
    users.ensure_tenant(target, name)
    table = target.client("dynamodb"), sandbox["TABLE_NAME"]
    change = Deviation(hour, Metric.VOLUME, 30, 1, 9.0)
    alert = Alert(ALL, hour, hour + timedelta(hours=1), (change,), datetime.now(UTC))
    DynamoDBAlerts(*table).save(name, alert)
    secrets = SecretsManager(target.client("secretsmanager"), f"{name}/destination/")
    manage = replace(deployed.administration(target), secrets=secrets, allows_private=True)
    for kind, address in ((Kind.WEBHOOK, "http://127.0.0.1:1/"), (Kind.EMAIL, f"{name}@a.example")):
        manage.add(Destination(name, kind.value, kind, hour, True, address), address)
    event = {"time": time_to_wire(datetime.now(UTC)), "id": name}
    environment = {
        **variables("alerts"),
        **function_environment(settings, "Alerts"),
        "DESTINATION_SECRETS": f"{name}/destination/",
    }
    try:
        actions = recorded_actions(settings, "alerts", [event], **environment)
    finally:
        manage.remove_all(name)
    of_tenant = {action for action in actions if action.startswith("tenant ")}
    assert actions - of_tenant == allowed_actions("alerts")
    assert of_tenant < allowed_actions("query")


def test_destinations_policy_is_minimal(settings, sandbox, variables, name):
    """The function changes destinations with their credentials, and sends test messages."""
    mail = {"name": f"{name}-mail", "kind": "email", "address": f"{name}@b.example"}
    hook = {"name": f"{name}-hook", "kind": "webhook"}
    foreign = {**hook, "address": "https://foreign.example/"}
    with allowed_webhook(settings, sandbox) as server:
        hook["address"] = server.serve("/hook", b"")
        events = [
            http_event("/destinations", body=json.dumps(one)) for one in (mail, hook, foreign)
        ]
        for one in (mail, hook):
            path = f"/destinations/{one['name']}"
            events.append(http_event(f"{path}/test", method="POST"))
            events.append(http_event(path, method="DELETE"))
        events += [http_event("/destinations"), refused("/destinations")]
        environment = (
            variables("destinations") | function_environment(settings, "Destinations") | QUOTAS
        )
        actions = recorded_actions(settings, "destinations", events, **environment)
    assert actions == allowed_actions("destinations")


def test_processor_policy_is_minimal(settings, variables, name):
    """The function stores and archives with a tenant's session; it reserves spend and scores."""
    body = json.dumps({"text": "A joy to use.", "id": name})
    event, no_member = http_event("/ingest", body=body), refused("/ingest", body=body)
    environment = {
        **variables("processor"),
        **function_environment(settings, "Processor"),
        **QUOTAS,
        "ENGINE": "comprehend",
    }
    actions = recorded_actions(settings, "processor", [event, event, no_member], **environment)
    assert actions == allowed_actions("processor")


def test_processor_policy_with_a_stream_is_minimal(settings, variables, name):
    """A batch of the stream has documents of many tenants, and needs no session."""
    document = {"text": "A joy to use.", "id": name}
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    record = {"version": 1, "tenant": "policies", "arrived_at": at, "documents": [document]}
    entries = [stream.entry(json.dumps(record).encode(), 1), stream.entry(name.encode(), 2)]
    environment = {**variables("processor"), "ENGINE": "comprehend"}
    events = [{"Records": entries}, {"Records": entries}]
    actions = recorded_actions(settings, "processor", events, **environment)
    of_requests = {"sts:AssumeRole", "sts:TagSession"}
    allowed = allowed_actions("processor", has_stream=True) - of_requests
    assert actions == {action for action in allowed if not action.startswith("tenant ")}


def test_ingest_policy_is_minimal(settings, variables, name):
    """The function writes to the stream, and what was used of quotas."""
    kinesis = settings.target.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    body = json.dumps({"text": "A joy to use."})
    event, no_member = http_event("/ingest", body=body), refused("/ingest", body=body)
    environment = {**variables("query"), **QUOTAS, "STREAM_NAME": name}
    del environment["TENANT_ROLE"]
    actions = recorded_actions(settings, "ingest", [event, event, no_member], **environment)
    assert actions == allowed_actions("ingest")


def test_derive_policy_is_minimal(settings, variables, name):
    """The function reads its position and erasures, writes counters and the lake; no documents."""
    at = datetime.now(UTC)
    one = scored("a", at=at)
    document = document_item(name, one, time_partition_of(one, 1), RETENTION)
    received = received_item(name, at, RETENTION, 1)
    records = [record(None, document, at, 1), record(None, received, at, 2)]
    old = scored("old", at=at - timedelta(hours=1))
    late = document_item(name, old, time_partition_of(old, 1), RETENTION)
    records.append(record(None, late, at, 3))
    event = {"Records": records, "shardId": name}
    actions = recorded_actions(settings, "derive", [event], **variables("derive"))
    assert actions == allowed_actions("derive")


def test_producer_policy_is_minimal(settings, sandbox, variables, name):
    """The function reads sources, the samples and credentials; it sends documents."""
    target, now = settings.target, datetime.now(UTC)
    s3, bucket = target.client("s3"), f"bucket-{name}"
    s3.create_bucket(Bucket=bucket)
    samples = [{"text": "A joy.", "source": name, "created_at": time_to_wire(now)}]
    S3Samples(s3, bucket).write(samples)
    sources = DynamoDBLiveSources(target.client("dynamodb"), sandbox["TABLE_NAME"], lambda: now)
    secrets = SecretsManager(target.client("secretsmanager"), f"{name}/source/")
    manage = SourceAdministration(sources, secrets, Opening(sources, secrets, lambda: samples))
    users.ensure_tenant(target, name)
    credentials = {"client_id": "a", "client_secret": "b"}
    every_minute = timedelta(minutes=1), 9, now
    manage.add(LiveSource(name, "a", "replay", {"per_minute": "500"}, *every_minute), {})
    manage.add(LiveSource(name, "b", "reddit", {}, *every_minute), credentials)
    environment = {
        **variables("query"),
        "LAKE_BUCKET": bucket,
        "SOURCE_SECRETS": f"{name}/source/",
        "PRIVATE_ADDRESSES": "false",
        "INGEST_FUNCTION": target.resource("ProcessorFunction"),
    }
    try:
        actions = recorded_actions(settings, "producer", [{"id": name}], **environment)
    finally:
        manage.remove_all(name)
    assert actions == allowed_actions("producer")


def test_compact_policy_is_minimal(settings, sandbox, variables, name):
    """The function lists, registers, quarantines, reports, and deletes what a tenant does not keep.

    Athena does the rest in its role.
    """
    lake = Lake(settings, sandbox, name)
    lake.put(EARLIER, "a")
    lake.put(YESTERDAY, "b")
    lake.put_bytes(f"enriched/tenant_id=acme/dt={EARLIER}/hour=01/broken.json.gz", b"no gzip")
    users.ensure_tenant(settings.target, name)
    users.directory(settings.target).set_privacy(name, PrivacyOptions(lake_days=1))
    for folder in ("raw", "quarantine/raw"):
        lake.put_bytes(f"{folder}/tenant_id={name}/dt={EARLIER}/hour=01/a.json.gz", pack({}))
    environment = {**variables("compact"), "LAKE_BUCKET": lake.bucket, "DATABASE": name}
    event = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    actions = recorded_actions(settings, "compact", [event], **environment)
    lake.put(EARLIER, "late", batch="b2")
    actions |= recorded_actions(settings, "compact", [event], **environment)
    for key in lake.keys(f"enriched/tenant_id={TENANT}/dt={EARLIER}/"):
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    actions |= recorded_actions(settings, "compact", [{**event, "days": [EARLIER]}], **environment)
    allowed = allowed_actions("compact")
    assert allowed - FOR_ATHENA <= actions <= allowed


@pytest.fixture
def lake_to_erase(settings, sandbox, name):
    """A lake with documents of ann in every zone, alone in an object or with others."""
    lake = Lake(settings, sandbox, name)
    ann, bea = ({"author": author, "id": author, "text": "a"} for author in ("ann", "bea"))
    lake.put(EARLIER, "a", tenant="policies")
    lake.put(YESTERDAY, "c", tenant="policies")
    lake.compaction()(NOON)
    folder = f"tenant_id=policies/dt={EARLIER}/hour=01"
    scored_ann, scored_bea = (
        {**scored_to_wire(scored(row["id"], at=NOON - timedelta(days=2))), **row}
        for row in (ann, bea)
    )
    lake.put_bytes(f"enriched/{folder}/mixed.json.gz", pack(scored_ann, scored_bea))
    lake.put_bytes(f"enriched/{folder}/broken.json.gz", b"no gzip")
    lake.put_bytes(f"raw/{folder}/mixed.json.gz", pack(ann, bea))
    lake.put_bytes(f"raw/{folder}/ann.json.gz", pack(ann))
    at = NOON - timedelta(days=1)  # noon of today may be later than the erasure
    item = quarantine.document_item("policies", ann, BadRequest("conflict", "id"), at, at)
    lake.put_bytes(item.key, json.dumps(quarantine.item_to_wire(item)).encode())
    lake.put_bytes("results/x.csv", b"ann")
    return lake


def test_erase_policy_is_minimal(settings, variables, name, lake_to_erase):
    """The function reads and erases everywhere, and sends messages to its queue only."""
    environment = {
        **variables("erase"),
        **QUOTAS,
        "LAKE_BUCKET": lake_to_erase.bucket,
        "DATABASE": name,
        "SETTLE_SECONDS": "1",
        "ERASURES_URL": settings.target.client("sqs").create_queue(QueueName=name)["QueueUrl"],
    }
    table = settings.target.client("dynamodb"), environment["TABLE_NAME"]
    at = NOON - timedelta(days=1)
    DynamoDBStore(*table, RETENTION, 1).put("policies", [scored(name, at=at)], at)
    requests = [http_event("/authors/ann", method="DELETE"), http_event("/erasures")]
    actions = recorded_actions(settings, "erase", requests, **environment)
    erasures = DynamoDBErasures(*table, lambda: datetime.now(UTC))
    while (erasure := erasures.newest("policies", 1)[0]).state is not State.DONE:
        message = {"body": json.dumps({"tenant": "policies", "id": erasure.id})}
        actions |= recorded_actions(settings, "erase", [{"Records": [message]}], **environment)
    allowed = allowed_actions("erase")
    assert allowed - FOR_ATHENA <= actions <= allowed


def test_admin_policy_is_minimal(settings, variables, name):
    """The function changes the directory, the user pool and the API's list of clients."""
    person, machine = f"/members/{name}", f"/machines/{name}"
    new = json.dumps({"name": name, "roles": ["reader"]})
    events = [
        http_event("/members", body=new),
        http_event(person, body='{"roles": ["writer"]}', method="PUT"),
        http_event("/members"),
        http_event(person, method="DELETE"),
        http_event("/machines", body=new),
        http_event(f"{machine}/rotate", body='{"now": true}'),
        http_event(machine, method="DELETE"),
    ]
    environment = {**variables("admin"), **function_environment(settings, "Admin"), **QUOTAS}
    actions = recorded_actions(settings, "admin", events, **environment)
    assert actions == allowed_actions("admin")


def test_sources_policy_is_minimal(settings, variables, name):
    """The function stores and deletes sources and credentials. It reads no credentials."""
    path, settings_of_kind = f"/live-sources/{name}", {"subreddits": "tea"}
    credentials = {"client_id": "a", "client_secret": "b"}
    new = {"name": name, "kind": "reddit", "settings": settings_of_kind, "credentials": credentials}
    events = [
        http_event("/live-sources", body=json.dumps(new)),
        http_event("/live-sources"),
        http_event(f"{path}/pause", method="POST"),
        http_event(f"{path}/resume", method="POST"),
        http_event(path, method="DELETE"),
    ]
    environment = {
        **variables("sources"),
        **function_environment(settings, "Sources"),
        **QUOTAS,
        "SOURCE_SECRETS": f"{settings.stack_name}-local/source/",
    }
    actions = recorded_actions(settings, "sources", events, **environment)
    assert actions == allowed_actions("sources")


@pytest.mark.parametrize("function", DEPLOYED)
def test_deployed_role_allows_its_own_actions_only(settings, sandbox, function):
    """IAM's simulation of the actions of all functions, and of some that none may perform."""
    iam = settings.target.client("iam")
    role = settings.target.resource(f"{function.capitalize()}FunctionRole")
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    lake = f"arn:aws:s3:::{sandbox['LAKE_BUCKET']}"
    table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{sandbox['TABLE_NAME']}"
    allowed = allowed_actions(function)
    names = [name.removesuffix("Function").lower() for name in functions()]
    all_actions = {a for name in names for a in allowed_actions(name, has_stream=True)}
    of_functions = {action for action in all_actions if not action.startswith("tenant ")}
    decisions = {}
    for entry in sorted(of_functions | set(FORBIDDEN)):
        action, _, zone = entry.partition(" ")
        whole = {"s3": lake, "dynamodb": table}.get(action.split(":")[0])
        resource = f"{lake}/{zone}/x" if zone else whole
        if not resource and entry in allowed:
            continue  # its resource is not known here; the tests above perform it
        result = iam.simulate_principal_policy(
            PolicySourceArn=arn,
            ActionNames=[action],
            **({"ResourceArns": [resource]} if resource else {}),
        )
        decisions[entry] = result["EvaluationResults"][0]["EvalDecision"] == "allowed"
    assert any(decisions.values())
    assert decisions == {entry: entry in allowed for entry in decisions}
