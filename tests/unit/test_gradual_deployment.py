"""The gradual deployment of new code, in the template as the SAM translator expands it."""

import copy
import re
from functools import cache

import pytest

from echostream_cli import sam_template

SERVED = ("IngestFunction", "ProcessorFunction", "QueryFunction")


@cache
def template():
    """The template, with functions in their long form. Cached: do not change it."""
    return sam_template.load()


@cache
def deployed(**parameters):
    """The resources of template.yaml with these parameters. Cached: do not change them."""
    return resources_of(template(), **parameters)


def resources_of(source, **parameters):
    """The expanded resources of a template, as after `sam package`."""
    return sam_template.translate(source, "s3://bucket/code", parameters, "us-east-1")["Resources"]


def group(resources, function):
    return resources[f"{function}DeploymentGroup"]["Properties"]


@pytest.mark.parametrize("function", SERVED)
def test_release_gets_a_tenth_of_requests_and_is_rolled_back_by_an_alarm(function):
    """CodeDeploy moves the alias, and moves it back when the alarm of the new version fires."""
    resources = deployed(GradualDeployment="true")
    properties = group(resources, function)
    assert properties["AlarmConfiguration"]["Enabled"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in properties["AutoRollbackConfiguration"]["Events"]
    assert "Canary10Percent5Minutes" in str(properties["DeploymentConfigName"])
    assert "CodeDeployLambdaAliasUpdate" in resources[f"{function}Aliaslive"]["UpdatePolicy"]


def gate(resources, function):
    """The alarms that stop a release of a function, by logical id."""
    alarms = group(resources, function)["AlarmConfiguration"]["Alarms"]
    return [alarm["Name"]["Ref"] for alarm in alarms]


@pytest.mark.parametrize("function", SERVED)
def test_only_an_alarm_of_the_new_version_stops_a_release(function):
    """An alarm on all versions fires while the live one is broken, and would stop its mend.

    So would an alarm that is updated for the new version, because it keeps its state.
    """
    resources = deployed(GradualDeployment="true")
    [name] = gate(resources, function)
    assert name == f"{function.removesuffix('Function')}ReleaseAlarm"
    version = resources[f"{function}Aliaslive"]["Properties"]["FunctionVersion"]["Fn::GetAtt"]
    alarm = resources[name]["Properties"]
    assert f"${{{'.'.join(version)}}}" in alarm["AlarmName"]["Fn::Sub"]
    stats = [part["MetricStat"] for part in alarm["Metrics"] if "MetricStat" in part]
    assert len(stats) == 3
    for stat in stats:
        dimensions = {one["Name"]: one["Value"] for one in stat["Metric"]["Dimensions"]}
        assert dimensions["FunctionName"] == {"Ref": function}
        assert dimensions["ExecutedVersion"] == {"Fn::GetAtt": version}


def test_direct_path_has_no_release_of_the_ingest_function():
    """A deployment group without its function would make every gradual deployment fail."""
    resources = deployed(GradualDeployment="true")
    for name in ("IngestFunction", "IngestFunctionAliaslive", "IngestFunctionDeploymentGroup"):
        assert resources[name]["Condition"] == "IsStream"


def test_sandbox_has_no_codedeploy_resources():
    """Without GradualDeployment, because the emulators do not have CodeDeploy."""
    resources = deployed(GradualDeployment="false")
    assert not [r for r in resources.values() if r["Type"].startswith("AWS::CodeDeploy")]
    assert all("UpdatePolicy" not in resources[f"{function}Aliaslive"] for function in SERVED)


@pytest.mark.parametrize("function", SERVED)
@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("ProcessorFunction", "CodeUri", "s3://bucket/another"),
        ("QueryFunction", "CodeUri", "s3://bucket/another"),
        ("CoreLayer", "ContentUri", "s3://bucket/another"),
        ("Table", "BillingMode", "PROVISIONED"),
    ],
)
def test_new_code_creates_a_new_version(function, resource, name, value):
    """New code of a function or its layer creates a version for the alias; other changes do not."""
    changed = copy.deepcopy(template())
    properties = changed["Resources"][resource]["Properties"]
    assert properties[name] != value
    properties[name] = value
    before, after = (
        resources[f"{function}Aliaslive"]["Properties"]["FunctionVersion"]
        for resources in (deployed(), resources_of(changed))
    )
    assert (before != after) == (resource in (function, "CoreLayer"))


def references(value):
    """The names that a part of the template refers to, also through conditions."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    names = set().union(*map(references, value.values()))
    if "Ref" in value:
        names.add(value["Ref"])
    if "Fn::GetAtt" in value:
        names.add(value["Fn::GetAtt"][0])
    if "Fn::Sub" in value:
        text, variables = (
            [*value["Fn::Sub"], {}][:2]
            if isinstance(value["Fn::Sub"], list)
            else (value["Fn::Sub"], {})
        )
        names |= set(re.findall(r"\$\{(\w+)\}", text)) - variables.keys()
    if "Fn::If" in value:
        names |= references(template()["Conditions"][value["Fn::If"][0]])
    return names


@pytest.mark.parametrize("function", SERVED)
def test_new_settings_create_a_new_version(function):
    """The description of a version refers to every parameter of the function's settings."""
    properties = template()["Resources"][function]["Properties"]
    settings = [template()["Globals"]["Function"], properties.get("Environment")]
    others = {"AWS::NoValue", "RoleBoundary"}  # the boundary belongs to the role
    assert references(settings) - others == references(properties["VersionDescription"])


def test_every_role_has_the_boundary():
    """Roles that SAM creates too: a deployer may create no role without it."""
    resources = deployed(GradualDeployment="true")
    roles = {n: r["Properties"] for n, r in resources.items() if r["Type"] == "AWS::IAM::Role"}
    assert {"ReleaseRole", "BudgetRole", "ProcessorFunctionRole"} <= roles.keys()
    assert [name for name, role in roles.items() if "PermissionsBoundary" not in role] == []


@pytest.mark.parametrize("name", ["ProcessorIntegration", "QueryIntegration"])
def test_api_calls_the_alias(name):
    """Requests go to the live version, not to the latest one."""
    resources = deployed()
    alias = f"{name.removesuffix('Integration')}FunctionAliaslive"
    assert resources[name]["Properties"]["IntegrationUri"] == {"Ref": alias}
    permission = resources[name.replace("Integration", "Permission")]["Properties"]
    assert permission["FunctionName"] == {"Ref": alias}
