"""The check of the template: a seeded fault of each kind is found, with resource and property."""

import copy
from functools import cache
from typing import Any

import boto3
import pytest

from echostream_cli import sam_template
from echostream_cli.template_check import __main__ as command
from echostream_cli.template_check import formats, names, translate
from echostream_cli.template_check.deployments import (
    EVERYTHING,
    LONGEST_REGION,
    LONGEST_STAGE,
    OTHERS,
    all_deployments,
    make,
)
from echostream_cli.template_check.findings import Finding
from echostream_cli.template_check.permissions import Deployer, needed_actions
from echostream_cli.template_check.policy import Policies, Request
from echostream_cli.template_check.resolve import Resolver
from echostream_cli.template_check.schemas import SchemaCheck
from echostream_cli.template_check.translate import Stack

TEMPLATE = sam_template.load(translate.TEMPLATE)
ROLE = sam_template.load(translate.ROLE)
DEPLOYMENTS = {d.name: d for d in all_deployments(TEMPLATE["Parameters"])}
EVERY = DEPLOYMENTS["everything"]


@cache
def translated():
    return translate.translate(TEMPLATE, EVERY)


def stack_with(changes=(), only=None):
    """The stack with everything on, after changes: (logical id, path of a property, new value)."""
    template = copy.deepcopy(translated())
    for logical_id, path, value in changes:
        *parents, last = path.split(".")
        part = template["Resources"][logical_id]["Properties"]
        for key in parents:
            part = part[int(key)] if key.isdigit() else part[key]
        if value is None:
            del part[last]
        else:
            part[last] = value
    stack = Stack(template, EVERY)
    if only:
        stack.template["Resources"] = {only: stack.resources[only]}
    return stack


def test_the_deployments_make_every_condition_true_and_false():
    """Otherwise a part of the template is never checked."""
    seen: dict[str, set[bool]] = {name: set() for name in TEMPLATE["Conditions"]}
    for deployment in DEPLOYMENTS.values():
        values = deployment.values(TEMPLATE["Parameters"])
        resolver = Resolver(TEMPLATE["Conditions"], values)
        for name, found in seen.items():
            found.add(resolver.is_true(name))
    assert {name: found for name, found in seen.items() if found != {True, False}} == {}


def test_every_option_is_a_parameter_of_the_template():
    """One that the template has lost would switch nothing."""
    assert EVERYTHING.keys() | OTHERS.keys() <= TEMPLATE["Parameters"].keys()


def test_no_reference_is_left():
    """Each is a name, an id or an ARN, so that schemas and formats see values."""
    assert stack_with().resources
    for deployment in DEPLOYMENTS.values():
        stack = Stack(translate.translate(TEMPLATE, deployment), deployment)
        properties = [resource["Properties"] for resource in stack.resources.values()]
        for word in ("'Ref'", "'Fn::", "AWS::NoValue"):
            assert word not in str(properties), (deployment.name, word)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Lake"}, {"Ref": "Lake"}),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:table"),
        ({"Fn::Sub": "${Stage}-${Table.Arn}"}, "prod-arn:aws:dynamodb:table"),
        ({"Fn::Sub": "${Stage}/${Lake.Arn}/${!x}"}, {"Fn::Sub": "prod/${Lake.Arn}/${!x}"}),
        ({"Fn::Sub": "${!aws:PrincipalTag/tenant}/${Stage}"}, "${aws:PrincipalTag/tenant}/prod"),
        ({"Fn::Sub": ["${A}-${B}", {"A": {"Ref": "Stage"}, "B": "b"}]}, "prod-b"),
        ({"Fn::Join": ["_", {"Fn::Split": ["-", "a-b-c"]}]}, "a_b_c"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "owner/name"]}]}, "name"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ([1, {"Fn::If": ["No", 2, {"Ref": "AWS::NoValue"}]}], [1]),
        ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
    ],
)
def test_functions_are_evaluated(value, expected):
    """As CloudFormation does; what refers to an unknown resource stays."""
    conditions = {
        "Yes": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "No": {"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "Yes"}]}]},
    }
    values = {"Stage": "prod", "Table.Arn": "arn:aws:dynamodb:table"}
    assert Resolver(conditions, values).value(value) == expected


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (
            ("Table", "DeletionProtectionEnabled", "sometimes"),
            ("DeletionProtectionEnabled", "is not of type 'boolean'"),
        ),
        (("Table", "KeySchema", None), ("", "'KeySchema' is a required property")),
        (("Table", "Colour", "red"), ("Colour", "Additional properties are not allowed")),
        (("Table", "BillingMode", "FREE"), ("BillingMode", "is not one of")),
    ],
)
def test_a_resource_that_its_schema_refuses(change, finding):
    """A wrong type, a missing, an unknown property, a value that AWS does not have."""
    found = list(SchemaCheck().check(stack_with([change], only="Table")))
    assert any(f.resource == "Table" and f.property == finding[0] for f in found)
    assert any(finding[1] in f.message for f in found)


def test_a_resource_of_a_second_stack_is_checked_where_it_differs():
    """Equal resources are checked once; the stage in a name makes no difference."""
    check = SchemaCheck()
    assert list(check.check(stack_with(only="Table"))) == []
    protection = "DeletionProtectionEnabled"
    changed = stack_with([("Table", protection, "sometimes")], only="Table")
    assert [f.property for f in check.check(changed)] == [protection]
    assert list(check.check(changed)) == []


ROLE_NAME = {"Ref": "ClaimsFunctionRole"}
QUEUE_URL = {"Ref": "DeadLetters"}
LOGS_ARN = {"Fn::GetAtt": ["ClaimsLogs", "Arn"]}
ROLE_ARN = {"Fn::GetAtt": ["ProcessorFunctionRole", "Arn"]}
POLICY = "Policies.0.PolicyDocument.Statement.0.Resource"
PRINCIPAL = "AssumeRolePolicyDocument.Statement.0.Principal"


@pytest.mark.parametrize(
    ("logical_id", "path", "value", "message"),
    [
        ("ClaimsFunction", "Role", ROLE_NAME, "takes an ARN"),
        ("Erasures", "RedrivePolicy.deadLetterTargetArn", QUEUE_URL, "takes an ARN"),
        ("ApiStage", "AccessLogSettings.DestinationArn", {"Ref": "ApiLogs"}, "takes an ARN"),
        ("ClaimsPermission", "SourceArn", {"Ref": "UserPool"}, "takes an ARN"),
        ("QueryIntegration", "IntegrationUri", {"Ref": "QueryFunction"}, "takes an ARN"),
        ("ClaimsFunctionRole", POLICY, {"Ref": "Table"}, "takes an ARN"),
        ("ProcessorTenantRole", PRINCIPAL, {"AWS": ROLE_NAME}, "takes an ARN"),
        ("ProcessorTenantRole", PRINCIPAL, {"Service": "lambda"}, "takes a service"),
        ("ClaimsFunction", "LoggingConfig.LogGroup", LOGS_ARN, "takes a name"),
        ("KeyAccess", "Roles", [ROLE_ARN], "takes a name"),
        ("LakePolicy", "Bucket", {"Fn::GetAtt": ["Lake", "Arn"]}, "takes a name"),
        ("UserPoolClient", "UserPoolId", {"Fn::GetAtt": ["UserPool", "Arn"]}, "takes a name"),
        ("ForeignCrawler", "DatabaseName", QUEUE_URL, "takes a name"),
    ],
)
def test_a_value_of_the_wrong_form(logical_id, path, value, message):
    """A name or an address where an ARN is due, an ARN where a name is due."""
    assert list(formats.check(stack_with())) == []
    [finding] = formats.check(stack_with([(logical_id, path, value)]))
    assert (finding.deployment, finding.resource) == ("everything", logical_id)
    assert finding.property.split(".")[0] == path.split(".")[0]
    assert message in finding.message


def role_without(action="", value=""):
    """role.yaml without an action, or without a value of a condition."""
    role = copy.deepcopy(ROLE)
    removed = 0
    for name in ("Stacks", "Resources", "Roles"):
        for statement in role["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]:
            services = statement.get("Condition", {}).get("StringEquals", {})
            for values, unwanted in (
                (statement["Action"], action),
                (services.get("iam:PassedToService", []), value),
            ):
                if isinstance(values, list) and unwanted in values:
                    values.remove(unwanted)
                    removed += 1
    assert removed == 1
    return role


def missing(role, stack=None):
    """Handlers, resources and messages of what is found, for a resource of each type."""
    found = Deployer(role, EVERY).check(stack or stack_with())
    return {(f.property, f.resource, f.message) for f in found}


@pytest.mark.parametrize(
    ("action", "handler", "resource"),
    [
        ("glue:CreateCrawler", "create", "ForeignCrawler"),
        ("logs:CreateLogDelivery", "create", "ApiStage"),
        ("iam:GetRolePolicy", "read", "CrawlerRole"),
        ("iam:UpdateAssumeRolePolicy", "update", "CrawlerRole"),
        ("kinesis:UpdateShardCount", "update", "Stream"),
        ("codedeploy:StopDeployment", "update", "QueryFunctionDeploymentGroup"),
        ("iam:DeleteRole", "delete", "CrawlerRole"),
        ("lambda:ListFunctions", "list", "QueryFunction"),
        ("apigateway:UntagResource", "tag", "ApiStage"),
        ("lakeformation:DescribeResource", "create", "Database"),
    ],
)
def test_an_action_that_the_deployers_role_lacks(action, handler, resource):
    """The handler, the resource, the action and the file to change are named."""
    found = missing(role_without(action))
    [message] = [m for h, name, m in found if (h, name) == (handler, resource)]
    assert f"needs {action} on " in message
    assert message.endswith("; add it to role.yaml")


def test_the_deployers_role_may_do_what_the_handlers_need():
    """With everything on, and for each stage: also through conditions and patterns of names."""
    assert missing(ROLE) == set()
    for name in ("everything else", "staging", "prod"):
        deployment = DEPLOYMENTS[name]
        stack = Stack(translate.translate(TEMPLATE, deployment), deployment)
        assert list(Deployer(ROLE, deployment).check(stack)) == []


def test_a_role_may_be_passed_to_the_services_that_use_it_only():
    """Without Lambda in the condition no function can be created."""
    found = missing(role_without(value="lambda.amazonaws.com"))
    assert ("create", "QueryFunction") in {(handler, name) for handler, name, _ in found}
    assert all("needs iam:PassRole" in message for _, _, message in found)


def test_a_resource_outside_the_names_of_the_stage():
    """The action is allowed, but not on this resource."""
    stack = stack_with([("WorkGroup", "Name", "other"), ("DeadLetters", "QueueName", "other")])
    found = missing(ROLE, stack)
    assert {name for _, name, _ in found} == {"WorkGroup", "DeadLetters"}
    assert any("needs athena:CreateWorkGroup" in m and ":workgroup/other" in m for *_, m in found)


def test_an_action_is_needed_with_its_property_only():
    """The schemas name all actions that a handler may ever call."""
    network = ("create", "ec2:DescribeSubnets")
    assert network not in needed_actions("AWS::Lambda::Function", {})
    assert network in needed_actions("AWS::Lambda::Function", {"VpcConfig": {}})
    secret = ("create", "secretsmanager:GetSecretValue")
    kind = "AWS::Cognito::UserPoolIdentityProvider"
    assert secret in needed_actions(kind, {"ProviderDetails": {"client_secret": "x"}})
    assert secret not in needed_actions(kind, {})


@pytest.mark.parametrize(
    ("request_", "is_allowed"),
    [
        (Request("s3:getobject", "arn:aws:s3:::lake/a", {}), True),
        (Request("s3:GetObject", "arn:aws:s3:::other/a", {}), False),
        (Request("s3:GetObject", "arn:aws:s3:::lake/secret", {}), False),
        (Request("s3:DeleteObject", "arn:aws:s3:::lake/a", {}), False),
        (Request("iam:PassRole", "arn:aws:iam::1:role/a", {}), False),
        (Request("iam:PassRole", "arn:aws:iam::1:role/a", {"iam:PassedToService": "b"}), False),
        (Request("iam:PassRole", "arn:aws:iam::1:role/a", {"iam:PassedToService": "a"}), True),
    ],
)
def test_policies_allow_what_a_statement_allows_and_none_denies(request_, is_allowed):
    """A condition whose key is missing does not hold."""
    statements = [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::lake/*"},
        {"Effect": "Deny", "Action": ["s3:*"], "Resource": "arn:aws:s3:::lake/secret"},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": ["a", "c"]}},
        },
    ]
    assert Policies([{"Statement": statements}]).allow(request_) == is_allowed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("SiteAccess", "OriginAccessControlConfig.Name", "x" * 65), "has 65 characters of 64"),
        (("DeadLetters", "QueueName", "q" * 81), "has 81 characters of 80"),
        (("SiteBucket", "BucketName", "Echostream-Site"), "lower-case"),
        (("SiteBucket", "BucketName", "s" * 64), "has 64 characters of 63"),
        (("UserPoolDomain", "Domain", "d" * 64), "has 64 characters of 63"),
        (("DeriveFunction", "FunctionName", "f" * 65), "has 65 characters of 64"),
        (("CrawlerRole", "RoleName", "r" * 65), "has 65 characters of 64"),
        (("WorkGroup", "Name", {"Fn::Sub": "${AWS::StackName}-${Stage}-tenants"}), "has the name"),
        (("CrawlerRole", "Policies.0.PolicyDocument.Statement.0.Resource", "arn:" * 3000), "IAM"),
    ],
)
def test_a_name_or_policy_against_the_rules_of_its_service(change, message):
    """Too long, with other letters, twice in one stack, too long a policy."""
    assert list(names.check(stack_with())) == []
    [finding] = names.check(stack_with([change]))
    assert finding.resource in (change[0], "TenantWorkGroup")
    assert message in finding.message


def test_a_type_without_a_line_in_the_table_is_named():
    """Otherwise its names and ARNs would not be checked."""
    template = copy.deepcopy(translated())
    template["Resources"]["Vpc"] = {"Type": "AWS::EC2::VPC", "Properties": {}}
    [finding] = names.check(Stack(template, EVERY))
    assert (finding.resource, finding.property) == ("Vpc", "Type")


@pytest.mark.parametrize(
    ("kind", "name", "word"),
    [
        ("AWS::CloudFront::OriginAccessControl", "OriginAccessControlConfig.Name", "region"),
        ("AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig.Name", "region"),
        ("AWS::CloudWatch::Dashboard", "DashboardName", "region"),
        ("AWS::Budgets::Budget", "Budget.BudgetName", "region"),
        ("AWS::IAM::Role", "RoleName", "region"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "region"),
        ("AWS::S3::Bucket", "BucketName", "region"),
        ("AWS::S3::Bucket", "BucketName", "account"),
        ("AWS::Cognito::UserPoolDomain", "Domain", "account"),
        ("AWS::Lambda::Function", "FunctionName", "stage"),
        ("AWS::DynamoDB::Table", "TableName", "stage"),
    ],
)
def test_a_name_that_a_neighbour_has_too(kind, name, word):
    """A global name needs the region, a bucket the account, and every name the stage."""
    parts = {"stage": "${Stage}", "region": "${AWS::Region}", "account": "${AWS::AccountId}"}
    whole = "-".join(parts.values())
    without = "-".join(part for key, part in parts.items() if key != word)
    for text, expected in ((whole, []), (without, [(f"another {word}", "One", name)])):
        properties: dict[str, Any] = {"Fn::Sub": f"one-{text}"}
        for key in reversed(name.split(".")):
            properties = {key: properties}
        template = {
            **{key: TEMPLATE[key] for key in ("AWSTemplateFormatVersion", "Parameters")},
            "Resources": {"One": {"Type": kind, "Properties": properties}},
        }
        found = names.check_neighbours(template, EVERYTHING)
        assert [(f.deployment, f.resource, f.property) for f in found] == expected


def test_the_longest_stage_and_region_are_the_longest_that_exist():
    """With them, names are as long as they can be."""
    assert len(LONGEST_REGION) == max(map(len, boto3.Session().get_available_regions("lambda")))
    pattern = TEMPLATE["Parameters"]["Stage"]["AllowedPattern"]
    assert pattern == "[a-z][a-z0-9-]{1,15}"
    assert len(LONGEST_STAGE) == 16
    assert make("a", {}).stack_name == f"echostream-{LONGEST_STAGE}"


@pytest.mark.parametrize("findings", [[], [Finding("prod", "Table", "TableName", "is too long")]])
def test_the_command_fails_with_a_finding(findings, monkeypatch, capsys):
    """It prints deployment, resource, property and what is wrong."""
    monkeypatch.setattr(command, "check", lambda: iter(findings * 2))
    assert command.main() == len(findings)
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == ["prod: Table.TableName: is too long"] * len(findings)
    assert last == f"template check: {len(findings)} findings"
