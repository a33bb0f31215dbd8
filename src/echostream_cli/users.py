"""Users of a pool and the tenants that they are members of; the demo tenant's users."""

import json
import secrets
import string
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.table_keys import member_key
from echostream.domain.errors import EchoStreamError
from echostream_cli.errors import UserError
from echostream_cli.settings import Settings
from echostream_cli.target import Target

DEMO_USER = "demo"
DEMO_TENANT = "demo"
UNUSED = timedelta(0)
"""How long documents are kept, which members are not."""


def demo_secret(stack_name: str) -> str:
    """The secret that holds the demo user's password."""
    return f"{stack_name}-local-{DEMO_USER}"


def demo_password(settings: Settings) -> str:
    """The demo user's password: made up once for a sandbox, kept in its Secrets Manager.

    There every part finds it, in whichever container or process it runs.
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
    """Have both users in the pool, with their passwords, as members of the demo tenant."""
    _ensure_user(settings, outputs, DEMO_USER, demo_password(settings))
    if "ProducerSecretArn" in outputs:
        login = _producer_login(settings, outputs["ProducerSecretArn"])
        _ensure_user(settings, outputs, login["username"], login["password"])


def _ensure_user(settings: Settings, outputs: dict[str, str], username: str, password: str) -> None:
    cognito = settings.target.client("cognito-idp")
    sub = have_user(cognito, outputs["UserPoolId"], username, password)
    store(settings, outputs["TableName"]).add_member(sub, DEMO_TENANT)


def have_user(cognito: Any, pool: str, username: str, password: str) -> str:
    """Have a user with a password that lasts, in any pool; the user's unchanging id."""
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
    return str(next(attribute["Value"] for attribute in user if attribute["Name"] == "sub"))


def store(settings: Settings, table: str) -> DynamoDBStore:
    """The documents table, as its administrator sees it."""
    retention = timedelta(days=settings.retention_days)
    return DynamoDBStore(settings.target.client("dynamodb"), table, retention)


def _producer_login(settings: Settings, secret: str) -> dict[str, str]:
    """The producer's login. The emulator may generate a password that lacks a kind of character
    which the user pool asks for, whatever the template says; then it gets another."""
    secrets_manager = settings.target.client("secretsmanager")
    found = secrets_manager.get_secret_value(SecretId=secret)
    login: dict[str, str] = json.loads(found["SecretString"])
    if not has_every_kind(login["password"]):
        login["password"] = new_password()
        secrets_manager.put_secret_value(SecretId=secret, SecretString=json.dumps(login))
    return login


def has_every_kind(password: str) -> bool:
    """Whether a password has a digit, a small and a capital letter, and something else."""
    kinds = (str.isdigit, str.islower, str.isupper, lambda letter: not letter.isalnum())
    return all(any(kind(letter) for letter in password) for kind in kinds)


def new_password() -> str:
    """Long enough not to be guessed, with one of each kind that the pool asks for."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(20)) + "aA1-"


def create(target: Target, name: str, tenant: str) -> str:
    """Have a user in a tenant, with a new password, which is returned. Raises `UserError`."""
    outputs = target.outputs()
    password = new_password()
    try:
        sub = have_user(target.client("cognito-idp"), outputs["UserPoolId"], name, password)
        store = DynamoDBStore(target.client("dynamodb"), outputs["TableName"], UNUSED)
        store.add_member(sub, tenant)
    except (ClientError, BotoCoreError, EchoStreamError) as error:
        raise UserError(f"{name} was not let in: {target.unreachable(error)}") from error
    return password


def delete(target: Target, name: str) -> None:
    """Remove a user and what the table says of whose member it was."""
    outputs = target.outputs()
    cognito, pool = target.client("cognito-idp"), outputs["UserPoolId"]
    user = cognito.admin_get_user(UserPoolId=pool, Username=name)
    sub = next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub")
    table = outputs["TableName"]
    target.client("dynamodb").delete_item(TableName=table, Key=member_key(sub))
    cognito.admin_delete_user(UserPoolId=pool, Username=name)
