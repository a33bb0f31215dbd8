"""The doctor's probes make real calls, and leave nothing behind."""

import pytest

from echostream_cli.doctor import suite
from echostream_cli.doctor.probe_context import Endpoint
from echostream_cli.doctor.probes import PROBES

QUICK = ("objects", "invocation", "forged_token", "transaction", "stack", "throttle")


@pytest.fixture(scope="module")
def engine(settings, sandbox):
    return Endpoint(settings.endpoint, settings.aws_region)


def test_probes_on_the_running_engine(engine):
    """What works is said to work, and what MiniStack does not do is noticed."""
    found = suite.run_all(engine, [one for one in PROBES if one.name in QUICK])
    verdicts = {name: finding.verdict for name, finding in found.items()}
    assert verdicts == dict.fromkeys(QUICK, "works") | {"throttle": "differs"}


def test_nothing_is_left(engine, settings):
    """Buckets, functions and their logs, tables, APIs, pools, roles and stacks are gone."""
    suite.run_all(engine, [one for one in PROBES if one.name in QUICK])
    buckets = settings.target.client("s3").list_buckets()["Buckets"]
    functions = settings.target.client("lambda").list_functions()["Functions"]
    tables = settings.target.client("dynamodb").list_tables()["TableNames"]
    apis = settings.target.client("apigatewayv2").get_apis()["Items"]
    pools = settings.target.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    names = [one["Name"] for one in (*buckets, *apis, *pools)] + tables
    names += [one["FunctionName"] for one in functions]
    groups = settings.target.client("logs").describe_log_groups()["logGroups"]
    names += [one["logGroupName"] for one in groups]
    names += [one["RoleName"] for one in settings.target.client("iam").list_roles()["Roles"]]
    stacks = settings.target.client("cloudformation").describe_stacks()["Stacks"]
    names += [one["StackName"] for one in stacks]
    assert names
    assert not [name for name in names if "echostream-doctor" in name]


def test_the_engine_says_its_name(engine):
    """With its version, as the page's columns are called."""
    assert suite.name_of(engine, "here").startswith("MiniStack 1.")
