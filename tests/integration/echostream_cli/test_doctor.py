"""The doctor's probes make real calls and delete their resources."""

import pytest

from echostream_cli.doctor import suite
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES

QUICK = (
    *("objects", "invocation", "forged_token", "transaction", "stack", "throttle"),
    *("duplicate_item", "inserted_record", "filtered_records"),
)


@pytest.fixture(scope="module")
def engine(settings, sandbox):
    return Endpoint(settings.endpoint, settings.aws_region, settings.secret_key)


def test_probes_find_what_works_and_what_differs(engine):
    """MiniStack does not throttle; the other behaviours are those of AWS."""
    findings = suite.run_all(engine, [probe for probe in PROBES if probe.name in QUICK])
    verdicts = {name: finding.verdict for name, finding in findings.items()}
    assert verdicts == dict.fromkeys(QUICK, "works") | {"throttle": "differs"}


def test_probes_delete_their_resources(engine, settings):
    """Buckets, functions and their logs, tables, APIs, pools, roles and stacks."""
    suite.run_all(engine, [probe for probe in PROBES if probe.name in QUICK])
    buckets = settings.target.client("s3").list_buckets()["Buckets"]
    functions = settings.target.client("lambda").list_functions()["Functions"]
    tables = settings.target.client("dynamodb").list_tables()["TableNames"]
    apis = settings.target.client("apigatewayv2").get_apis()["Items"]
    pools = settings.target.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    groups = settings.target.client("logs").describe_log_groups()["logGroups"]
    roles = settings.target.client("iam").list_roles()["Roles"]
    stacks = settings.target.client("cloudformation").describe_stacks()["Stacks"]
    # The sandbox has some of each kind: an empty list would prove nothing.
    kinds = (buckets, functions, tables, apis, pools, groups, roles, stacks)
    assert all(kinds)
    names = [resource["Name"] for resource in (*buckets, *apis, *pools)] + tables
    names += [function["FunctionName"] for function in functions]
    names += [group["logGroupName"] for group in groups]
    names += [role["RoleName"] for role in roles]
    names += [stack["StackName"] for stack in stacks]
    assert [name for name in names if "echostream-doctor" in name] == []


def test_engine_has_name_and_version(engine):
    """The title of the engine's column in docs/parity.md."""
    assert suite.name_of(engine, "here").startswith("MiniStack 1.")
