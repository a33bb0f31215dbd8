"""Sign-in, and the signed-in member. Only the viewer's session contains tokens."""

from dataclasses import dataclass

from botocore import UNSIGNED
from botocore.config import Config

from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import SECONDS
from echostream.domain.members import Role
from echostream.domain.model import is_tenant_name
from echostream_cli.outputs import outputs
from echostream_cli.settings import load_running
from echostream_client.api import ApiClient
from echostream_client.challenges import Challenge, SignIn, sign_in
from echostream_client.session import Session

TIMEOUT = SECONDS["request_timeout"]
"""Seconds after which a request to the API fails as late."""

UNSIGNED_ONCE = Config(
    retries={"total_max_attempts": 1}, read_timeout=TIMEOUT, signature_version=UNSIGNED
)
"""Sign-in needs no AWS credentials."""


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in user, and the API with their token."""

    session: Session
    api: ApiClient

    @property
    def is_admin(self) -> bool:
        """Whether the last token has the role admin."""
        return Role.ADMIN in self.session.roles

    @property
    def tenant(self) -> str:
        """The tenant whose data they may read, from the pool's token. Raises `ServiceError`."""
        with translate_errors():
            self.session.token()
        if not is_tenant_name(self.session.tenant):
            raise ServiceError("forbidden")
        if Role.READER not in self.session.roles:
            raise ServiceError("role_needed")
        return self.session.tenant


def enter(username: str, password: str) -> Member | Challenge:
    """Sign in. Raises `ServiceError`."""
    with translate_errors():
        current = deployment()
        cognito = current.target.client("cognito-idp", UNSIGNED_ONCE)
        return _member(sign_in(cognito, current.client_id, username, password))


def enter_as_demo() -> Member | Challenge:
    """Sign in as the demo user, whose password is in the sandbox. Raises `ServiceError`."""
    with translate_errors():
        deployment.clear()  # `make reset` changes the password
        values = outputs(load_running())
    return enter(values["DEMO_USERNAME"], values["DEMO_PASSWORD"])


def answer(challenge: Challenge, text: str) -> Member | Challenge:
    """Answer what the pool asks for: a new password, or a code. Raises `ServiceError`."""
    with translate_errors():
        return _member(challenge.answer(text))


def _member(result: SignIn) -> Member | Challenge:
    if not isinstance(result, Session):
        return result
    return Member(result, ApiClient(deployment().api_url, result, timeout=TIMEOUT, repeats=0))
