"""Who may be whom: the tenant comes from the token; the demo user is for this machine alone."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.data.auth import Member, offers_demo
from dashboard.data.errors import ServiceError, translate_errors
from echostream_cli.settings import Settings
from echostream_client.api import ApiFailed, SignInFailed


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


def test_who_runs_the_sandbox():
    """Sees what concerns all tenants; others do not."""
    assert Member(Stay("demo"), None).runs_the_sandbox
    assert not Member(Stay("acme"), None).runs_the_sandbox


@pytest.mark.parametrize(
    ("host", "offered"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("192.0.2.7", False), ("pc", False)],
)
def test_the_demo_user_by_one_click(host, offered):
    """Only where nobody else reaches the dashboard."""
    assert offers_demo(Settings(state_dir=Path(), bind_host=host)) is offered


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
