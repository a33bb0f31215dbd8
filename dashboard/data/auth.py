"""Sign-in, and the signed-in member. Tokens are kept in the viewer's session only."""

import ipaddress
from dataclasses import dataclass

import streamlit as st
from botocore.config import Config

from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import SECONDS
from echostream.domain.model import is_tenant_name
from echostream_cli import sam
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings, load_running
from echostream_cli.users import DEMO_TENANT
from echostream_client.api import ApiClient
from echostream_client.session import NewPassword, Session, sign_in

TIMEOUT = SECONDS["request_timeout"]
"""Seconds after which a request to the API fails as late."""

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=TIMEOUT)


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """The sandbox that runs here."""

    settings: Settings
    outputs: dict[str, str]


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in user, and the API with their token."""

    session: Session
    api: ApiClient

    @property
    def tenant(self) -> str:
        """The tenant whose data they see, from the pool's token. Raises `ServiceError`."""
        with translate_errors():
            self.session.token()
        if not is_tenant_name(self.session.tenant):
            raise ServiceError("forbidden")
        return self.session.tenant

    @property
    def runs_the_sandbox(self) -> bool:
        """Whether they may see what concerns all tenants: components, logs, the total spend."""
        return self.session.tenant == DEMO_TENANT


@st.cache_resource(ttl=30, show_spinner=False)
def place() -> RunningSandbox:
    """Found once for all viewers; `place.clear()` forgets it. Raises `UserError`."""
    settings = load_running()
    return RunningSandbox(settings, outputs(settings))


def enter(username: str, password: str) -> Member | NewPassword:
    """Sign in. Raises `ServiceError`."""
    with translate_errors():
        here = place()
        cognito = sam.client(here.settings, "cognito-idp", ONCE)
        client_id = here.outputs["USER_POOL_CLIENT_ID"]
        return _member(sign_in(cognito, client_id, username, password))


def enter_as_demo() -> Member | NewPassword:
    """Sign in as the demo user, whose password is in the sandbox. Raises `ServiceError`."""
    with translate_errors():
        place.clear()  # after `make reset` there is another password
        found = place().outputs
    return enter(found["DEMO_USERNAME"], found["DEMO_PASSWORD"])


def choose_password(challenge: NewPassword, password: str) -> Member | NewPassword:
    """Sign in with a new password after a temporary one. Raises `ServiceError`."""
    with translate_errors():
        return _member(challenge.answer(password))


def _member(session: Session | NewPassword) -> Member | NewPassword:
    if isinstance(session, NewPassword):
        return session
    url = place().outputs["API_URL"]
    return Member(session, ApiClient(url, session, timeout=TIMEOUT, repeats=0))


def offers_demo(settings: Settings) -> bool:
    """Whether anybody who sees this page may be the demo user: where only this machine does."""
    if settings.bind_host == "localhost":
        return True
    try:
        return ipaddress.ip_address(settings.bind_host).is_loopback
    except ValueError:
        return False
