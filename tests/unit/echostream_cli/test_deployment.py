"""Changes, stuck stacks, rollbacks and questions of a deployment, with fakes in place of AWS."""

import json
from datetime import UTC, datetime
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from echostream.domain.errors import Conflict, NotFound
from echostream.domain.members import Tenant, TenantState
from echostream_cli import console, stages, users
from echostream_cli.deploy import (
    change_set,
    data_resources,
    deny_policy,
    deploy,
    parameters,
    preflight,
    rollback,
    smoke,
    stack_state,
)
from echostream_cli.deploy.change_set import Change, ChangeSet
from echostream_cli.deploy.public_site import SmokeFailed
from echostream_cli.errors import UserError
from echostream_client import totp
from echostream_client.api import ApiClient
from echostream_client.cognito import SignInFailed
from echostream_client.session import Session
from tests.aws import client
from tests.unit.echostream_cli.fake_target import NOTHING_ACCEPTED, FakeTarget, target_in_state
from tests.unit.echostream_client.test_challenges import GOOD_CODE, Pool

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
    Change("Add", "DeriveFunctionChanges", "AWS::Lambda::EventSourceMapping", ""),
    Change("Modify", "DeriveFunctionChanges", "AWS::Lambda::EventSourceMapping", "True"),
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


def test_rollback_is_not_gradual(unverified, monkeypatch):
    """No alarm of CodeDeploy can stop it. All other parameters are those of the saved version."""
    before = [
        {"ParameterKey": "GradualDeployment", "ParameterValue": "true"},
        {"ParameterKey": "Stage", "ParameterValue": "staging"},
    ]
    rollback._write(unverified, {"Parameters": before, "Tags": []})
    made = []
    monkeypatch.setattr(change_set, "create_from_template", lambda *args: made.append(args))
    rollback.make_change_set(unverified)
    [(_, url, values, _)] = made
    assert values == {"GradualDeployment": "false", "Stage": "staging"}
    assert url.endswith("previous.template")


def test_rollback_passes_no_parameter_that_the_saved_version_lacks(unverified, monkeypatch):
    """CloudFormation refuses a parameter that a template does not declare."""
    made = []
    monkeypatch.setattr(change_set, "create_from_template", lambda *args: made.append(args))
    rollback.make_change_set(unverified)
    assert made[0][2] == {}


@pytest.mark.parametrize("at_once", [True, False])
def test_hotfix_is_deployed_at_once(unverified, monkeypatch, at_once):
    """Whatever the stage's parameter says."""
    plans = []

    def plan(_, __, values, *___):
        plans.append(values)
        return ChangeSet("", ())

    monkeypatch.setattr(preflight, "run_checks", lambda *_: None)
    monkeypatch.setattr(parameters, "resolve", lambda *_: {"GradualDeployment": "true"})
    monkeypatch.setattr(deploy, "_plan", plan)
    monkeypatch.setattr(deploy, "_finish", lambda *_, **__: None)
    options = deploy.DeployOptions(yes=True, at_once=at_once)
    deploy.deploy(stages.load("staging"), unverified, options)
    assert plans[0]["GradualDeployment"] == ("false" if at_once else "true")


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("Your account must be verified before you can add new CloudFront resources.", "Page=fal"),
        ("Resource handler returned message: no", None),
    ],
)
def test_failure_that_is_known_is_explained(reason, hint):
    """What a new account meets; other reasons are printed as AWS gives them."""
    event = {
        "EventId": "2",
        "StackName": "echostream-staging",
        "LogicalResourceId": "Distribution",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceStatusReason": reason,
    }
    target = target_in_state("ROLLBACK_COMPLETE")
    cloudformation = target.client("cloudformation")
    cloudformation.responses["execute_change_set"] = {}
    cloudformation.pages = Pages([{"StackEvents": []}], [{"StackEvents": [event]}])
    with pytest.raises(UserError, match="is ROLLBACK_COMPLETE") as error:
        change_set.execute(target, ChangeSet("arn", ()))
    assert (hint is None) == ("\n" not in str(error.value))
    assert (hint or "") in str(error.value)


class Pages:
    """What a paginator returns, one list of pages after another."""

    def __init__(self, *lists):
        self._lists = list(lists)

    def __iter__(self):
        return iter(self._lists.pop(0) if len(self._lists) > 1 else self._lists[0])


DENY, BUCKET = "AWS::IAM::ManagedPolicy", "AWS::S3::Bucket"


@pytest.fixture
def update(monkeypatch):
    """A function that executes a change, and the list of what happened."""
    steps: list[Any] = []

    def detach(_):
        steps.append("detach")
        return ["processor"]

    monkeypatch.setattr(deny_policy, "detach", detach)
    monkeypatch.setattr(deny_policy, "attach", lambda _, roles: steps.append(("attach", *roles)))
    monkeypatch.setattr(data_resources, "list_physical_names", lambda _: {"SiteBucket": "site-1"})
    monkeypatch.setattr(
        data_resources, "delete_one", lambda _, *names: steps.append(("delete", *names))
    )

    def run(change, failure=None):
        def execute(*_):
            steps.append("execute")
            if failure:
                raise failure

        monkeypatch.setattr(change_set, "_execute", execute)
        change_set.execute(FakeTarget(), ChangeSet("arn", (change,)))

    return run, steps


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        (Change("Remove", "NothingPaid", DENY, ""), ["detach", "execute"]),
        (Change("Modify", "NothingPaid", DENY, "True"), ["detach", "execute"]),
        (Change("Modify", "NothingPaid", DENY, "False"), ["execute"]),
        (Change("Remove", "Budget", "AWS::Budgets::Budget", ""), ["execute"]),
        (
            Change("Remove", "SiteBucket", BUCKET, ""),
            ["execute", ("delete", "SiteBucket", "site-1")],
        ),
        (Change("Modify", "SiteBucket", BUCKET, "False"), ["execute"]),
    ],
    ids=str,
)
def test_update_removes_what_cloudformation_cannot(update, change, steps):
    """The policy that the budget attached, before; the page's bucket, afterwards."""
    execute, happened = update
    execute(change)
    assert happened == steps


def test_policy_is_attached_again_if_the_update_fails(update):
    """The budget is still exceeded."""
    execute, happened = update
    with pytest.raises(UserError, match="failed"):
        execute(Change("Remove", "NothingPaid", DENY, ""), UserError("failed"))
    assert happened == ["detach", "execute", ("attach", "processor")]


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", None])
def test_rollback_without_a_version_is_refused(status):
    """Nothing is deleted, unlike before a deployment."""
    target = target_in_state(status)
    with pytest.raises(UserError, match="there is no version to roll back to"):
        deploy.roll_back(target, deploy.DeployOptions(yes=True))
    assert set(target.client("cloudformation").calls) == {"describe_stacks"}


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


@pytest.fixture
def site(monkeypatch):
    """A public site that works until somebody signs in."""
    site = SimpleNamespace(wait_for_status=lambda *_: None)
    monkeypatch.setattr(smoke, "PublicSite", lambda _: site)
    monkeypatch.setattr(FakeTarget, "outputs", lambda _: {})


NOBODY = NotFound("user", "no user with this name")
UNKNOWN_CALLER = UserError("cannot find out who runs this command")


@pytest.mark.parametrize("failure", [NOBODY, UNKNOWN_CALLER])
def test_failed_removal_does_not_hide_why_the_smoke_test_failed(site, monkeypatch, capsys, failure):
    def fail_sign_in(*_):
        raise SignInFailed("the user pool refused the sign-in")

    def fail_removal(*_):
        raise failure

    monkeypatch.setattr(smoke, "_send_and_read", fail_sign_in)
    monkeypatch.setattr(users, "delete", fail_removal)
    with pytest.raises(SmokeFailed, match="refused the sign-in"):
        smoke.check_api(FakeTarget())
    assert "not removed" in capsys.readouterr().out


def test_smoke_test_fails_while_its_tenant_is_deleted(site, monkeypatch):
    """Like any other failure, so that the update is rolled back and not left unverified."""
    tenant = Tenant(smoke.TENANT, TenantState.DELETING, 0, datetime(2026, 5, 20, tzinfo=UTC))

    class Deleting:
        def tenant(self, name):
            return tenant if name == tenant.name else None

        def create_tenant(self, *_):
            raise Conflict("exists", "tenant: exists already")

    def fail_removal(*_):
        raise NOBODY

    monkeypatch.setattr(users, "directory", lambda _: Deleting())
    monkeypatch.setattr(users, "delete", fail_removal)
    with pytest.raises(SmokeFailed, match="tenant smoke is being deleted"):
        smoke.check_api(FakeTarget())


@pytest.mark.parametrize("challenge", ["MFA_SETUP", "SOFTWARE_TOKEN_MFA"])
def test_smoke_test_sets_up_an_authenticator_app_if_one_is_required(monkeypatch, challenge):
    """Its user is new, so the pool cannot ask for a code of an app that exists."""
    pool = Pool(challenge)
    monkeypatch.setattr(totp, "code", lambda *_: GOOD_CODE)
    monkeypatch.setattr(FakeTarget, "outputs", lambda _: {"UserPoolClientId": "client"})
    target = FakeTarget()
    target.services["cognito_idp"] = pool
    if challenge == "MFA_SETUP":
        assert isinstance(smoke._sign_in(target, "ann", "secret"), Session)
    else:
        with pytest.raises(SmokeFailed, match="asks for SOFTWARE_TOKEN_MFA"):
            smoke._sign_in(target, "ann", "secret")


class FakeApi(ApiClient):
    """An API whose counting may be behind; it is asked for the counts afterwards."""

    def __init__(self, is_counted, total):
        self.is_counted, self.total, self.calls = is_counted, total, []

    def wait_until_counted(self, received_at, timeout=0.0):
        self.calls.append(received_at)
        return self.is_counted

    def stats(self, **_):
        return {"buckets": [{"total": self.total}]}


def test_smoke_test_waits_until_the_document_is_counted():
    """A version without `received_at` has counted it before it responds."""
    api = FakeApi(is_counted=True, total=1)
    smoke.require_counted(api, "2026-05-20T12:00:00Z", {})
    smoke.require_counted(api, None, {})
    assert api.calls == ["2026-05-20T12:00:00Z"]


@pytest.mark.parametrize(("is_counted", "total"), [(False, 1), (True, 0)])
def test_smoke_test_fails_if_the_document_is_not_counted(is_counted, total):
    """In time, and in the counts themselves."""
    with pytest.raises(SmokeFailed, match="/stats does not count the document"):
        smoke.require_counted(FakeApi(is_counted, total), "2026-05-20T12:00:00Z", {})


def fail_smoke_test(_):
    raise SmokeFailed("/api/health does not return 200")


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
