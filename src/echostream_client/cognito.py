"""Users of the Cognito user pool: sign-in with a password, and its errors."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import EchoStreamError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

RENEW_BEFORE = 60.0
"""Seconds before its expiry at which a token is replaced."""


MFA_CHALLENGES = ("SOFTWARE_TOKEN_MFA", "MFA_SETUP")
MFA = (
    "the user pool requires a code of an authenticator app, which a program cannot enter. Use a"
    " machine user: echostream machine create NAME --tenant TENANT"
)


class SignInFailed(EchoStreamError):
    """The sign-in failed, or the session ended.

    `kind` selects the message for a person: wrong, locked, reset, weak, code, busy, unsupported,
    unreadable, unreachable, failed, or ended. `detail` is the message of the user pool.
    """

    def __init__(self, message: str, kind: str = "failed", detail: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.detail = detail


class WrongPassword(SignInFailed):
    """The user pool refused the password."""


class SignedInUser:
    """A user of the pool. The ID token is fetched on first use and replaced before it expires.

    `passwords` returns passwords that may be valid by now; it is called if the password is refused.
    """

    def __init__(
        self,
        cognito: "CognitoIdentityProviderClient",
        client_id: str,
        username: str,
        password: str,
        passwords: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._cognito = cognito
        self._client_id = client_id
        self._username = username
        self._password = password
        self._passwords = passwords
        self._token = ""
        self._expires_at = 0.0

    def token(self) -> str:
        """An ID token that is valid for at least a minute. Raises `SignInFailed`."""
        if time.monotonic() > self._expires_at - RENEW_BEFORE:
            self._sign_in()
        return self._token

    def renew(self) -> None:
        """Sign in again. Raises `SignInFailed`."""
        self._sign_in()

    def _sign_in(self) -> None:
        try:
            self._sign_in_with(self._password)
        except WrongPassword:
            tried = {self._password}
            for password in self._passwords():
                if password not in tried and self._is_accepted(password):
                    return
                tried.add(password)
            raise

    def _is_accepted(self, password: str) -> bool:
        try:
            self._sign_in_with(password)
        except WrongPassword:
            return False
        self._password = password
        return True

    def _sign_in_with(self, password: str) -> None:
        try:
            response = self._cognito.initiate_auth(
                ClientId=self._client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": self._username, "PASSWORD": password},
            )
            if response.get("ChallengeName") in MFA_CHALLENGES:
                raise SignInFailed(f"cannot sign in as {self._username}: {MFA}", "unsupported")
            result = response["AuthenticationResult"]
        except (ClientError, BotoCoreError, KeyError) as error:
            raise _failed(f"cannot sign in as {self._username}: {error}", error) from error
        self._token = result["IdToken"]
        self._expires_at = time.monotonic() + result["ExpiresIn"]


def _failed(message: str, error: Exception) -> SignInFailed:
    code = isinstance(error, ClientError) and error.response.get("Error", {}).get("Code")
    return (WrongPassword if code == "NotAuthorizedException" else SignInFailed)(message)
