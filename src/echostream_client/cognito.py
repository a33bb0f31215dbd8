"""Users of the Cognito user pool: sign-in with a password, and its errors."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import EchoStreamError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

RENEW_BEFORE = 60.0
"""Seconds before its end at which a token is replaced."""


class SignInFailed(EchoStreamError):
    """The user pool did not let somebody in, or did not answer.

    `kind` is for telling a person: wrong, locked, reset, weak, busy, unsupported, unreadable,
    unreachable, failed, or ended where they were in. `detail` is what the pool said.
    """

    def __init__(self, message: str, kind: str = "failed", detail: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.detail = detail


class WrongPassword(SignInFailed):
    """The user pool answered, and did not take the password."""


class SignedInUser:
    """A user of the pool whose ID token is fetched when needed and renewed before it ends.

    `passwords` reads what the password may be by now, and is asked where it is not taken any more.
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
        self._ends = 0.0

    def token(self) -> str:
        """An ID token that is good for a minute at least. Raises `SignInFailed`."""
        if time.monotonic() > self._ends - RENEW_BEFORE:
            self._sign_in()
        return self._token

    def renew(self) -> None:
        """Sign in anew. Raises `SignInFailed`."""
        self._sign_in()

    def _sign_in(self) -> None:
        try:
            self._sign_in_with(self._password)
        except WrongPassword:
            tried = {self._password}
            for password in self._passwords():
                if password not in tried and self._is_taken(password):
                    return
                tried.add(password)
            raise

    def _is_taken(self, password: str) -> bool:
        try:
            self._sign_in_with(password)
        except WrongPassword:
            return False
        self._password = password
        return True

    def _sign_in_with(self, password: str) -> None:
        try:
            answer = self._cognito.initiate_auth(
                ClientId=self._client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": self._username, "PASSWORD": password},
            )
            result = answer["AuthenticationResult"]
        except (ClientError, BotoCoreError, KeyError) as error:
            raise _failed(f"cannot sign in as {self._username}: {error}", error) from error
        self._token = result["IdToken"]
        self._ends = time.monotonic() + result["ExpiresIn"]


def _failed(message: str, error: Exception) -> SignInFailed:
    refused = isinstance(error, ClientError) and error.response.get("Error", {}).get("Code")
    return (WrongPassword if refused == "NotAuthorizedException" else SignInFailed)(message)
