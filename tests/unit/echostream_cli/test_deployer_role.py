"""GitHub's workflows, and the role with which they deploy (role.yaml)."""

import re
from fnmatch import fnmatch

import pytest
import yaml

from echostream_cli.paths import ROOT
from tests.unit.test_architecture import TEMPLATE, load, statements

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_every_action_is_pinned_to_a_commit():
    """A tag can be moved to other code, a commit cannot. A comment contains the version."""
    assert WORKFLOWS
    for workflow in WORKFLOWS:
        uses = re.findall(r"uses: (\S+)(.*)", workflow.read_text())
        external = [(action, after) for action, after in uses if not action.startswith("./")]
        assert external
        for action, after in external:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", after), action


def test_workflows_use_no_secrets_and_run_only_make_and_ci_scripts():
    """Every step of CI can be repeated on a developer's machine."""
    assert WORKFLOWS
    for workflow in WORKFLOWS:
        text = workflow.read_text()
        assert "secrets." not in text
        jobs = yaml.safe_load(text)["jobs"].values()
        runs = [step["run"] for job in jobs for step in job.get("steps", []) if "run" in step]
        assert [run for run in runs if not re.fullmatch(r"make .+|\.ci/run", run)] == []
    assert "make lint" in str([path.read_text() for path in WORKFLOWS])


def test_every_role_of_the_template_has_the_permissions_boundary():
    """The deployer's role can create no other roles."""
    roles = [r for r in TEMPLATE["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    assert roles
    for properties in [*(r["Properties"] for r in roles), TEMPLATE["Globals"]["Function"]]:
        assert properties["PermissionsBoundary"][0] == "HasRoleBoundary"


def as_list(value):
    return value if isinstance(value, list) else [value]


ROLE = load(ROOT / "src" / "echostream_cli" / "deploy" / "role.yaml")


SOURCE_READERS = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
"""Of the policies that SAM adds to the role of a function with a stream or a queue."""


@pytest.mark.parametrize("has_stream", [False, True])
def test_boundary_allows_every_action_of_the_roles(has_stream):
    """An action that only the role's own policy allows would fail at run time."""
    boundary = ROLE["Resources"]["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    bounds = [a for s in boundary if s["Effect"] == "Allow" for a in as_list(s["Action"])]
    documents = [
        policy.get("PolicyDocument", policy)
        for resource in TEMPLATE["Resources"].values()
        for policy in resource["Properties"].get("Policies", ())
        if isinstance(policy, dict)
    ]
    allowed = [s for s in statements(documents, has_stream, has_stream) if s["Effect"] == "Allow"]
    actions = {a for s in allowed for a in as_list(s["Action"])} | SOURCE_READERS
    assert {"iam:DetachRolePolicy", "dynamodb:PartiQLInsert"} <= actions
    assert {a for a in actions if not any(fnmatch(a, bound) for bound in bounds)} == set()


def test_the_deployers_role_may_map_streams_to_functions_of_the_stack_only():
    """The id of an event source mapping is generated, so a condition names the function."""
    action = "lambda:CreateEventSourceMapping"
    [statement] = [
        statement
        for statement in ROLE["Resources"]["Resources"]["Properties"]["PolicyDocument"]["Statement"]
        if any(fnmatch(action, pattern) for pattern in as_list(statement["Action"]))
        and statement["Resource"] == "*"
    ]
    [(operator, condition)] = statement["Condition"].items()
    assert operator == "ArnLike"
    assert str(condition["lambda:FunctionArn"]).endswith(":function:echostream-${Stage}-*")


def test_the_deployers_role_cannot_change_its_own_policies():
    """With that right one call would make it the account's administrator."""
    [statement] = [
        statement
        for statement in ROLE["Resources"]["Roles"]["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "iam:CreatePolicyVersion" in statement["Action"]
    ]
    patterns = [str(resource).split(":policy/")[1] for resource in statement["Resource"]]
    assert patterns
    for name in ("Stacks", "Resources", "Roles"):
        policy = ROLE["Resources"][name]["Properties"]["ManagedPolicyName"]
        assert not any(fnmatch(policy, pattern) for pattern in patterns)


def test_the_deployers_role_may_use_every_service_of_the_template():
    """IAM's prefix of each resource's service is in the role's policies."""
    policies = [ROLE["Resources"][name] for name in ("Stacks", "Resources", "Roles")]
    granted = [s for p in policies for s in p["Properties"]["PolicyDocument"]["Statement"]]
    allowed = {
        action.split(":")[0]
        for statement in granted
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }
    kinds = {resource["Type"].split("::")[1] for resource in TEMPLATE["Resources"].values()}
    assert {PREFIXES.get(kind, kind.lower()) for kind in kinds} <= allowed


PREFIXES = {
    "ApiGatewayV2": "apigateway",
    "Cognito": "cognito-idp",
    "Serverless": "lambda",
    "WAFv2": "wafv2",
}
"""IAM's prefix of services whose name in CloudFormation differs."""
