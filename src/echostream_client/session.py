"""A person's stay: signed in once with a password that is not kept, renewed, signed out."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_client.cognito import RENEW_BEFORE, SignInFailed

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

KINDS = {
    "InvalidPasswordException": "weak",
    "LimitExceededException": "locked",
    "NotAuthorizedException": "wrong",
    "PasswordResetRequiredException": "reset",
    "TooManyRequestsException": "busy",
    "UserNotConfirmedException": "reset",
    "UserNotFoundException": "wrong",
}
"""What the pool's errors mean to the person; the page in `site/` tells them apart alike."""


class Session:
    """One person, signed in. May be used by several threads."""

    def __init__(
        self,
        cognito: "CognitoIdentityProviderClient",
        client_id: str,
        result: Mapping[str, Any],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cognito = cognito
        self._client_id = client_id
        self._clock = clock
        self._lock = threading.Lock()
        self._refresh = ""
        self._keep(result)

    @property
    def subject(self) -> str:
        """Who it is, as the pool names them."""
        return str(self._claims.get("sub", ""))

    @property
    def username(self) -> str:
        """Who it is, as they sign in."""
        return str(self._claims.get("cognito:username", ""))

    @property
    def tenant(self) -> str:
        """Whose data they may see, as the last token says; empty for a member of no tenant."""
        return str(self._claims.get("tenant_id", ""))

    def token(self) -> str:
        """An ID token that is good for a minute. Raises `SignInFailed`, `ended` among its kinds."""
        with self._lock:
            if self._clock() > self._ends - RENEW_BEFORE:
                self._renew()
            return self._token

    def renew(self) -> None:
        """Get a new token, where the API refuses the one that there is. Raises `SignInFailed`."""
        with self._lock:
            self._renew()

    def end(self) -> None:
        """Forget the tokens, and have the pool do so too; without its answer they still go."""
        with self._lock:
            refresh, self._refresh, self._token, self._ends = self._refresh, "", "", 0.0
        if not refresh:
            return
        try:
            self._cognito.revoke_token(Token=refresh, ClientId=self._client_id)
        except (ClientError, BotoCoreError):
            return  # it is forgotten here, and ends by itself

    def _renew(self) -> None:
        if not self._refresh:
            raise SignInFailed("the session has ended", "ended")
        given = {"REFRESH_TOKEN": self._refresh}
        try:
            answer = _call(
                self._cognito.initiate_auth,
                ClientId=self._client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters=given,
            )
        except SignInFailed as error:
            if error.kind != "wrong":
                raise
            self._refresh = ""
            raise SignInFailed("the session has ended", "ended") from error
        self._keep(answer["AuthenticationResult"])

    def _keep(self, result: Mapping[str, Any]) -> None:
        self._token = str(result["IdToken"])
        self._claims = claims(self._token, self._client_id)
        self._refresh = str(result.get("RefreshToken") or self._refresh)
        self._ends = self._clock() + float(result["ExpiresIn"])


class NewPassword:
    """The pool wants another password before it lets this person in."""

    def __init__(
        self,
        cognito: "CognitoIdentityProviderClient",
        client_id: str,
        username: str,
        session: str,
    ) -> None:
        self._cognito = cognito
        self._client_id = client_id
        self._username = username
        self._session = session

    def answer(self, password: str) -> Session:
        """Choose it, and be signed in. Raises `SignInFailed`, `weak` among its kinds."""
        answer = _call(
            self._cognito.respond_to_auth_challenge,
            ClientId=self._client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=self._session,
            ChallengeResponses={"USERNAME": self._username, "NEW_PASSWORD": password},
        )
        return Session(self._cognito, self._client_id, _result(answer))


def sign_in(
    cognito: "CognitoIdentityProviderClient", client_id: str, username: str, password: str
) -> Session | NewPassword:
    """Sign in with name and password. Raises `SignInFailed`."""
    answer = _call(
        cognito.initiate_auth,
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    if answer.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
        return NewPassword(cognito, client_id, username, str(answer["Session"]))
    return Session(cognito, client_id, _result(answer))


def claims(id_token: str, client_id: str) -> dict[str, Any]:
    """What an ID token says that the pool itself has just handed over.

    Its sender is known from the connection (OpenID Connect Core, 3.1.3.7, 6), so no signature is
    checked here; the API checks it on every call. Raises `SignInFailed` for a token that is none,
    or another application's.
    """
    try:
        payload = id_token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        meant = (found["token_use"], found["aud"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise SignInFailed("the pool's answer is no ID token", "unreadable") from error
    if meant != ("id", client_id):
        raise SignInFailed("the pool's answer is for another application", "unreadable")
    return dict(found)


def _result(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tokens in an answer; a challenge that nobody here can meet is in the way otherwise."""
    result: Mapping[str, Any] | None = answer.get("AuthenticationResult")
    if not result:
        name = answer.get("ChallengeName")
        raise SignInFailed(f"the pool asks for {name}, which is not known here", "unsupported")
    return result


def _call(operation: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = operation(**arguments)
    except ClientError as error:
        said = error.response.get("Error", {})
        message = str(said.get("Message", ""))
        kind = KINDS.get(str(said.get("Code")), "failed")
        if "attempts exceeded" in message.lower():
            kind = "locked"
        raise SignInFailed(f"the pool refused: {error}", kind, message) from error
    except BotoCoreError as error:
        raise SignInFailed(f"the pool gave no answer: {error}", "unreachable") from error
    return answer
