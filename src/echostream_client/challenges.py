"""Sign-in of a person with name and password, and what the user pool may ask for afterwards.

The method `answer` of a challenge returns the session or the next challenge: for example a new
password, then the setup of an authenticator app. A challenge stays open after an error of kind
`weak` or `code`. After one of kind `wrong` it has expired, and the sign-in starts again.
Format: "RespondToAuthChallenge" in the Amazon Cognito user pools API Reference.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from echostream_client import totp
from echostream_client.cognito import SignInFailed
from echostream_client.pool_calls import call
from echostream_client.session import Session

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class _Challenge:
    """A question of the user pool to a person who signs in."""

    name: str

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

    def _respond(self, **responses: str) -> "SignIn":
        response = call(
            self._cognito.respond_to_auth_challenge,
            ClientId=self._client_id,
            ChallengeName=self.name,
            Session=self._session,
            ChallengeResponses={"USERNAME": self._username, **responses},
        )
        return _next(self._cognito, self._client_id, self._username, response)


class NewPassword(_Challenge):
    """The pool requires a new password before it signs this person in."""

    name = "NEW_PASSWORD_REQUIRED"

    def answer(self, password: str) -> "SignIn":
        """Set the new password. Raises `SignInFailed`, also of kind `weak`."""
        return self._respond(NEW_PASSWORD=password)


class CodeRequired(_Challenge):
    """The pool requires the code that the person's authenticator app shows."""

    name = "SOFTWARE_TOKEN_MFA"

    def answer(self, code: str) -> "SignIn":
        """Send the code. Raises `SignInFailed`, also of kind `code`."""
        return self._respond(SOFTWARE_TOKEN_MFA_CODE=code)


class AppRequired(_Challenge):
    """The pool requires that the person sets up an authenticator app, with this secret."""

    name = "MFA_SETUP"

    def __init__(
        self,
        cognito: "CognitoIdentityProviderClient",
        client_id: str,
        username: str,
        session: str,
    ) -> None:
        super().__init__(cognito, client_id, username, session)
        response = call(cognito.associate_software_token, Session=session)
        self.secret = str(response["SecretCode"])
        self._session = str(response["Session"])
        self._is_verified = False

    @property
    def uri(self) -> str:
        """The address with which an authenticator app takes over the secret."""
        return totp.uri(self.secret, self._username)

    def answer(self, code: str) -> "SignIn":
        """Send a code of the app. Raises `SignInFailed`, also of kind `code`."""
        if not self._is_verified:
            response = call(
                self._cognito.verify_software_token, Session=self._session, UserCode=code
            )
            self._session, self._is_verified = str(response["Session"]), True
        return self._respond()


Challenge = NewPassword | CodeRequired | AppRequired
SignIn = Session | Challenge
"""What follows an answer: the session, or the next challenge."""

_CHALLENGES: Mapping[str, type[NewPassword] | type[CodeRequired] | type[AppRequired]] = {
    kind.name: kind for kind in (NewPassword, CodeRequired, AppRequired)
}


def sign_in(
    cognito: "CognitoIdentityProviderClient", client_id: str, username: str, password: str
) -> SignIn:
    """Sign in with name and password. Raises `SignInFailed`."""
    response = call(
        cognito.initiate_auth,
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return _next(cognito, client_id, username, response)


def _next(
    cognito: "CognitoIdentityProviderClient",
    client_id: str,
    username: str,
    response: Mapping[str, Any],
) -> SignIn:
    """What follows a response. Raises `SignInFailed` for a challenge that is not supported."""
    if result := response.get("AuthenticationResult"):
        return Session(cognito, client_id, result)
    name = str(response.get("ChallengeName"))
    if name not in _CHALLENGES:
        raise SignInFailed(f"the user pool requires {name}, which is not supported", "unsupported")
    return _CHALLENGES[name](cognito, client_id, username, str(response["Session"]))
