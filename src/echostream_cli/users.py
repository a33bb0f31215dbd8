"""Users of a user pool and their tenants; the users of the demo tenant."""

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
    return str(next(attribute["Value"] for attribute in user if attribute["Name"] == "sub"))


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
    sub = next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub")
    table = outputs["TableName"]
    target.client("dynamodb").delete_item(TableName=table, Key=member_key(sub))
    cognito.admin_delete_user(UserPoolId=pool, Username=name)
