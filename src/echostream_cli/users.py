"""Users of a user pool and their tenants; the users of the demo tenant.

The user pool has a user's name and password. The directory of members, in the documents table, has
the user's tenant, under the user's `sub`.
"""

import json
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_items import member_from_item
from echostream.adapters.table_keys import member_key, members_scan
from echostream.domain.errors import EchoStreamError
from echostream_cli.errors import UserError
from echostream_cli.settings import Settings
from echostream_cli.target import Target

DEMO_USER = "demo"
DEMO_TENANT = "demo"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the user pool, a member of the directory, or usually both.

    `tenant` is None for a user who is no member, and can read no documents. `name`, `status`
    (Cognito's), `is_enabled` and `created_at` are None for a member who is not in the user pool.
    """

    sub: str
    tenant: str | None
    name: str | None = None
    status: str | None = None
    is_enabled: bool | None = None
    created_at: datetime | None = None


def demo_secret(stack_name: str) -> str:
    """The name of the secret with the demo user's password."""
    return f"{stack_name}-local-{DEMO_USER}"


def demo_password(settings: Settings) -> str:
    """The demo user's password, generated once per sandbox.

    It is in the sandbox's Secrets Manager, which every container and process can read.
    """
    secrets_manager = settings.target.client("secretsmanager")
    name = demo_secret(settings.stack_name)
    try:
        return str(secrets_manager.get_secret_value(SecretId=name)["SecretString"])
    except secrets_manager.exceptions.ResourceNotFoundException:
        password = new_password()
        secrets_manager.create_secret(Name=name, SecretString=password)
        return password


def ensure(settings: Settings, outputs: dict[str, str]) -> None:
    """Create the demo user and the producer's user if needed, as members of the demo tenant."""
    _ensure_user(settings, outputs, DEMO_USER, demo_password(settings))
    if "ProducerSecretArn" in outputs:
        login = _producer_login(settings, outputs["ProducerSecretArn"])
        _ensure_user(settings, outputs, login["username"], login["password"])


def _ensure_user(settings: Settings, outputs: dict[str, str], username: str, password: str) -> None:
    cognito = settings.target.client("cognito-idp")
    sub = ensure_user(cognito, outputs["UserPoolId"], username, password)
    members(settings.target, outputs["TableName"]).add_member(sub, DEMO_TENANT)


def ensure_user(cognito: Any, pool: str, username: str, password: str) -> str:
    """Create a user if needed, set a permanent password, and return the user's `sub`."""
    try:
        user: Any = cognito.admin_get_user(UserPoolId=pool, Username=username)["UserAttributes"]
    except cognito.exceptions.UserNotFoundException:
        user = cognito.admin_create_user(
            UserPoolId=pool,
            Username=username,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
        )["User"]["Attributes"]
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=username, Password=password, Permanent=True
    )
    return _sub_of(user)


def _sub_of(attributes: Any) -> str:
    return str(next(a["Value"] for a in attributes if a["Name"] == "sub"))


def members(target: Target, table: str) -> DynamoDBStore:
    """The documents table for its members, which have neither retention nor shards."""
    return DynamoDBStore(target.client("dynamodb"), table, timedelta(0), shards=1)


def _producer_login(settings: Settings, secret: str) -> dict[str, str]:
    """The producer's login, with a password that the user pool accepts.

    The emulator ignores the template's rule that a generated password has every kind of character.
    """
    secrets_manager = settings.target.client("secretsmanager")
    response = secrets_manager.get_secret_value(SecretId=secret)
    login: dict[str, str] = json.loads(response["SecretString"])
    if not has_every_kind(login["password"]):
        login["password"] = new_password()
        secrets_manager.put_secret_value(SecretId=secret, SecretString=json.dumps(login))
    return login


def has_every_kind(password: str) -> bool:
    """Whether a password has a digit, a lower and an upper case letter, and a symbol."""
    kinds = (str.isdigit, str.islower, str.isupper, lambda letter: not letter.isalnum())
    return all(any(kind(letter) for letter in password) for kind in kinds)


def new_password() -> str:
    """A random password with at least one character of each kind that the user pool requires."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(20)) + "aA1-"


def create(target: Target, name: str, tenant: str) -> str:
    """Create a user if needed, as a member of a tenant; return the new password.

    Raises `UserError`.
    """
    outputs = target.outputs()
    password = new_password()
    try:
        sub = ensure_user(target.client("cognito-idp"), outputs["UserPoolId"], name, password)
        members(target, outputs["TableName"]).add_member(sub, tenant)
    except (ClientError, BotoCoreError, EchoStreamError) as error:
        raise UserError(f"cannot create user {name}: {target.unreachable(error)}") from error
    return password


def delete(target: Target, name: str) -> None:
    """Delete a user and its membership in the documents table."""
    outputs = target.outputs()
    cognito, pool = target.client("cognito-idp"), outputs["UserPoolId"]
    user = cognito.admin_get_user(UserPoolId=pool, Username=name)
    table, key = outputs["TableName"], member_key(_sub_of(user["UserAttributes"]))
    target.client("dynamodb").delete_item(TableName=table, Key=key)
    cognito.admin_delete_user(UserPoolId=pool, Username=name)


def list_all(target: Target) -> list[User]:
    """All users and members, by name. Reads the whole documents table. Raises `UserError`."""
    outputs = target.outputs()
    try:
        tenants = dict(_list_members(target.client("dynamodb"), outputs["TableName"]))
        users = list(_list_users(target.client("cognito-idp"), outputs["UserPoolId"], tenants))
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot list users: {target.unreachable(error)}") from error
    subs = {user.sub for user in users}
    users += [User(sub, tenant) for sub, tenant in tenants.items() if sub not in subs]
    return sorted(users, key=lambda user: (user.name is None, user.name, user.sub))


def _list_users(cognito: Any, pool: str, tenants: dict[str, str]) -> Iterator[User]:
    for page in cognito.get_paginator("list_users").paginate(UserPoolId=pool):
        for user in page["Users"]:
            sub = _sub_of(user["Attributes"])
            yield User(
                sub,
                tenants.get(sub),
                user["Username"],
                user["UserStatus"],
                user["Enabled"],
                user["UserCreateDate"],
            )


def _list_members(dynamodb: Any, table: str) -> Iterator[tuple[str, str]]:
    """The `sub` and the tenant of each member."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, **members_scan()):
        yield from map(member_from_item, page["Items"])
