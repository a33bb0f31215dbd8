"""Gives a machine user another password: `make rotate`, or `make rotate WHO=demo`.

    1. a new password is kept in the secret, as AWSPENDING      nobody uses it yet
    2. the user pool takes it                                   the old one is refused from here
    3. it is tried
    4. the secret says that it is the current one

Whoever signs in with the secret tries its current password, and where that is refused the pending
one, so every moment between these lines works. Run again after a crash, the command goes on with
the password that is pending. Whoever is signed in stays so until their token ends (an hour at
most); refresh tokens end at once.
"""

import json
from typing import Any

from echostream_cli import users
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from echostream_client.cognito import SignedInUser

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
WHO = ("producer", "demo")


class Secret:
    """A password in Secrets Manager, alone or under `password` in a JSON object."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def current(self) -> tuple[str, str]:
        """The version that counts, and what it holds. Raises `UserError` where none is."""
        found = self._version(CURRENT)
        if found is None:
            raise UserError(f"there is no secret {self._name}; nothing to rotate")
        return found

    def pending(self) -> tuple[str, str]:
        """The version that is about to count: what an earlier run left, else a new one."""
        version, text = self.current()
        left = self._version(PENDING)
        if left and left[0] != version:
            return left
        new = with_password(text, users.new_password())
        made = self._client.put_secret_value(
            SecretId=self._name, SecretString=new, VersionStages=[PENDING]
        )
        return str(made["VersionId"]), new

    def promote(self, version: str) -> None:
        """Makes a pending version the one that counts; the one before stays as AWSPREVIOUS."""
        before, _ = self.current()
        self._client.update_secret_version_stage(
            SecretId=self._name,
            VersionStage=CURRENT,
            MoveToVersionId=version,
            RemoveFromVersionId=before,
        )
        self._client.update_secret_version_stage(
            SecretId=self._name, VersionStage=PENDING, RemoveFromVersionId=version
        )

    def _version(self, stage: str) -> tuple[str, str] | None:
        try:
            found = self._client.get_secret_value(SecretId=self._name, VersionStage=stage)
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return str(found["VersionId"]), str(found["SecretString"])


def with_password(secret: str, password: str) -> str:
    """A secret of the same form with another password."""
    return (
        json.dumps({**json.loads(secret), "password": password}) if _is_json(secret) else password
    )


def login_of(secret: str, username: str) -> tuple[str, str]:
    """Who signs in with a secret, and how; `username` where the secret does not say."""
    if not _is_json(secret):
        return username, secret
    login = json.loads(secret)
    return login["username"], login["password"]


def _is_json(secret: str) -> bool:
    return secret.startswith("{")


def rotate(secret: Secret, cognito: Any, pool: str, client_id: str, who: str) -> None:
    """Has a user sign in with another password from now on. Raises `SignInFailed`."""
    with step("a new password in the secret"):
        version, text = secret.pending()
    username, password = login_of(text, who)
    with step("the user pool takes it"):
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=username, Password=password, Permanent=True
        )
    with step("signing in with it"):
        SignedInUser(cognito, client_id, username, password).token()
    with step("the secret's current one"):
        secret.promote(version)
    with step("ending refresh tokens"):
        cognito.admin_user_global_sign_out(UserPoolId=pool, Username=username)


def secret_name(who: str, target: Target, outputs: dict[str, str]) -> str:
    """The secret that holds a machine user's password. Raises `UserError` where it has none."""
    if who == "demo":
        return users.demo_secret(target.stack_name)
    if "ProducerSecretArn" not in outputs:
        raise UserError("this deployment has no producer; switch it on (PRODUCER=on)")
    return outputs["ProducerSecretArn"]
