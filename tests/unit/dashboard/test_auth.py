"""The member of a session, the offer of the demo user, and errors of the API."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dashboard.data.auth import Member
from dashboard.data.deployment import Deployment
from dashboard.data.errors import ServiceError, translate_errors
from echostream.domain.errors import CallRefused, TryAgain
from echostream_cli.settings import Settings
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed


@dataclass
class FakeSession:
    """A session of a tenant; `error_kind` makes `token` fail."""

    tenant: str
    error_kind: str = ""
    roles: frozenset[str] = frozenset({"reader"})

    def token(self):
        if self.error_kind:
            raise SignInFailed("no", self.error_kind)
        return "token"


def tenant_of(session: Any, api: Any = None) -> str:
    return Member(session, api).tenant


def test_tenant_comes_from_the_token():
    """A token without a valid tenant, or an ended session, is an error."""
    assert tenant_of(FakeSession("acme")) == "acme"
    for name in ("", "o'brien/x", "a b", "x" * 300):
        with pytest.raises(ServiceError, match="belongs to no tenant"):
            tenant_of(FakeSession(name))
    with pytest.raises(ServiceError, match="needs the role reader"):
        tenant_of(FakeSession("acme", roles=frozenset({"writer", "admin"})))
    with pytest.raises(ServiceError, match="session has ended"):
        tenant_of(FakeSession("acme", "ended"))


SANDBOX = Settings(state_dir=Path())


def deployment(host="127.0.0.1", sandbox=SANDBOX):
    return Deployment(SANDBOX.target, "http://api", "http://site", "client", host, sandbox)


def test_operations_are_shown_to_operators():
    """To the demo tenant in the sandbox; on a stage to a viewer on the dashboard's own machine."""
    assert deployment().shows_operations("demo")
    assert not deployment().shows_operations("acme")
    assert deployment(sandbox=None).shows_operations("acme")
    assert not deployment("192.0.2.7", sandbox=None).shows_operations("acme")


@pytest.mark.parametrize(
    ("host", "is_offered"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("192.0.2.7", False), ("pc", False)],
)
def test_demo_user_is_offered_on_loopback_only(host, is_offered):
    """Not where other machines reach the dashboard, and never on a stage."""
    assert deployment(host).offers_demo is is_offered
    assert not deployment(host, sandbox=None).offers_demo


@pytest.mark.parametrize(
    ("failure", "kind", "wait"),
    [
        (ApiFailed(None, "no_answer", ""), "unreachable", 0),
        (ApiFailed(None, "late", ""), "late", 0),
        (ApiFailed(200, "not_json", ""), "unreadable", 0),
        (ApiFailed(400, "invalid_value", "HTTP 400: limit: must"), "refused", 0),
        (ApiFailed(401, "http_error", ""), "ended", 0),
        (ApiFailed(403, "no_tenant", ""), "forbidden", 0),
        (ApiFailed(403, "role_needed", ""), "role_needed", 0),
        (ApiFailed(403, "tenant_suspended", ""), "suspended", 0),
        (ApiFailed(429, "http_error", "", 7.0), "busy", 7.0),
        (ApiFailed(502, "not_json", ""), "failed", 0),
        (TryAgain("table: busy"), "unreachable", 0),
        (CallRefused("table: no permission"), "unreachable", 0),
        (KeyError("documents"), "unreadable", 0),
    ],
)
def test_failures_of_the_api_become_service_errors(failure, kind, wait):
    """Each failure has a kind, and the seconds to wait if the API names them."""
    with pytest.raises(ServiceError) as error, translate_errors():
        raise failure
    assert (error.value.kind, error.value.wait) == (kind, wait)
