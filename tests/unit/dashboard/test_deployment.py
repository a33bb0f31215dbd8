"""The dashboard on a stage: by the stack, or by the page where credentials are missing."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
import streamlit as st

from dashboard.data import engines, health, history
from dashboard.data.auth import Member
from dashboard.data.deployment import read
from dashboard.data.errors import ServiceError
from echostream_cli.errors import UserError
from echostream_client.api import ApiClient

CONFIG = {"userPoolClientId": "client-of-the-page"}


class Session:
    """A good session of tenant acme."""

    tenant = "acme"

    def token(self):
        return "token"


class Page(BaseHTTPRequestHandler):
    """The page's address: its config.json, and the API below /api."""

    def do_GET(self):
        answers = {
            "/config.json": CONFIG,
            "/api/health": {"status": "ok"},
            "/api/query?limit=1": {"documents": [], "cursor": None},
        }
        body = json.dumps(answers[self.path]).encode()
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
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps credentials that it once found
    st.cache_resource.clear()


@pytest.fixture
def stage(url, monkeypatch):
    """The environment that `echostream dashboard` gives the dashboard."""
    environment = {"ECHOSTREAM_STAGE": "staging", "ECHOSTREAM_SITE_URL": url + "/"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def member(url):
    return Member(Session(), ApiClient(f"{url}/api", Session()))


def test_the_page_names_pool_and_api(stage, url):
    """No credentials are needed for sign-in and the API."""
    here = read(stage)
    assert (here.api_url, here.client_id) == (f"{url}/api", "client-of-the-page")
    assert here.sandbox is None
    assert here.target.stage == "staging"


def test_without_the_page_the_message_says_what_to_do():
    """Credentials, or the page's address."""
    with pytest.raises(UserError, match="SITE_URL=https://") as failure:
        read({"ECHOSTREAM_STAGE": "staging"})
    assert "aws sso login" in str(failure.value)


def test_an_address_that_is_no_page(url):
    """The message names the setting."""
    with pytest.raises(UserError, match=r"^SITE_URL: no EchoStream page"):
        read({"ECHOSTREAM_STAGE": "staging", "ECHOSTREAM_SITE_URL": f"{url}/other"})


def test_health_says_what_needs_credentials(stage, member):
    """The API and the newest document are shown; the rest says what is missing."""
    found = health.load(read(stage), member, datetime.now(UTC))
    assert found.api.milliseconds > 0
    assert found.newest is None
    for part in (found.spend, found.alarms):
        assert isinstance(part, ServiceError)
        assert part.kind == "no_credentials"
    [stack] = found.parts
    assert stack.milliseconds is None
    assert "credentials" in stack.note


def test_history_says_so(stage, member):
    """A query names the credentials, and not the sandbox."""
    with pytest.raises(history.QueryError, match="operator's AWS credentials"):
        history.run_query(member, "SELECT 1", 10)


def test_engines_make_no_paid_call_without_the_guard(stage, member):
    """Where the guard's counter cannot be reached, Comprehend is not called."""
    vader, comprehend = engines.compare("I love it", member)
    assert vader.sentiment == "POSITIVE"
    assert "operator's AWS credentials" in comprehend.failure
