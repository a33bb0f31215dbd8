"""Generated passwords, and the list of users."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream_cli import users
from echostream_cli.operate import user_commands
from echostream_cli.target import Target
from echostream_cli.users import has_every_kind, new_password

TABLE = "documents"
CREATED = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("password", ["aA-aA-", "a1-a1-", "A1-A1-", "aA1aA1", ""])
def test_password_without_a_kind_of_character_is_detected(password):
    """A digit, a lower and an upper case letter, and a symbol are required."""
    assert not has_every_kind(password)


def test_new_passwords_are_valid_long_and_different():
    """The user pool accepts each of 200 passwords, and no two are equal."""
    passwords = [new_password() for _ in range(200)]
    assert all(has_every_kind(password) and len(password) >= 20 for password in passwords)
    assert len(set(passwords)) == len(passwords)


class UserPool:
    """A user pool whose list has one user on each page."""

    def __init__(self):
        self.users = []

    def add(self, name, is_enabled=True, status="CONFIRMED"):
        """Add a user; the user's `sub`."""
        self.users.append(
            {
                "Username": name,
                "Attributes": [
                    {"Name": "email", "Value": "x"},
                    {"Name": "sub", "Value": f"s-{name}"},
                ],
                "UserStatus": status,
                "Enabled": is_enabled,
                "UserCreateDate": CREATED,
            }
        )
        return f"s-{name}"

    def get_paginator(self, operation):
        assert operation == "list_users"
        return self

    def paginate(self, UserPoolId):  # noqa: N803
        return [{"Users": [user]} for user in self.users]


@dataclass(frozen=True)
class StageTarget(Target):
    """A stage with known outputs, a fake user pool, and moto's table."""

    pool: UserPool = field(default_factory=UserPool)

    def outputs(self):
        return {"TableName": TABLE, "UserPoolId": "pool"}

    def client(self, service, config=None, credentials=None):
        if service == "cognito-idp":
            return self.pool
        return boto3.client(service, "us-east-1")


@pytest.fixture
def target(monkeypatch):
    """A stage with an empty user pool, and a table with one document."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        keys = (("pk", "HASH"), ("sk", "RANGE"))
        dynamodb: Any = boto3.client("dynamodb", "us-east-1")
        dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n, _ in keys],
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        document = {"pk": {"S": "doc#acme#1"}, "sk": {"S": "doc"}, "text": {"S": "x" * 1000}}
        dynamodb.put_item(TableName=TABLE, Item=document)
        yield StageTarget("echostream-prod", "prod", "us-east-1")


def add_member(target, sub):
    DynamoDBStore(target.client("dynamodb"), TABLE, timedelta(0), 1).add_member(sub, "acme")


def test_list_has_tenant_and_state_of_each_user(target):
    """By name, over several pages."""
    for name in ("cy", "ann", "bob"):
        add_member(target, target.pool.add(name))
    assert users.list_all(target) == [
        users.User(f"s-{name}", "acme", name, "CONFIRMED", True, CREATED)
        for name in ("ann", "bob", "cy")
    ]


def test_list_shows_users_without_a_tenant_and_members_without_a_user(target, capsys):
    """And that a user is disabled."""
    add_member(target, target.pool.add("ann", is_enabled=False))
    add_member(target, "deleted")
    target.pool.add("eve", status="FORCE_CHANGE_PASSWORD")
    listed = users.list_all(target)
    assert [(user.name, user.tenant) for user in listed] == [
        ("ann", "acme"),
        ("eve", None),
        (None, "acme"),
    ]
    assert json.loads(json.dumps(asdict(listed[-1]))) == {
        "sub": "deleted",
        "tenant": "acme",
        "name": None,
        "status": None,
        "is_enabled": None,
        "created_at": None,
    }
    user_commands.show(listed)
    head, _, ann, eve, deleted = capsys.readouterr().out.splitlines()
    assert head.split() == ["user", "tenant", "status", "created"]
    assert "CONFIRMED, disabled" in ann
    assert "(no tenant)  FORCE_CHANGE_PASSWORD" in eve
    assert deleted.split() == ["deleted", "acme", *["not", "in", "the", "user", "pool"]]
