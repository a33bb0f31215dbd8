"""New code goes live gradually: what CloudFormation gets, as the SAM translator makes it."""

import copy
import re
from functools import cache

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from echostream_cli.paths import ROOT

TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())
SERVED = ("ProcessorFunction", "QueryFunction")


class NoPolicies:
    """What the translator asks for AWS's own policies, whose names suffice."""

    def load(self):
        return {}


@cache
def deployed(**parameters):
    """The resources of a deployment of our template; tests only read them."""
    return resources_of(TEMPLATE, **parameters)


def resources_of(template, **parameters):
    """The resources of a deployment, with the code where `sam package` puts it."""
    made = copy.deepcopy(template)
    for name, resource in made["Resources"].items():
        for key in ("CodeUri", "ContentUri"):
            if not str(resource["Properties"].get(key, "s3://")).startswith("s3://"):
                resource["Properties"][key] = f"s3://bucket/{name}"
    return transform(made, parameters, NoPolicies())["Resources"]


@pytest.fixture(autouse=True)
def region(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def group(resources, function):
    return resources[f"{function}DeploymentGroup"]["Properties"]


@pytest.mark.parametrize("function", SERVED)
def test_a_release_is_tried_with_a_tenth_and_rolled_back_by_alarms(function):
    """CodeDeploy moves the alias, watches failed calls and crashes, and goes back by itself."""
    resources = deployed(GradualDeployment="true")
    found = group(resources, function)
    name = function.removesuffix("Function")
    watched = [alarm["Name"]["Ref"] for alarm in found["AlarmConfiguration"]["Alarms"]]
    assert watched == [f"{name}ReleaseAlarm", "FailedCallsAlarm", f"{name}CrashesAlarm"]
    version = resources[f"{function}Aliaslive"]["Properties"]["FunctionVersion"]["Fn::GetAtt"]
    dimensions = resources[f"{name}ReleaseAlarm"]["Properties"]["Dimensions"]
    assert dimensions[-1] == {"Name": "ExecutedVersion", "Value": {"Fn::GetAtt": version}}
    assert found["AlarmConfiguration"]["Enabled"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in found["AutoRollbackConfiguration"]["Events"]
    assert "Canary10Percent5Minutes" in str(found["DeploymentConfigName"])
    assert "CodeDeployLambdaAliasUpdate" in resources[f"{function}Aliaslive"]["UpdatePolicy"]


def test_without_it_nothing_of_codedeploy_is_there():
    """As in the sandbox, whose emulators have no CodeDeploy."""
    resources = deployed(GradualDeployment="false")
    assert not [r for r in resources.values() if r["Type"].startswith("AWS::CodeDeploy")]
    assert all("UpdatePolicy" not in resources[f"{function}Aliaslive"] for function in SERVED)


@pytest.mark.parametrize("function", SERVED)
@pytest.mark.parametrize("changed", ["ProcessorFunction", "QueryFunction", "CoreLayer", "Table"])
def test_new_code_is_a_new_version(function, changed):
    """Of a function as of its layer; otherwise the alias would stay on the old code."""
    template = copy.deepcopy(TEMPLATE)
    properties = template["Resources"][changed]["Properties"]
    for key in ("CodeUri", "ContentUri"):
        if key in properties:
            properties[key] = "s3://bucket/another"
    before, after = deployed(), resources_of(template)
    version = [
        r["Properties"]["FunctionVersion"]
        for r in (before[f"{function}Aliaslive"], after[f"{function}Aliaslive"])
    ]
    assert (version[0] != version[1]) == (changed in (function, "CoreLayer"))


def names(value):
    """What a part of the template refers to, through conditions too."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(names, value.values()))
    if "Ref" in value:
        found.add(value["Ref"])
    if "Fn::Sub" in value:
        found |= set(re.findall(r"\$\{(\w+)\}", value["Fn::Sub"]))
    if "Fn::If" in value:
        found |= names(TEMPLATE["Conditions"][value["Fn::If"][0]])
    return found


@pytest.mark.parametrize("function", SERVED)
def test_new_values_are_a_new_version(function):
    """Whatever a function's settings are made of is in its version's description."""
    properties = TEMPLATE["Resources"][function]["Properties"]
    given = TEMPLATE["Globals"]["Function"], properties.get("Environment")
    of_others = {"AWS::NoValue", "RoleBoundary"}  # the boundary is the role's, not the function's
    assert names(list(given)) - of_others == names(properties["VersionDescription"])


def test_every_role_is_held_by_the_boundary():
    """Those that SAM makes too: who deploys may make no other."""
    resources = deployed(GradualDeployment="true")
    roles = {n: r["Properties"] for n, r in resources.items() if r["Type"] == "AWS::IAM::Role"}
    assert {"ReleaseRole", "BudgetRole", "ProcessorFunctionRole"} <= roles.keys()
    assert [name for name, role in roles.items() if "PermissionsBoundary" not in role] == []


@pytest.mark.parametrize("name", ["ProcessorIntegration", "QueryIntegration"])
def test_the_api_calls_the_alias(name):
    """Requests go to what is live, not to what was uploaded last."""
    resources = deployed()
    alias = f"{name.removesuffix('Integration')}FunctionAliaslive"
    assert resources[name]["Properties"]["IntegrationUri"] == {"Ref": alias}
    permission = resources[name.replace("Integration", "Permission")]["Properties"]
    assert permission["FunctionName"] == {"Ref": alias}
