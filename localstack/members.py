"""Users of the demo tenant: a person who looks, and a machine that sends."""

import json
import secrets
import string
from datetime import timedelta
from pathlib import Path
from typing import Any

from echostream.dynamodb import DynamoDBStore
from localstack import deploy
from localstack.settings import Settings

DEMO_USER = "demo"
DEMO_TENANT = "demo"


def demo_password(settings: Settings) -> str:
    """The demo user's password: made up once for a sandbox, readable by its owner alone."""
    path = settings.data / "demo-password"
    if not path.exists():
        _write_private(path, _new_password())
    return path.read_text()


def ensure(settings: Settings, outputs: dict[str, str]) -> None:
    """Have both users in the pool, with their passwords, as members of the demo tenant."""
    _ensure_user(settings, outputs, DEMO_USER, demo_password(settings))
    if "ProducerSecretArn" in outputs:
        found = deploy.client(settings, "secretsmanager").get_secret_value(
            SecretId=outputs["ProducerSecretArn"]
        )
        login = json.loads(found["SecretString"])
        _ensure_user(settings, outputs, login["username"], login["password"])


def _ensure_user(settings: Settings, outputs: dict[str, str], username: str, password: str) -> None:
    cognito = deploy.client(settings, "cognito-idp")
    pool = outputs["UserPoolId"]
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
    sub = next(attribute["Value"] for attribute in user if attribute["Name"] == "sub")
    store(settings, outputs["TableName"]).add_member(sub, DEMO_TENANT)


def store(settings: Settings, table: str) -> DynamoDBStore:
    """The fast table, as its administrator sees it."""
    retention = timedelta(days=settings.retention_days)
    return DynamoDBStore(deploy.client(settings, "dynamodb"), table, retention)


def _new_password() -> str:
    """Long enough not to be guessed, with one of each kind that the pool asks for."""
    letters = string.ascii_letters + string.digits
    return "".join(secrets.choice(letters) for _ in range(20)) + "aA1-"


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
