"""Sessions of tenants: one each, renewed before they end, and only so many."""

import importlib.util
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from echostream.adapters.tenant_sessions import (
    DURATION,
    LONGEST_CALL,
    MAX_TENANTS,
    RENEW_BEFORE,
    Credentials,
    TenantSessions,
)
from echostream.domain.errors import TryAgain
from echostream.domain.members import ALL_ROLES, Identity
from echostream.domain.quotas import Quotas
from echostream.entrypoints import admission, wiring
from echostream.entrypoints.access import Caller
from echostream_cli.paths import ROOT
from tests.builders import NOW
from tests.unit.echostream.test_http import CONTEXT, event

ROLE = "arn:aws:iam::000000000000:role/echostream-query/x"
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")


@dataclass
class Sts:
    """STS with a clock; with an `error` it refuses each call."""

    now: datetime = NOW
    requests: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None

    def clock(self):
        return self.now

    def assume_role(self, **request):
        if self.error:
            raise self.error
        self.requests.append(request)
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{len(self.requests)}",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": self.now + timedelta(seconds=request["DurationSeconds"]),
            }
        }


@pytest.fixture
def sts():
    return Sts()


@pytest.fixture
def sessions(sts):
    return TenantSessions(sts, ROLE, lambda credentials: credentials, sts.clock)


def test_session_has_the_tenant_as_its_tag(sts, sessions):
    """The policies name the tag; the session's name shows the tenant in CloudTrail."""
    credentials = sessions.of("acme")
    assert credentials.arguments() == {
        "aws_access_key_id": "ASIA1",
        "aws_secret_access_key": "secret",
        "aws_session_token": "token",
    }
    [request] = sts.requests
    assert (request["RoleArn"], request["RoleSessionName"]) == (ROLE, "@acme")
    assert request["Tags"] == [{"Key": "tenant", "Value": "acme"}]


@pytest.mark.parametrize("name", ["a", "a" * 63])
def test_name_of_a_session_is_valid_for_every_tenant(sts, sessions, name):
    """STS takes 2 to 64 characters."""
    sessions.of(name)
    assert 2 <= len(sts.requests[0]["RoleSessionName"]) <= 64


def test_each_tenant_has_its_own_session(sts, sessions):
    """Also tenants whose names begin alike, or differ in case; a second request starts none."""
    names = ["a", "a-b", "A", "a_b"]
    issued = {name: sessions.of(name) for name in names}
    assert len({credentials.access_key for credentials in issued.values()}) == len(names)
    assert {name: sessions.of(name) for name in names} == issued
    assert len(sts.requests) == len(names)


def test_session_is_replaced_before_it_ends(sts, sessions):
    """So that no call begins with credentials that end during it."""
    first = sessions.of("acme")
    sts.now += DURATION - RENEW_BEFORE
    assert sessions.of("acme") is first
    sts.now += timedelta(seconds=1)
    second = sessions.of("acme")
    assert second.expires_at == sts.now + DURATION
    assert second.access_key != first.access_key
    assert sessions.of("acme") is second


def test_ended_session_is_replaced(sts, sessions):
    """A container may be frozen for hours."""
    first = sessions.of("acme")
    sts.now += timedelta(hours=5)
    assert sessions.of("acme").access_key != first.access_key


def test_valid_session_serves_while_sts_fails(sts, sessions):
    """Until so little is left of it that a call could outlast it."""
    first = sessions.of("acme")
    sts.error = ConnectTimeoutError(endpoint_url="sts")
    sts.now += DURATION - LONGEST_CALL
    assert sessions.of("acme") is first
    sts.now += timedelta(seconds=1)
    with pytest.raises(TryAgain):
        sessions.of("acme")


@pytest.mark.parametrize("error", [REFUSED, ConnectTimeoutError(endpoint_url="sts")])
def test_caller_repeats_a_request_without_credentials(sts, sessions, error):
    """Also if STS refuses: IAM takes some seconds to apply a new role."""
    sts.error = error
    with pytest.raises(TryAgain, match=r"^credentials: "):
        sessions.of("acme")
    sts.error = None
    assert sessions.of("acme").access_key == "ASIA1"


def test_number_of_sessions_is_limited(sts, sessions):
    """The tenant that was served longest ago is dropped, and gets a new session."""
    for number in range(MAX_TENANTS):
        sessions.of(f"t{number}")
    sessions.of("t0")
    sessions.of("one-more")
    assert len(sts.requests) == MAX_TENANTS + 1
    sessions.of("t0")
    assert len(sts.requests) == MAX_TENANTS + 1
    sessions.of("t1")
    assert len(sts.requests) == MAX_TENANTS + 2


def test_secrets_are_not_shown():
    """A log line with credentials shows their id only."""
    shown = repr(Credentials("ASIA1", "secret", "token", datetime(2026, 1, 1, tzinfo=UTC)))
    assert "ASIA1" in shown
    assert "secret" not in shown
    assert "token" not in shown


@pytest.fixture(params=["query", "processor"])
def handler(request, monkeypatch, sts):
    """The handler of a function whose STS refuses each call."""
    path = ROOT / "lambdas" / request.param / "handler.py"
    spec = importlib.util.spec_from_file_location(f"{request.param}_without_sts", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sts.error = REFUSED
    sessions = TenantSessions(sts, ROLE, wiring.TenantAdapters, sts.clock)
    monkeypatch.setattr(wiring, "tenant_sessions", lambda: sessions)
    caller = Caller("acme", Identity("person", "pool_1", "ann"), ALL_ROLES, Quotas(0, 0, 0))
    monkeypatch.setattr(admission, "admit", lambda *_: caller)
    monkeypatch.setattr(admission, "quota_ledger", lambda: None)
    return module.handler


def test_function_without_credentials_answers_try_again(handler):
    """A 503 that callers repeat, not a crash."""
    is_query = handler.__module__.startswith("query")
    method, path = ("GET", "/query") if is_query else ("POST", "/ingest")
    request = {**event(body='{"text": "a"}', path=path), "routeKey": f"{method} {path}"}
    request["requestContext"]["http"] = {"method": method, "path": path}
    response = handler(request, CONTEXT)
    assert response["statusCode"] == 503
    assert json.loads(response["body"])["error"]["code"] == "try_again"
    assert response["headers"]["Retry-After"]
