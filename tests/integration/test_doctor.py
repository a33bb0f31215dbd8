"""The doctor's probes make real calls, and leave nothing behind."""

import pytest

from echostream_cli import sam
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
    buckets = sam.client(settings, "s3").list_buckets()["Buckets"]
    functions = sam.client(settings, "lambda").list_functions()["Functions"]
    tables = sam.client(settings, "dynamodb").list_tables()["TableNames"]
    apis = sam.client(settings, "apigatewayv2").get_apis()["Items"]
    pools = sam.client(settings, "cognito-idp").list_user_pools(MaxResults=60)["UserPools"]
    names = [one["Name"] for one in (*buckets, *apis, *pools)] + tables
    names += [one["FunctionName"] for one in functions]
    groups = sam.client(settings, "logs").describe_log_groups()["logGroups"]
    names += [one["logGroupName"] for one in groups]
    names += [one["RoleName"] for one in sam.client(settings, "iam").list_roles()["Roles"]]
    stacks = sam.client(settings, "cloudformation").describe_stacks()["Stacks"]
    names += [one["StackName"] for one in stacks]
    assert names
    assert not [name for name in names if "echostream-doctor" in name]


def test_the_engine_says_its_name(engine):
    """With its version, as the page's columns are called."""
    assert suite.name_of(engine, "here").startswith("MiniStack 1.")
