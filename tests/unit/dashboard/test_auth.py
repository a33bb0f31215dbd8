"""Who may be whom: the tenant comes from the token; the demo user is for this machine alone."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.data.auth import Member
from dashboard.data.deployment import Deployment
from dashboard.data.errors import ServiceError, translate_errors
from echostream_cli.settings import Settings
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed


@dataclass
class Stay:
    """A session whose token says a tenant."""

    tenant: str
    fails: str = ""

    def token(self):
        if self.fails:
            raise SignInFailed("no", self.fails)
        return "token"


def test_the_tenant_is_that_of_the_token():
    """And without a good one nothing is asked."""
    assert Member(Stay("acme"), None).tenant == "acme"
    for name in ("", "o'brien/x", "a b", "x" * 300):
        with pytest.raises(ServiceError, match="belongs to no tenant"):
            _ = Member(Stay(name), None).tenant
    with pytest.raises(ServiceError, match="session has ended"):
        _ = Member(Stay("acme", "ended"), None).tenant


SANDBOX = Settings(state_dir=Path())


def deployment(host="127.0.0.1", sandbox=SANDBOX):
    return Deployment(SANDBOX.target, "http://api", "client", host, sandbox)


def test_who_sees_what_concerns_all_tenants():
    """In the sandbox the demo tenant; on a stage whoever runs the dashboard for themselves."""
    assert deployment().shows_operations("demo")
    assert not deployment().shows_operations("acme")
    assert deployment(sandbox=None).shows_operations("acme")
    assert not deployment("192.0.2.7", sandbox=None).shows_operations("acme")


@pytest.mark.parametrize(
    ("host", "is_offered"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("192.0.2.7", False), ("pc", False)],
)
def test_the_demo_user_by_one_click(host, is_offered):
    """Only where nobody else reaches the dashboard, and never on a stage."""
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
        (ApiFailed(429, "http_error", "", 7.0), "busy", 7.0),
        (ApiFailed(502, "not_json", ""), "failed", 0),
        (KeyError("documents"), "unreadable", 0),
    ],
)
def test_what_the_api_s_failures_mean(failure, kind, wait):
    """To the person who looks."""
    with pytest.raises(ServiceError) as found, translate_errors():
        raise failure
    assert (found.value.kind, found.value.wait) == (kind, wait)
