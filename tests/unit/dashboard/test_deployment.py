"""The dashboard on a stage without AWS credentials, configured by the static page."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import streamlit as st

from dashboard.data import engines, health, history
from dashboard.data.auth import Member
from dashboard.data.counted import Counted
from dashboard.data.deployment import read
from dashboard.data.errors import ServiceError
from echostream_cli.errors import UserError
from echostream_client.api import ApiClient

CONFIG = {"userPoolClientId": "client-of-the-page"}


class Session:
    """A valid session of tenant acme."""

    tenant = "acme"
    roles = frozenset({"reader"})
    identity = "person#pool#ann"

    def token(self):
        return "token"


class Page(BaseHTTPRequestHandler):
    """The static page: its config.json, and the API below /api."""

    def do_GET(self):
        bodies = {
            "/config.json": CONFIG,
            "/api/health": {"status": "ok"},
            "/api/query": {"documents": [], "cursor": None},
            "/api/stats": {"buckets": [], "sources": [], "other_sources": None, "counted_to": None},
        }
        body = json.dumps(bodies[self.path.split("?")[0]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch, tmp_path):
    """A shell without AWS credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it caches credentials
    st.cache_resource.clear()


@pytest.fixture
def stage(url, monkeypatch):
    """The environment in which `echostream dashboard` starts the dashboard."""
    environment = {"ECHOSTREAM_STAGE": "staging", "ECHOSTREAM_SITE_URL": url + "/"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def member(url):
    session: Any = Session()
    return Member(session, ApiClient(f"{url}/api", session))


def test_page_configures_user_pool_and_api(stage, url):
    """Sign-in and the API need no AWS credentials."""
    here = read(stage)
    assert (here.api_url, here.client_id) == (f"{url}/api", "client-of-the-page")
    assert here.sandbox is None
    assert here.target.stage == "staging"


def test_missing_credentials_message_names_both_remedies():
    """Sign in to AWS, or set the address of the page."""
    with pytest.raises(UserError, match="SITE_URL=https://") as error:
        read({"ECHOSTREAM_STAGE": "staging"})
    assert "aws sso login" in str(error.value)


def test_address_without_a_page_is_refused(url):
    """The message names the setting."""
    with pytest.raises(UserError, match=r"^SITE_URL: no EchoStream page"):
        read({"ECHOSTREAM_STAGE": "staging", "ECHOSTREAM_SITE_URL": f"{url}/other"})


def test_health_reports_missing_credentials(stage, member):
    """The API and the newest document are shown; each other part reports what it needs."""
    report = health.load(read(stage), member, datetime.now(UTC))
    assert isinstance(report.api, health.Api)
    assert report.api.milliseconds > 0
    assert report.newest is None
    assert report.counted == Counted(None)
    for part in (report.spend, report.alarms):
        assert isinstance(part, ServiceError)
        assert part.kind == "no_credentials"
    [stack] = report.parts
    assert stack.milliseconds is None
    assert "credentials" in stack.note


def test_query_reports_missing_credentials(stage, member):
    """The message names the credentials, not the sandbox."""
    with pytest.raises(history.QueryError, match="operator's AWS credentials"):
        history.run_query(member, "SELECT 1", 10)


def test_comparison_makes_no_paid_call_without_the_spend_guard(stage, member):
    """Comprehend is not called while the counter of the spend guard cannot be reached."""
    vader, comprehend = engines.compare("I love it", member)
    assert vader.sentiment == "POSITIVE"
    assert "operator's AWS credentials" in comprehend.failure
