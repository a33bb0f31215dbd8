"""What a deployment checks, refuses and says, without anything that answers."""

import json
import re
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from io import StringIO
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError, NoCredentialsError
from moto import mock_aws

from echostream_cli import console, stages
from echostream_cli.deploy import (
    change_set,
    deploy,
    estimate,
    parameters,
    preflight,
    rollback,
    stack_state,
)
from echostream_cli.deploy.change_set import Change, ChangeSet
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.target import Target
from tests.aws import client
from tests.unit.test_architecture import TEMPLATE, Loader

NOBODY = frozenset[str]()


@dataclass
class Fake:
    """What answers in place of an AWS service: a value or an error for each operation."""

    answers: dict[str, Any]
    calls: list[str] = field(default_factory=list)
    pages: list[Any] = field(default_factory=lambda: [{"StackEvents": []}])

    def __getattr__(self, operation):
        def call(**_):
            self.calls.append(operation)
            answer = self.answers[operation]
            answer = answer.pop(0) if isinstance(answer, list) and len(answer) > 1 else answer
            answer = answer[0] if isinstance(answer, list) else answer
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return self.pages


class FakeTarget(Target):
    """A stage on AWS whose services are fakes."""

    __slots__ = ("services",)

    def __init__(self, **services):
        super().__init__("echostream-staging", "staging", "us-east-1")
        object.__setattr__(self, "services", {n: Fake(a) for n, a in services.items()})

    def client(self, service, config=None):
        return self.services[service.replace("-", "_")]


def refused(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def in_state(*found):
    """A stack that is in these states, one after another; None is no stack."""
    gone = refused("ValidationError", "Stack with id echostream-staging does not exist")
    described = [
        {"Stacks": [{"StackStatus": one, "StackId": "arn"}]} if one else gone for one in found
    ]
    return FakeTarget(cloudformation={"describe_stacks": described, "delete_stack": {}})


SAMCONFIG = """
[staging.global.parameters]
stack_name = "s"
region = "eu-west-1"
[staging.deploy.parameters]
parameter_overrides = ["Stage=staging", "MonthlyBudget=10"]
[staging.echostream.parameters]
documents_per_day = 1000
account = "123456789012"
"""


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_the_stages_of_this_project_can_be_read(name):
    """Each has a stack of its own, and a budget."""
    stage = stages.load(name)
    assert stage.stack_name == f"echostream-{name}"
    assert stage.parameters["Stage"] == name
    assert float(stage.parameters["MonthlyBudget"]) > 0


def test_what_a_wrong_line_is_made_of_is_right(tmp_path):
    """The file that the next test spoils line by line can be read as it is."""
    file = tmp_path / "samconfig.toml"
    file.write_text(SAMCONFIG)
    assert stages.load("staging", file).account == "123456789012"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"s"', '""', "[staging.global.parameters] stack_name"),
        ("1000", '"many"', "documents_per_day must be a number"),
        ("123456789012", "12345", "account must be twelve digits"),
        ("Stage=staging", "Stage=prod", 'must hold "Stage=staging"'),
        ('["Stage', '[3, "Stage', 'must be a list of "Name=value"'),
    ],
)
def test_a_wrong_line_of_samconfig_is_named(tmp_path, old, new, named):
    """The error says the section, the key and what belongs there."""
    file = tmp_path / "samconfig.toml"
    file.write_text(SAMCONFIG.replace(old, new))
    with pytest.raises(UserError) as error:
        stages.load("staging", file)
    assert named in str(error.value)


def test_an_unknown_stage_lists_the_known():
    """STAGE=production is no stage."""
    with pytest.raises(UserError, match="staging, prod"):
        stages.load("production")


def test_on_aws_the_template_gets_the_stages_parameters_and_no_others():
    """An endpoint alone changes what describes an emulator."""
    stage = stages.load("staging")
    assert parameters.effective(stage, stage.target(), {}) == stage.parameters
    there = stage.target("http://localhost:4999")
    emulated = parameters.effective(stage, there, {"AWS_ENDPOINT_URL_ATHENA": "http://x:1"})
    assert emulated["EmulatorPort"] == "4999"
    assert emulated["AthenaEndpoint"] == "http://x:1"
    assert emulated["RetentionDays"] == stage.parameters["RetentionDays"]
    with pytest.raises(UserError, match="ENDPOINT: must be like"):
        parameters.effective(stage, stage.target("localhost"), {})


def test_layers_are_for_lambdas_machine_not_for_this_one():
    """On AWS the architecture is the parameter's, whatever builds here."""
    target = stages.load("prod").target()
    assert parameters.platform({}, target) == ("arm64", "aarch64-manylinux_2_28")
    given = {"Architecture": "x86_64"}
    assert parameters.platform(given, target) == ("x86_64", "x86_64-manylinux_2_28")


def test_a_shells_endpoint_does_not_send_a_deployment_elsewhere(monkeypatch):
    """AWS_ENDPOINT_URL of a sandbox's shell is not AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    target = Target("s", "prod", "eu-central-1")
    assert target.client("sts").meta.endpoint_url == "https://sts.eu-central-1.amazonaws.com"
    assert "AWS_ENDPOINT_URL" not in target.environment()
    emulated = Target("s", "prod", "eu-central-1", "http://localhost:2")
    assert emulated.client("sts").meta.endpoint_url == "http://localhost:2"
    assert emulated.environment()["AWS_ENDPOINT_URL"] == "http://localhost:2"


def test_without_credentials_it_says_how_to_sign_in():
    """Nothing is tried with no credentials."""
    target = FakeTarget(sts={"get_caller_identity": NoCredentialsError()})
    with pytest.raises(UserError, match=r"no credentials that work.*AWS_PROFILE"):
        preflight.credentials(target, "")


def test_another_account_than_the_stages_is_refused():
    """Both accounts are named."""
    who = {"Account": "111111111111", "Arn": "arn:me"}
    target = FakeTarget(sts={"get_caller_identity": who})
    assert "111111111111" in preflight.credentials(target, "111111111111")
    with pytest.raises(UserError, match=r"account 111111111111.*222222222222"):
        preflight.credentials(target, "222222222222")


def test_a_shell_meant_for_another_region_is_refused():
    """Nobody deploys twice, in two regions, by an old variable."""
    target = FakeTarget()
    assert preflight.region(target, {}) == "us-east-1"
    with pytest.raises(UserError, match="shell's region is eu-west-1"):
        preflight.region(target, {"AWS_DEFAULT_REGION": "eu-west-1"})


def test_a_missing_quota_is_refused_with_how_to_raise_it():
    """Accepted by name it is said, and gone on from."""
    target = FakeTarget(service_quotas={"get_service_quota": {"Quota": {"Value": 10.0}}})
    with pytest.raises(UserError, match=r"request-service-quota-increase.*ACCEPT=quota"):
        preflight.quotas(target, NOBODY)
    assert preflight.quotas(target, frozenset({"quota"})) == "10 functions at once"


def test_quotas_that_cannot_be_asked_for_are_said_to_be_unchecked():
    """Where there are no Service Quotas, nobody claims that they hold."""
    target = FakeTarget(service_quotas={"get_service_quota": refused("AccessDenied")})
    assert preflight.quotas(target, NOBODY) == "not checked (Service Quotas answered AccessDenied)"


def test_an_estimate_over_the_budget_is_refused(capsys):
    """The estimate is shown first, with both numbers."""
    stage = stages.load("staging")
    busy = type(stage)(
        stage.name, stage.stack_name, stage.region, {"MonthlyBudget": "1"}, "", 10_000_000
    )
    with pytest.raises(UserError, match=r"over MonthlyBudget=\$1.00.*ACCEPT=budget"):
        estimate.show(busy, {}, NOBODY)
    assert "10,000,000 documents a day" in capsys.readouterr().out
    estimate.show(busy, {}, frozenset({"budget"}))
    assert "ACCEPTED (budget)" in capsys.readouterr().out


def test_an_estimate_is_the_stages_own(capsys):
    """A cap of one's own counts, not the template's; README shows what staging's comes to."""
    stage = stages.load("staging")
    estimate.show(stage, {}, NOBODY)
    said = capsys.readouterr().out
    [together] = [line for line in said.splitlines() if "free tier" in line]
    assert together in (ROOT / "README.md").read_text()
    assert "AlarmEmail is not set" in said
    dear = replace(stage, parameters={"SpendCap": "5000000", "MonthlyBudget": "25"})
    dear = replace(dear, documents_per_day=100_000)
    with pytest.raises(UserError, match=r"estimate of \$5\d\d\.\d\d is over"):
        estimate.show(dear, {"Engine": "comprehend"}, NOBODY)


LOST = [
    Change("Remove", "Lake", "AWS::S3::Bucket", ""),
    Change("Modify", "Table", "AWS::DynamoDB::Table", "True"),
    Change("Modify", "UserPool", "AWS::Cognito::UserPool", "True"),
]
HARMLESS = [
    Change("Add", "Table", "AWS::DynamoDB::Table", ""),
    Change("Modify", "Table", "AWS::DynamoDB::Table", "False"),
    Change("Modify", "Lake", "AWS::S3::Bucket", "Conditional"),
    Change("Remove", "QueryFunction", "AWS::Lambda::Function", ""),
]


@pytest.mark.parametrize("change", LOST, ids=str)
def test_a_change_that_loses_data_is_refused(change):
    """Removal and replacement of what holds data need a word of their own."""
    with pytest.raises(UserError, match=f"{change.name}.*ACCEPT=replace"):
        change_set.guard(ChangeSet("arn", (*HARMLESS, change)), NOBODY)
    change_set.guard(ChangeSet("arn", (change,)), frozenset({"replace"}))


@pytest.mark.parametrize(
    ("state", "listed", "is_removed"),
    [
        ("REVIEW_IN_PROGRESS", ["ours"], True),
        ("REVIEW_IN_PROGRESS", ["ours", "somebody's"], False),
        ("UPDATE_COMPLETE", ["ours"], False),
    ],
)
def test_a_change_set_that_nobody_wants_leaves_nothing(state, listed, is_removed):
    """Not even the empty stack that CloudFormation makes to hold it; what is another's stays."""
    target = in_state(state)
    cloudformation = target.client("cloudformation")
    cloudformation.answers["delete_change_set"] = {}
    cloudformation.pages = [{"Summaries": [{"ChangeSetId": one} for one in listed]}]
    change_set.discard(target, {"ours"})
    assert cloudformation.calls.count("delete_change_set") == 1
    assert ("delete_stack" in cloudformation.calls) is is_removed


def test_other_changes_are_not_refused():
    """Functions come and go."""
    change_set.guard(ChangeSet("arn", tuple(HARMLESS)), NOBODY)


@pytest.mark.parametrize("found", [None, "REVIEW_IN_PROGRESS"])
def test_without_a_stack_it_is_a_first_deployment(found):
    """A change set that nobody executed is no stack."""
    assert stack_state.prepare(in_state(found), yes=False) is False


@pytest.mark.parametrize("found", stack_state.USABLE)
def test_a_settled_stack_is_updated(found):
    """Whatever its last operation was."""
    assert stack_state.prepare(in_state(found), yes=False) is True


@pytest.mark.parametrize(
    ("found", "fix"),
    [
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name echostream-staging"),
        ("UPDATE_FAILED", "rollback-stack --stack-name echostream-staging"),
        ("DELETE_FAILED", "make destroy-aws STAGE=staging"),
    ],
)
def test_a_stuck_stack_comes_with_its_fix(found, fix):
    """Nothing is tried on it."""
    with pytest.raises(UserError) as error:
        stack_state.prepare(in_state(found), yes=True)
    assert found in str(error.value)
    assert fix in str(error.value)


def test_a_first_deployment_that_failed_is_removed_when_agreed():
    """CloudFormation can do nothing else with it."""
    target = in_state("ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", None)
    assert stack_state.prepare(target, yes=True) is False
    assert "delete_stack" in target.client("cloudformation").calls


def test_what_cannot_be_removed_is_not_deployed_over():
    """A first deployment whose protected table stays ends here, with what goes on with it."""
    target = in_state("ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED")
    with pytest.raises(UserError, match=r"DELETE_FAILED.*make destroy-aws STAGE=staging"):
        stack_state.prepare(target, yes=True)


BEFORE, AFTER = (
    json.dumps({"Resources": {name: {"Type": "AWS::SNS::Topic"}}}) for name in ("Before", "After")
)


@pytest.fixture
def updated(monkeypatch):
    """A stack that was kept and then updated, and nobody has seen whether that works."""
    monkeypatch.setattr(rollback, "_bucket", lambda _: "artefacts")
    stack = {"StackStatus": "UPDATE_COMPLETE", "StackId": "arn"}
    answers = {"describe_stacks": {"Stacks": [stack]}, "get_template": {"TemplateBody": BEFORE}}
    with mock_aws():
        target = FakeTarget(cloudformation=answers)
        target.services["s3"] = client("s3")
        target.client("s3").create_bucket(Bucket="artefacts")
        rollback.save(target)
        answers["get_template"] = {"TemplateBody": AFTER}
        yield target


def kept(target):
    key = "echostream-staging/previous.template"
    found = target.client("s3").get_object(Bucket="artefacts", Key=key)
    return json.loads(found["Body"].read())


def test_what_nobody_saw_working_is_not_what_one_goes_back_to(updated):
    """After Ctrl-C between the update and its trial, the next deployment keeps the one before."""
    assert rollback.is_unverified(updated)
    rollback.save(updated)
    assert kept(updated) == json.loads(BEFORE)
    rollback.mark_verified(updated)
    assert not rollback.is_unverified(updated)
    rollback.save(updated)
    assert kept(updated) == json.loads(AFTER)


@pytest.mark.parametrize("unproved", [True, False])
def test_an_update_that_was_interrupted_is_tried_and_taken_back(updated, monkeypatch, unproved):
    """Though nothing would change any more; what was tried before is left to look at."""
    if not unproved:
        rollback.mark_verified(updated)
    gone_back = []
    monkeypatch.setattr(deploy.preflight, "run", lambda *_: None)
    monkeypatch.setattr(deploy.parameters, "effective", lambda *_: {})
    monkeypatch.setattr(deploy, "_plan", lambda *_: ChangeSet("", ()))
    monkeypatch.setattr(deploy.smoke, "api", fails)
    monkeypatch.setattr(deploy, "go_back", lambda *_: gone_back.append(True))
    said = "was taken back" if unproved else "stays for you to look at"
    with pytest.raises(UserError, match=said):
        deploy.deploy(stages.load("staging"), updated, deploy.DeployOptions(yes=True))
    assert bool(gone_back) is unproved


def fails(_):
    raise deploy.smoke.SmokeFailed("it does not answer")


def test_what_is_under_way_is_waited_for(monkeypatch):
    """Nobody deploys into another deployment."""
    monkeypatch.setattr(stack_state, "POLL", 0)
    target = in_state("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    assert stack_state.prepare(target, yes=False) is True


def test_nobody_at_the_keyboard_agrees_to_nothing(monkeypatch):
    """YES=1 is said beforehand, or not at all."""
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(console.Declined, match="YES=1"):
        console.confirm("Deploy?", yes=False)
    with pytest.raises(console.Declined, match="CONFIRM=echostream-prod"):
        console.confirm_by_name("echostream-prod", "This deletes.", "echostream-staging")
    console.confirm_by_name("echostream-prod", "This deletes.", "echostream-prod")


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_every_action_is_pinned_by_its_commit():
    """A tag can be moved to other code; a commit cannot. The version stands beside it."""
    assert WORKFLOWS
    for workflow in WORKFLOWS:
        uses = re.findall(r"uses: (\S+)(.*)", workflow.read_text())
        others = [(used, after) for used, after in uses if not used.startswith("./")]
        assert uses
        for used, after in others:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", used), used
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", after), used


def test_workflows_have_no_keys_and_call_make():
    """What CI does, anybody can do: each command is a make target or .ci/run."""
    assert WORKFLOWS
    for workflow in WORKFLOWS:
        text = workflow.read_text()
        assert "secrets." not in text
        jobs = yaml.safe_load(text)["jobs"].values()
        runs = [step["run"] for job in jobs for step in job.get("steps", []) if "run" in step]
        assert [run for run in runs if not re.fullmatch(r"make .+|\.ci/run", run)] == []
    assert "make lint" in str([path.read_text() for path in WORKFLOWS])


def test_every_role_of_the_template_takes_the_boundary():
    """Otherwise the deployer's role could not make it; or, made by another, it knew no bounds."""
    roles = [r for r in TEMPLATE["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    for properties in [*(r["Properties"] for r in roles), TEMPLATE["Globals"]["Function"]]:
        assert properties["PermissionsBoundary"][0] == "HasRoleBoundary"


def as_list(value):
    return value if isinstance(value, list) else [value]


def test_the_boundary_lets_every_role_do_what_it_may():
    """What a role has and the boundary lacks, it cannot do, and nobody is told before."""
    role = yaml.load((ROOT / "src" / "echostream_cli" / "deploy" / "role.yaml").read_text(), Loader)  # noqa: S506
    boundary = role["Resources"]["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    bounds = [a for s in boundary if s["Effect"] == "Allow" for a in as_list(s["Action"])]
    documents = [
        policy.get("PolicyDocument", policy)
        for resource in TEMPLATE["Resources"].values()
        for policy in resource["Properties"].get("Policies", ())
        if isinstance(policy, dict)
    ]
    statements = [s for one in documents for s in as_list(one["Statement"])]
    actions = {a for s in statements if s["Effect"] == "Allow" for a in as_list(s["Action"])}
    assert "iam:DetachRolePolicy" in actions
    assert {a for a in actions if not any(fnmatch(a, bound) for bound in bounds)} == set()


def test_the_deployers_role_cannot_change_its_own_policies():
    """Else one call would make it the account's administrator."""
    role = yaml.load((ROOT / "src" / "echostream_cli" / "deploy" / "role.yaml").read_text(), Loader)  # noqa: S506
    [may] = [
        statement
        for statement in role["Resources"]["Roles"]["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "iam:CreatePolicyVersion" in statement["Action"]
    ]
    reach = [str(one).split(":policy/")[1] for one in may["Resource"]]
    for name in ("Stacks", "Resources", "Roles"):
        called = role["Resources"][name]["Properties"]["ManagedPolicyName"]
        assert not any(fnmatch(called, pattern) for pattern in reach)


def test_the_deployers_role_may_make_what_the_template_has():
    """Each service of a resource is in the role's policies."""
    role = yaml.load((ROOT / "src" / "echostream_cli" / "deploy" / "role.yaml").read_text(), Loader)  # noqa: S506
    policies = [role["Resources"][name] for name in ("Stacks", "Resources", "Roles")]
    statements = [s for p in policies for s in p["Properties"]["PolicyDocument"]["Statement"]]
    allowed = {
        action.split(":")[0]
        for statement in statements
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
"""What IAM calls a service that CloudFormation calls otherwise."""
