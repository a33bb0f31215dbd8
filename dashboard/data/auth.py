"""Who is signed in, and how they got in. Tokens are in the viewer's session and nowhere else."""

from dataclasses import dataclass

from botocore import UNSIGNED
from botocore.config import Config

from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError, translate_errors
from echostream.domain.model import is_tenant_name
from echostream_cli.outputs import outputs
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient
from echostream_client.session import NewPassword, Session, sign_in

TIMEOUT = 15.0
"""Seconds after which a viewer is told that the API takes too long; as in site/problem.js."""

UNSIGNED_ONCE = Config(
    retries={"total_max_attempts": 1}, read_timeout=TIMEOUT, signature_version=UNSIGNED
)
"""Sign-in needs no AWS credentials."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is signed in, and the API as they see it."""

    session: Session
    api: ApiClient

    @property
    def tenant(self) -> str:
        """Whose data they see, from the token that the pool gave. Raises `ServiceError`."""
        with translate_errors():
            self.session.token()
        if not is_tenant_name(self.session.tenant):
            raise ServiceError("forbidden")
        return self.session.tenant


def enter(username: str, password: str) -> Member | NewPassword:
    """Sign in. Raises `ServiceError`."""
    with translate_errors():
        here = deployment()
        cognito = here.target.client("cognito-idp", UNSIGNED_ONCE)
        return _member(sign_in(cognito, here.client_id, username, password))


def enter_as_demo() -> Member | NewPassword:
    """Sign in as the demo user, whose password lies in the sandbox. Raises `ServiceError`."""
    with translate_errors():
        deployment.clear()  # after `make reset` there is another password
        named = outputs(load_running())
    return enter(named["DEMO_USERNAME"], named["DEMO_PASSWORD"])


def choose_password(challenge: NewPassword, password: str) -> Member | NewPassword:
    """Sign in where the password was made for one use. Raises `ServiceError`."""
    with translate_errors():
        return _member(challenge.answer(password))


def _member(found: Session | NewPassword) -> Member | NewPassword:
    if isinstance(found, NewPassword):
        return found
    return Member(found, ApiClient(deployment().api_url, found, timeout=TIMEOUT, repeats=0))
