"""The session of a person who signed in: tokens, renewal, and sign-out."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_client.cognito import RENEW_BEFORE, SignInFailed
from echostream_client.pool_calls import call

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class Session:
    """A signed-in person. Thread-safe."""

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
        self._store(result)

    @property
    def subject(self) -> str:
        """The user's id in the pool."""
        return str(self._claims.get("sub", ""))

    @property
    def username(self) -> str:
        """The name that the user signs in with."""
        return str(self._claims.get("cognito:username", ""))

    @property
    def tenant(self) -> str:
        """The tenant in the last token; empty for a user without a tenant."""
        return str(self._claims.get("tenant_id", ""))

    @property
    def identity(self) -> str:
        """The member in the last token, as the audit log names them; empty for no member."""
        return str(self._claims.get("member", ""))

    @property
    def roles(self) -> frozenset[str]:
        """The roles in the last token."""
        return frozenset(str(self._claims.get("roles", "")).split())

    def token(self) -> str:
        """An ID token, valid for at least a minute. Raises `SignInFailed`, also of kind `ended`."""
        with self._lock:
            if self._clock() > self._expires_at - RENEW_BEFORE:
                self._renew()
            return self._token

    def renew(self) -> None:
        """Replace the token, because the API refused it. Raises `SignInFailed`."""
        with self._lock:
            self._renew()

    def end(self) -> None:
        """Delete the tokens here, and revoke the refresh token in the pool if it responds."""
        with self._lock:
            refresh, self._refresh, self._token, self._expires_at = self._refresh, "", "", 0.0
        if not refresh:
            return
        try:
            self._cognito.revoke_token(Token=refresh, ClientId=self._client_id)
        except (ClientError, BotoCoreError):
            return  # the pool's copy expires

    def call(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        """Call an operation on the person's user, by its name in boto3. Raises `SignInFailed`."""
        self.token()
        return call(getattr(self._cognito, operation), AccessToken=self._access, **arguments)

    def _renew(self) -> None:
        if not self._refresh:
            raise SignInFailed("the session has ended", "ended")
        try:
            response = call(
                self._cognito.initiate_auth,
                ClientId=self._client_id,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": self._refresh},
            )
        except SignInFailed as error:
            if error.kind != "wrong":
                raise
            self._refresh = ""
            raise SignInFailed("the session has ended", "ended") from error
        self._store(response["AuthenticationResult"])

    def _store(self, result: Mapping[str, Any]) -> None:
        self._token = str(result["IdToken"])
        self._claims = claims(self._token, self._client_id)
        self._access = str(result["AccessToken"])
        self._refresh = str(result.get("RefreshToken") or self._refresh)
        self._expires_at = self._clock() + float(result["ExpiresIn"])


def claims(id_token: str, client_id: str) -> dict[str, Any]:
    """The claims of an ID token that the pool itself has sent.

    The TLS connection authenticates the pool (OpenID Connect Core, 3.1.3.7, 6), so the signature is
    not checked here; the API checks it on every call. Raises `SignInFailed` unless the text is an
    ID token of this application.
    """
    try:
        payload = id_token.split(".")[1]
        content = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        use_and_audience = (content["token_use"], content["aud"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise SignInFailed("the user pool returned no ID token", "unreadable") from error
    if use_and_audience != ("id", client_id):
        raise SignInFailed("the user pool returned a token for another application", "unreadable")
    return dict(content)
