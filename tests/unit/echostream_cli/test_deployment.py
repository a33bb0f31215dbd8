"""Checks, refusals and messages of a deployment, with fakes in place of AWS."""

import json
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any

import pytest
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
    smoke,
    stack_state,
)
from echostream_cli.deploy.change_set import Change, ChangeSet
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.target import Target
from tests.aws import client

NOTHING_ACCEPTED = frozenset[str]()


@dataclass
class FakeService:
    """An AWS service: a response, an error, or a list of these for each operation."""

    responses: dict[str, Any]
    calls: list[str] = field(default_factory=list)
    pages: list[Any] = field(default_factory=lambda: [{"StackEvents": []}])

    def __getattr__(self, operation):
        def call(**_):
            self.calls.append(operation)
            response = self.responses[operation]
            if isinstance(response, list):
                response = response.pop(0) if len(response) > 1 else response[0]
            if isinstance(response, Exception):
                raise response
            return response

        return call

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return self.pages


class FakeTarget(Target):
    """A stage on AWS whose services are fakes."""

    __slots__ = ("services",)
    services: dict[str, Any]

    def __init__(self, **services):
        super().__init__("echostream-staging", "staging", "us-east-1")
        fakes = {name: FakeService(responses) for name, responses in services.items()}
        object.__setattr__(self, "services", fakes)

    def client(self, service, config=None):
        return self.services[service.replace("-", "_")]


def client_error(code, message="no"):
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def target_in_state(*statuses):
    """A stack with these statuses, one after another; None means that it does not exist."""
    missing = client_error("ValidationError", "Stack with id echostream-staging does not exist")
    responses = [
        {"Stacks": [{"StackStatus": status, "StackId": "arn"}]} if status else missing
        for status in statuses
    ]
    return FakeTarget(cloudformation={"describe_stacks": responses, "delete_stack": {}})


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
def test_stages_of_the_repository_are_valid(name):
    """Each stage has its own stack, and a budget."""
    stage = stages.load(name)
    assert stage.stack_name == f"echostream-{name}"
    assert stage.parameters["Stage"] == name
    assert float(stage.parameters["MonthlyBudget"]) > 0


def test_valid_samconfig_is_read(tmp_path):
    """The file that the next test invalidates line by line is valid."""
    file = tmp_path / "samconfig.toml"
    file.write_text(SAMCONFIG)
    assert stages.load("staging", file).account == "123456789012"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"s"', '""', "[staging.global.parameters] stack_name"),
        ("1000", '"many"', "documents_per_day must be a number"),
        ("123456789012", "12345", "account must be twelve digits"),
        ("Stage=staging", "Stage=prod", 'must hold "Stage=staging"'),
        ('["Stage', '[3, "Stage', 'must be a list of "Name=value"'),
    ],
)
def test_invalid_line_of_samconfig_is_named(tmp_path, old, new, message):
    """The error contains the section, the key and the expected value."""
    file = tmp_path / "samconfig.toml"
    assert SAMCONFIG.count(old) == 1
    file.write_text(SAMCONFIG.replace(old, new))
    with pytest.raises(UserError) as error:
        stages.load("staging", file)
    assert message in str(error.value)


def test_unknown_stage_is_refused_with_the_valid_names():
    """STAGE=production does not exist."""
    with pytest.raises(UserError, match="staging, prod"):
        stages.load("production")


def test_parameters_are_those_of_the_stage_plus_the_emulators_with_an_endpoint():
    """Without an endpoint nothing is added; a malformed endpoint is an error."""
    stage = stages.load("staging")
    assert parameters.resolve(stage, stage.target(), {}) == stage.parameters
    target = stage.target("http://localhost:4999")
    values = parameters.resolve(stage, target, {"AWS_ENDPOINT_URL_ATHENA": "http://x:1"})
    assert values["EmulatorPort"] == "4999"
    assert values["AthenaEndpoint"] == "http://x:1"
    assert values["RetentionDays"] == stage.parameters["RetentionDays"]
    with pytest.raises(UserError, match="ENDPOINT: must be like"):
        parameters.resolve(stage, stage.target("localhost"), {})


def test_layers_on_aws_are_built_for_the_architecture_of_the_functions():
    """The architecture of this machine does not matter."""
    target = stages.load("prod").target()
    assert parameters.get_platform({}, target) == ("arm64", "aarch64-manylinux_2_28")
    values = {"Architecture": "x86_64"}
    assert parameters.get_platform(values, target) == ("x86_64", "x86_64-manylinux_2_28")


def test_endpoint_variable_of_the_shell_is_ignored(monkeypatch):
    """AWS_ENDPOINT_URL of a sandbox's shell does not redirect a deployment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    target = Target("s", "prod", "eu-central-1")
    assert target.client("sts").meta.endpoint_url == "https://sts.eu-central-1.amazonaws.com"
    assert "AWS_ENDPOINT_URL" not in target.environment()
    emulated = Target("s", "prod", "eu-central-1", "http://localhost:2")
    assert emulated.client("sts").meta.endpoint_url == "http://localhost:2"
    assert emulated.environment()["AWS_ENDPOINT_URL"] == "http://localhost:2"


def test_missing_credentials_are_refused_with_how_to_sign_in():
    """The message names AWS_PROFILE."""
    target = FakeTarget(sts={"get_caller_identity": NoCredentialsError()})
    with pytest.raises(UserError, match=r"no valid credentials.*AWS_PROFILE"):
        preflight.check_credentials(target, "")


def test_wrong_account_is_refused():
    """The message names both accounts."""
    identity = {"Account": "111111111111", "Arn": "arn:me"}
    target = FakeTarget(sts={"get_caller_identity": identity})
    assert "111111111111" in preflight.check_credentials(target, "111111111111")
    with pytest.raises(UserError, match=r"account 111111111111.*222222222222"):
        preflight.check_credentials(target, "222222222222")


def test_region_of_the_shell_that_differs_is_refused():
    """An old variable must not lead to a second deployment in another region."""
    target = FakeTarget()
    assert preflight.check_region(target, {}) == "us-east-1"
    with pytest.raises(UserError, match="shell's region is eu-west-1"):
        preflight.check_region(target, {"AWS_DEFAULT_REGION": "eu-west-1"})


def test_low_quota_is_refused_unless_accepted():
    """The message contains the command that requests a higher quota."""
    target = FakeTarget(service_quotas={"get_service_quota": {"Quota": {"Value": 10.0}}})
    with pytest.raises(UserError, match=r"request-service-quota-increase.*ACCEPT=quota"):
        preflight.check_quotas(target, NOTHING_ACCEPTED)
    assert preflight.check_quotas(target, frozenset({"quota"})) == "10 functions at once"


def test_unavailable_service_quotas_are_reported_as_not_checked():
    """The deployment continues, and the note contains the error code."""
    target = FakeTarget(service_quotas={"get_service_quota": client_error("AccessDenied")})
    assert (
        preflight.check_quotas(target, NOTHING_ACCEPTED)
        == "not checked (Service Quotas returned AccessDenied)"
    )


def test_estimate_over_the_budget_is_refused_unless_accepted(capsys):
    """The estimate is printed first; the message contains both amounts."""
    stage = stages.load("staging")
    busy = type(stage)(
        stage.name, stage.stack_name, stage.region, {"MonthlyBudget": "1"}, "", 10_000_000
    )
    with pytest.raises(UserError, match=r"over MonthlyBudget=\$1.00.*ACCEPT=budget"):
        estimate.print_estimate(busy, {}, NOTHING_ACCEPTED)
    assert "10,000,000 documents a day" in capsys.readouterr().out
    estimate.print_estimate(busy, {}, frozenset({"budget"}))
    assert "ACCEPTED (budget)" in capsys.readouterr().out


def test_estimate_uses_the_parameters_of_the_stage(capsys):
    """A stage's SpendCap overrides the template's; README.md quotes the total of staging."""
    stage = stages.load("staging")
    estimate.print_estimate(stage, {}, NOTHING_ACCEPTED)
    output = capsys.readouterr().out
    [total] = [line for line in output.splitlines() if line.startswith("    together")]
    assert total in (ROOT / "README.md").read_text()
    assert "set AlarmEmail in samconfig.toml" in output
    busy = replace(
        stage,
        parameters={"SpendCap": "5000000", "MonthlyBudget": "25"},
        documents_per_day=100_000,
    )
    with pytest.raises(UserError, match=r"estimate of \$5\d\d\.\d\d is over"):
        estimate.print_estimate(busy, {"Engine": "comprehend"}, NOTHING_ACCEPTED)


DATA_LOSSES = [
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


@pytest.mark.parametrize("change", DATA_LOSSES, ids=str)
def test_change_that_loses_data_is_refused_unless_accepted(change):
    """Removal and replacement of a data resource need ACCEPT=replace."""
    with pytest.raises(UserError, match=f"{change.name}.*ACCEPT=replace"):
        change_set.require_no_data_loss(ChangeSet("arn", (*HARMLESS, change)), NOTHING_ACCEPTED)
    change_set.require_no_data_loss(ChangeSet("arn", (change,)), frozenset({"replace"}))


@pytest.mark.parametrize(
    ("status", "arns", "is_removed"),
    [
        ("REVIEW_IN_PROGRESS", ["ours"], True),
        ("REVIEW_IN_PROGRESS", ["ours", "another"], False),
        ("UPDATE_COMPLETE", ["ours"], False),
    ],
)
def test_discarded_change_set_leaves_no_empty_stack(status, arns, is_removed):
    """CloudFormation creates a stack for the first change set; other change sets remain."""
    target = target_in_state(status)
    cloudformation = target.client("cloudformation")
    cloudformation.responses["delete_change_set"] = {}
    cloudformation.pages = [{"Summaries": [{"ChangeSetId": arn} for arn in arns]}]
    change_set.discard(target, {"ours"})
    assert cloudformation.calls.count("delete_change_set") == 1
    assert ("delete_stack" in cloudformation.calls) is is_removed


def test_changes_without_data_loss_are_not_refused():
    """Functions may be removed; data resources may be added and modified."""
    change_set.require_no_data_loss(ChangeSet("arn", tuple(HARMLESS)), NOTHING_ACCEPTED)


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS"])
def test_missing_stack_is_a_first_deployment(status):
    """A stack whose only change set was never executed counts as missing."""
    assert stack_state.prepare(target_in_state(status), yes=False) is False


@pytest.mark.parametrize("status", stack_state.USABLE)
def test_settled_stack_is_updated(status):
    """Every status from which CloudFormation can update."""
    assert stack_state.prepare(target_in_state(status), yes=False) is True


@pytest.mark.parametrize(
    ("status", "fix"),
    [
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name echostream-staging"),
        ("UPDATE_FAILED", "rollback-stack --stack-name echostream-staging"),
        ("DELETE_FAILED", "make destroy-aws STAGE=staging"),
    ],
)
def test_stuck_stack_is_refused_with_the_command_that_continues(status, fix):
    """The stack is not changed."""
    target = target_in_state(status)
    with pytest.raises(UserError) as error:
        stack_state.prepare(target, yes=True)
    assert status in str(error.value)
    assert fix in str(error.value)
    assert set(target.client("cloudformation").calls) == {"describe_stacks"}


def test_failed_first_deployment_is_removed_after_confirmation():
    """CloudFormation cannot update such a stack."""
    target = target_in_state("ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", None)
    assert stack_state.prepare(target, yes=True) is False
    assert "delete_stack" in target.client("cloudformation").calls


def test_failed_first_deployment_that_cannot_be_removed_is_refused():
    """A protected table prevents the deletion; the message contains the command that continues."""
    target = target_in_state("ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED")
    with pytest.raises(UserError, match=r"DELETE_FAILED.*make destroy-aws STAGE=staging"):
        stack_state.prepare(target, yes=True)


BEFORE, AFTER = (
    json.dumps({"Resources": {name: {"Type": "AWS::SNS::Topic"}}}) for name in ("Before", "After")
)


@pytest.fixture
def unverified(monkeypatch):
    """A stack that was saved and then updated, without a smoke test after the update."""
    monkeypatch.setattr(rollback, "_get_bucket", lambda _: "artefacts")
    stack = {"StackStatus": "UPDATE_COMPLETE", "StackId": "arn"}
    responses = {"describe_stacks": {"Stacks": [stack]}, "get_template": {"TemplateBody": BEFORE}}
    with mock_aws():
        target = FakeTarget(cloudformation=responses)
        target.services["s3"] = client("s3")
        target.client("s3").create_bucket(Bucket="artefacts")
        rollback.save(target)
        responses["get_template"] = {"TemplateBody": AFTER}
        yield target


def read_saved_template(target):
    key = "echostream-staging/previous.template"
    response = target.client("s3").get_object(Bucket="artefacts", Key=key)
    return json.loads(response["Body"].read())


def test_unverified_update_does_not_replace_the_saved_version(unverified):
    """After Ctrl-C before the smoke test, a rollback still leads to the version before."""
    assert rollback.is_unverified(unverified)
    rollback.save(unverified)
    assert read_saved_template(unverified) == json.loads(BEFORE)
    rollback.mark_verified(unverified)
    assert not rollback.is_unverified(unverified)
    rollback.save(unverified)
    assert read_saved_template(unverified) == json.loads(AFTER)


@pytest.mark.parametrize("is_unverified", [True, False])
def test_interrupted_update_is_rolled_back_by_the_next_deployment(
    unverified, monkeypatch, is_unverified
):
    """Even if nothing would change. A version that was verified before is not rolled back."""
    if not is_unverified:
        rollback.mark_verified(unverified)
    rollbacks = []
    monkeypatch.setattr(preflight, "run_checks", lambda *_: None)
    monkeypatch.setattr(parameters, "resolve", lambda *_: {})
    monkeypatch.setattr(deploy, "_plan", lambda *_: ChangeSet("", ()))
    monkeypatch.setattr(smoke, "check_api", fail_smoke_test)
    monkeypatch.setattr(deploy, "roll_back", lambda *_: rollbacks.append(True))
    message = "was rolled back" if is_unverified else "was not rolled back"
    with pytest.raises(UserError, match=message):
        deploy.deploy(stages.load("staging"), unverified, deploy.DeployOptions(yes=True))
    assert bool(rollbacks) is is_unverified


def fail_smoke_test(_):
    raise smoke.SmokeFailed("/api/health does not return 200")


def test_running_operation_is_waited_for(monkeypatch):
    """A deployment starts only after an operation in progress has ended."""
    monkeypatch.setattr(stack_state, "POLL", 0)
    target = target_in_state("UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")
    assert stack_state.prepare(target, yes=False) is True


def test_questions_without_a_terminal_are_declined(monkeypatch):
    """Only YES=1 or CONFIRM=<name> answers them."""
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(console.Declined, match="YES=1"):
        console.confirm("Deploy?", yes=False)
    with pytest.raises(console.Declined, match="CONFIRM=echostream-prod"):
        console.confirm_by_name("echostream-prod", "This deletes.", "echostream-staging")
    console.confirm_by_name("echostream-prod", "This deletes.", "echostream-prod")


def test_changes_as_json_have_cloudformation_s_words():
    """A field for each fact, and whether data would be lost."""
    [lost, kept] = change_set.to_json(ChangeSet("arn", (DATA_LOSSES[1], HARMLESS[2])))["changes"]
    assert lost == {
        "action": "Modify",
        "name": "Table",
        "kind": "AWS::DynamoDB::Table",
        "replacement": "True",
        "is_data_loss": True,
    }
    assert not kept["is_data_loss"]
    assert change_set.to_json(ChangeSet("", ())) == {"changes": []}


def test_changes_are_printed_as_a_table(capsys):
    """Symbol, resource, type and replacement; then the number of changes by action."""
    change_set.print_changes(ChangeSet("arn", (DATA_LOSSES[1], HARMLESS[3])))
    assert capsys.readouterr().out.splitlines() == [
        "    ~  Table          AWS::DynamoDB::Table   REPLACED",
        "    -  QueryFunction  AWS::Lambda::Function",
        "    0 added, 1 changed, 1 removed",
    ]
