"""What remains when CloudFormation deletes a stack, with moto in place of the other services."""

import json
from typing import Any

import pytest
from moto import mock_aws

from echostream_cli.deploy import data_resources, deny_policy, stack_state
from echostream_cli.errors import UserError
from tests.aws import client
from tests.unit.echostream_cli.fake_target import FakeService, FakeTarget, target_in_state

TABLE = "echostream-staging-Table-1"
DENY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "comprehend:*", "Resource": "*"}],
    }
)
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def with_services(target: FakeTarget, *names: str) -> FakeTarget:
    """Adds clients of moto."""
    for name in names:
        target.services[name.replace("-", "_")] = client(name)
    return target


def list_resources(target, **names):
    """Lets the stack consist of resources with these names; a name in a tuple is a deleted one."""
    target.client("cloudformation").pages = [
        {
            "StackEvents": [],
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": logical_id,
                    "PhysicalResourceId": name[0] if isinstance(name, tuple) else name,
                    "ResourceStatus": "DELETE_COMPLETE" if isinstance(name, tuple) else "CREATED",
                }
                for logical_id, name in names.items()
            ],
        }
    ]


@pytest.fixture
def failed():
    """A first deployment that failed and left a protected table, a pool and two buckets."""
    with mock_aws():
        target = with_services(
            target_in_state("ROLLBACK_FAILED", "ROLLBACK_FAILED", None), "dynamodb", "s3"
        )
        pools: dict[str, Any] = {
            "update_user_pool": {},
            "delete_user_pool": {},
            "list_users": {"Users": []},
        }
        target.services["cognito_idp"] = FakeService(pools)  # moto's needs one more package
        target.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
        )
        for bucket in ("lake-1", "site-1", "of-another-stack"):
            target.client("s3").create_bucket(Bucket=bucket)
        list_resources(
            target,
            Table=TABLE,
            UserPool="pool-1",
            Lake="lake-1",
            SiteBucket="site-1",
            AuditBucket=("of-another-stack",),
        )
        yield target


def test_failed_first_deployment_leaves_nothing(failed):
    """CloudFormation ends in ROLLBACK_FAILED, because it cannot delete a protected table."""
    with pytest.raises(failed.client("dynamodb").exceptions.ClientError):
        failed.client("dynamodb").delete_table(TableName=TABLE)
    assert stack_state.prepare(failed, yes=True) is False
    assert "delete_stack" in failed.client("cloudformation").calls
    assert failed.client("dynamodb").list_tables()["TableNames"] == []
    assert failed.client("cognito-idp").calls == [
        "list_users",
        "update_user_pool",
        "delete_user_pool",
    ]
    buckets = failed.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == ["of-another-stack"]


@pytest.mark.parametrize("place", ["Table", "Lake", "UserPool"])
def test_failed_first_deployment_that_holds_data_is_refused(failed, place):
    """A stack whose creation was not rolled back can have been used; nothing is deleted."""
    if place == "Table":
        failed.client("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": "a"}})
    elif place == "Lake":
        failed.client("s3").put_object(Bucket="lake-1", Key="raw/a", Body=b"a")
    else:
        failed.client("cognito-idp").responses["list_users"] = {"Users": [{"Username": "ann"}]}
    with pytest.raises(UserError, match=r"is not empty: make destroy-aws STAGE=staging DATA=del"):
        stack_state.prepare(failed, yes=True)
    assert "delete_stack" not in failed.client("cloudformation").calls
    assert failed.client("dynamodb").list_tables()["TableNames"] == [TABLE]
    assert len(failed.client("s3").list_buckets()["Buckets"]) == 3


def test_removal_of_a_failed_deployment_can_be_repeated(failed):
    """What an interrupted run has deleted is no error."""
    names = data_resources.list_names(failed)
    data_resources.delete(failed, names)
    assert stack_state.prepare(failed, yes=True) is False
    assert "delete_stack" in failed.client("cloudformation").calls


def test_policy_that_the_budget_attached_is_detached_before_the_stack_is_removed():
    """From all roles: IAM deletes no policy in use, and no role with a policy."""
    with mock_aws():
        target = with_services(FakeTarget(cloudformation={}), "iam")
        iam = target.client("iam")
        arn = iam.create_policy(PolicyName="NothingPaid", PolicyDocument=DENY)["Policy"]["Arn"]
        for role in ("processor", "digest"):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        list_resources(target, NothingPaid=arn)
        roles = deny_policy.detach(target)
        assert sorted(roles) == ["digest", "processor"]
        assert iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"] == []
        deny_policy.attach(target, roles)
        assert len(iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]) == 2


def test_stack_without_a_budget_has_no_policy_to_detach():
    """Not even IAM is called."""
    target = FakeTarget(cloudformation={})
    list_resources(target, Table=TABLE)
    assert deny_policy.detach(target) == []


def test_secrets_of_the_stage_are_deleted():
    """CloudFormation does not know what functions stored; other stages keep theirs."""
    with mock_aws():
        target = with_services(FakeTarget(), "secretsmanager")
        secrets = target.client("secretsmanager")
        ours = [f"echostream-staging-staging/{part}/acme/1" for part in ("destination", "source")]
        others = ["echostream-staging-staging2/source/acme/1", "echostream-staging-okta"]
        for name in (*ours, *others):
            secrets.create_secret(Name=name, SecretString="s")
        assert data_resources.delete_secrets(target) == "2 secrets, deleted in 7 days"
        assert {one["Name"] for one in secrets.list_secrets()["SecretList"]} == set(others)
        assert data_resources.delete_secrets(target).startswith("0 secrets")
