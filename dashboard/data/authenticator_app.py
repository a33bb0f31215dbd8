"""The authenticator app of the viewer, where the deployment makes it optional."""

from dashboard.data.errors import translate_errors
from echostream_client import authenticator_app
from echostream_client.authenticator_app import AppSetup
from echostream_client.session import Session


def is_on(session: Session) -> bool:
    """Whether sign-in needs a code. Raises `ServiceError`."""
    with translate_errors():
        return authenticator_app.is_on(session)


def set_up(session: Session) -> AppSetup:
    """A new secret, which takes effect with `confirm`. Raises `ServiceError`."""
    with translate_errors():
        return AppSetup(session)


def confirm(setup: AppSetup, code: str) -> None:
    """Require a code at each sign-in from now on. Raises `ServiceError`."""
    with translate_errors():
        setup.confirm(code)


def turn_off(session: Session) -> None:
    """Sign in with the password alone from now on. Raises `ServiceError`."""
    with translate_errors():
        authenticator_app.turn_off(session)
