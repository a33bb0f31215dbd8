"""Generated passwords, the list of users, and the members of version 1.0."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from echostream.adapters.directory_items import former_member_item
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.domain.members import ALL_ROLES, Identity, Member, Role
from echostream.domain.passwords import has_every_kind, new_password
from echostream_cli import users
from echostream_cli.former_members import copy_former_members
from echostream_cli.target import Target
from echostream_cli.tenants import member_commands
from tests.unit.echostream_cli.filled_table import create_table

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
        """Add a user, whose `sub` is `s-<name>`; their identity."""
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
        return Identity("person", "pool", name)

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
        return {"TableName": TABLE, "UserPoolId": "pool", "UserPoolClientId": "people"}

    def stack(self):
        return None

    def resource(self, logical_id):
        return logical_id

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
        dynamodb: Any = boto3.client("dynamodb", "us-east-1")
        create_table(dynamodb, TABLE)
        document = {"pk": {"S": "doc#acme#1"}, "sk": {"S": "doc"}, "text": {"S": "x" * 1000}}
        dynamodb.put_item(TableName=TABLE, Item=document)
        yield StageTarget("echostream-prod", "prod", "us-east-1")


def add_member(target, identity, tenant="acme", roles=ALL_ROLES):
    users.ensure_tenant(target, tenant)
    member = Member(identity, tenant, roles, identity.name, CREATED)
    users.directory(target).add(member)
    return member


def test_list_has_tenant_roles_and_state_of_each_member(target):
    """By name, over several pages of the user pool, of all tenants or of one."""
    for name, tenant in (("cy", "acme"), ("ann", "globex"), ("bob", "acme")):
        add_member(target, target.pool.add(name), tenant)
    listed = users.list_all(target)
    assert [(user.name, user.member and user.member.tenant) for user in listed] == [
        ("ann", "globex"),
        ("bob", "acme"),
        ("cy", "acme"),
    ]
    assert all(user.person and user.person.created_at == CREATED for user in listed)
    assert [user.name for user in users.list_all(target, "acme")] == ["bob", "cy"]


def test_list_shows_users_without_a_tenant_and_members_without_a_user(target, capsys):
    """And that a user is disabled; a machine is in no list of users."""
    add_member(target, target.pool.add("ann", is_enabled=False))
    add_member(target, Identity("person", "pool", "deleted"), roles=frozenset({Role.READER}))
    add_member(target, Identity("machine", "pool", "client-1"), roles=frozenset({Role.WRITER}))
    target.pool.add("eve", status="FORCE_CHANGE_PASSWORD")
    member_commands.show(users.list_all(target))
    head, _, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["member", "kind", "tenant", "roles", "status"]
    assert rows == [
        ["ann", "person", "acme", "reader", "writer", "admin", "CONFIRMED,", "disabled"],
        ["client-1", "machine", "acme", "writer"],
        ["deleted", "person", "acme", "reader", *["not", "in", "the", "user", "pool"]],
        ["eve", "person", "(no", "tenant)", "FORCE_CHANGE_PASSWORD"],
    ]


def test_list_is_printed_for_scripts(target):
    """With the roles as a list; nothing of a user who is in the pool only is invented."""
    add_member(target, target.pool.add("ann"))
    target.pool.add("eve")
    ann, eve = (member_commands.to_wire(user) for user in users.list_all(target))
    assert (ann["tenant"], ann["roles"]) == ("acme", ["reader", "writer", "admin"])
    assert (eve["tenant"], eve["roles"], eve["added_at"]) == (None, [], None)
    json.dumps(ann, default=str)


@pytest.fixture
def former(target):
    """Two members of version 1.0, of two tenants, and one who is in no user pool any more."""
    for name, tenant in (("ann", "acme"), ("Bob", "globex")):
        target.pool.add(name)
        put(target, f"s-{name}", tenant)
    put(target, "s-deleted", "acme")
    return target


def put(target, subject, tenant):
    item = former_member_item(subject, tenant)
    target.client("dynamodb").put_item(TableName=TABLE, Item=item)


def test_members_of_version_1_are_copied(former):
    """With all roles, and their tenants; the names stay as the pool has them."""
    assert copy_former_members(former) == 2
    directory = users.directory(former)
    assert [tenant.name for tenant in directory.tenants()] == ["acme", "globex"]
    [ann], [bob] = directory.members("acme"), directory.members("globex")
    assert (ann.identity, ann.roles) == (Identity("person", "pool", "ann"), ALL_ROLES)
    assert bob.identity.name == "Bob"
    assert [tenant.admins for tenant in directory.tenants()] == [1, 1]


def test_members_are_copied_once(former):
    """A removed one does not come back, and no table is read again."""
    copy_former_members(former)
    directory = users.directory(former)
    directory.add(replace(directory.members("acme")[0], identity=Identity("person", "pool", "cy")))
    [ann] = [one for one in directory.members("acme") if one.identity.name == "ann"]
    directory.remove(ann)
    assert copy_former_members(former) == 0
    assert directory.member(ann.identity) is None


def test_copy_continues_after_a_crash(former, monkeypatch):
    """Those that are in the directory stay as they are."""
    monkeypatch.setattr(DynamoDBDirectory, "add", crash_at_the_second(DynamoDBDirectory.add))
    with pytest.raises(KeyboardInterrupt):
        copy_former_members(former)
    monkeypatch.undo()
    directory = users.directory(former)
    [first] = [m for tenant in ("acme", "globex") for m in directory.members(tenant)]
    assert copy_former_members(former) == 1
    assert directory.member(first.identity) == first


def crash_at_the_second(add):
    calls = []

    def add_or_crash(directory, member):
        calls.append(member)
        if len(calls) == 2:
            raise KeyboardInterrupt
        add(directory, member)

    return add_or_crash
