"""Rotates the password of the demo user while programs are signed in: `make rotate`.

    1. Store a new password in the secret as AWSPENDING.
    2. Set it in the user pool, which from now on rejects the old one.
    3. Sign in with it.
    4. Make it AWSCURRENT in the secret.

A program that uses the secret tries the current password and, if that is rejected, the pending
one; therefore sign-in works between all steps. After a crash the command continues with the
pending password. ID tokens stay valid until they expire (after 15 minutes at most); refresh tokens
become invalid at once.
"""

from typing import Any

from echostream.domain.passwords import new_password
from echostream_cli.console import step
from echostream_cli.errors import UserError
from echostream_client.cognito import SignedInUser

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class Secret:
    """A secret in Secrets Manager whose content is a password."""

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
        current_id, _ = self.current()
        pending = self._get_version(PENDING)
        if pending and pending[0] != current_id:
            return pending
        password = new_password()
        response = self._client.put_secret_value(
            SecretId=self._name, SecretString=password, VersionStages=[PENDING]
        )
        return str(response["VersionId"]), password

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


def rotate(secret: Secret, cognito: Any, pool: str, client_id: str, username: str) -> None:
    """Rotate a user's password. Raises `SignInFailed` if the new password does not work."""
    with step("storing a new password"):
        version, password = secret.pending()
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
