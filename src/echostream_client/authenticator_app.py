"""The authenticator app of a person who is signed in, where the user pool makes it optional.

Verifying a code only registers the app; the preference makes the pool ask for a code at the next
sign-in. Between the two calls the person signs in with the password alone, and can begin again.
"""

from echostream_client import totp
from echostream_client.session import Session

TOTP = "SOFTWARE_TOKEN_MFA"


class AppSetup:
    """A secret for an authenticator app, which takes effect after a correct code.

    Raises `SignInFailed`, like its method.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.secret = str(session.call("associate_software_token")["SecretCode"])
        self.uri = totp.uri(self.secret, session.username)

    def confirm(self, code: str) -> None:
        """Require a code at each sign-in. Raises `SignInFailed`, also of kind `code`."""
        self._session.call("verify_software_token", UserCode=code)
        _prefer(self._session, is_enabled=True)


def is_on(session: Session) -> bool:
    """Whether the pool asks this person for a code. Raises `SignInFailed`."""
    return TOTP in session.call("get_user").get("UserMFASettingList", [])


def turn_off(session: Session) -> None:
    """Sign in with the password alone from now on. Raises `SignInFailed`."""
    _prefer(session, is_enabled=False)


def _prefer(session: Session, *, is_enabled: bool) -> None:
    settings = {"Enabled": is_enabled, "PreferredMfa": is_enabled}
    session.call("set_user_mfa_preference", SoftwareTokenMfaSettings=settings)
