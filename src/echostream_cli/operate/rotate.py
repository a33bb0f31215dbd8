"""Rotates the password of a machine user: `make rotate`, or `make rotate WHO=demo`.

    1. Store a new password in the secret as AWSPENDING.
    2. Set it in the user pool, which from now on rejects the old one.
    3. Sign in with it.
    4. Make it AWSCURRENT in the secret.

A program that uses the secret tries the current password and, if that is rejected, the pending
one; therefore sign-in works between all steps. After a crash the command continues with the
pending password. ID tokens stay valid until they expire (after 15 minutes at most); refresh tokens
become invalid at once.
"""

import json
from typing import Any

from echostream.domain.passwords import new_password
from echostream_cli import users
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from echostream_client.cognito import SignedInUser

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
WHO = ("producer", "demo")


class Secret:
    """A secret in Secrets Manager: a password, or a JSON object with `username` and `password`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def current(self) -> tuple[str, str]:
        """Version id and content of the current version. Raises `UserError` if it is missing."""
        version = self._get_version(CURRENT)
        if version is None:
            raise UserError(f"there is no secret {self._name}; nothing to rotate")
        return version

    def pending(self) -> tuple[str, str]:
        """Version id and content of the pending version, from an earlier run or created now."""
        current_id, content = self.current()
        pending = self._get_version(PENDING)
        if pending and pending[0] != current_id:
            return pending
        new_content = with_password(content, new_password())
        response = self._client.put_secret_value(
            SecretId=self._name, SecretString=new_content, VersionStages=[PENDING]
        )
        return str(response["VersionId"]), new_content

    def promote(self, version: str) -> None:
        """Make a pending version the current one; the previous one becomes AWSPREVIOUS."""
        current_id, _ = self.current()
        self._client.update_secret_version_stage(
            SecretId=self._name,
            VersionStage=CURRENT,
            MoveToVersionId=version,
            RemoveFromVersionId=current_id,
        )
        self._client.update_secret_version_stage(
            SecretId=self._name, VersionStage=PENDING, RemoveFromVersionId=version
        )

    def _get_version(self, stage: str) -> tuple[str, str] | None:
        try:
            response = self._client.get_secret_value(SecretId=self._name, VersionStage=stage)
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return str(response["VersionId"]), str(response["SecretString"])


def with_password(secret: str, password: str) -> str:
    """A secret of the same form with another password."""
    if not _is_json(secret):
        return password
    return json.dumps({**json.loads(secret), "password": password})


def login_of(secret: str, username: str) -> tuple[str, str]:
    """User name and password of a secret; `username` if the secret is only a password."""
    if not _is_json(secret):
        return username, secret
    login = json.loads(secret)
    return login["username"], login["password"]


def _is_json(secret: str) -> bool:
    return secret.startswith("{")


def rotate(secret: Secret, cognito: Any, pool: str, client_id: str, who: str) -> None:
    """Rotate a user's password. Raises `SignInFailed` if the new password does not work."""
    with step("storing a new password"):
        version, content = secret.pending()
    username, password = login_of(content, who)
    with step("setting it in the user pool"):
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=username, Password=password, Permanent=True
        )
    with step("signing in with it"):
        SignedInUser(cognito, client_id, username, password).token()
    with step("making it the current password"):
        secret.promote(version)
    with step("revoking refresh tokens"):
        cognito.admin_user_global_sign_out(UserPoolId=pool, Username=username)


def secret_name(who: str, target: Target, outputs: dict[str, str]) -> str:
    """The name of a machine user's secret. Raises `UserError` if there is no such user."""
    if who == "demo":
        return users.demo_secret(target.stack_name)
    if "ProducerSecretArn" not in outputs:
        raise UserError("this deployment has no producer; enable it with PRODUCER=on")
    return outputs["ProducerSecretArn"]
