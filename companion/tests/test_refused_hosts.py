"""What a refused request gets, and what an answered one may be read by."""

import json
from typing import Any

import pytest
from asgi_requests import Application, ask
from starlette.testclient import TestClient

from aws_companion.app import Companion


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ([("Host", "evil.test")], "Host", "evil.test"),
        ([], "Host", "missing"),
        ([("Host", "localhost"), ("Origin", "null")], "Origin", "null"),
        ([("Host", "localhost"), ("Referer", "http://evil.test/")], "Referer", "http://evil.test/"),
        ([("Host", "localhost"), ("Sec-Fetch-Site", "cross-site")], "Sec-Fetch-Site", "cross-site"),
    ],
)
def test_refusal_names_header_value_and_setting(headers, name, value):
    """As JSON that SDKs show; a long value is cut."""
    start, body = ask(headers)
    assert dict(start["headers"])[b"content-type"] == b"application/json"
    assert int(dict(start["headers"])[b"content-length"]) == len(body["body"])
    message = json.loads(body["body"])["message"]
    assert f"The header {name} (" in message
    assert value in message
    assert "ALLOWED_HOSTS" in message
    long = json.loads(ask([("Host", "e" * 9000)])[1]["body"])["message"]
    assert len(long) < 500


def test_preflight_of_a_foreign_page_is_refused_without_permissions():
    """So a browser does not send the request."""
    headers = [("Host", "localhost"), ("Origin", "http://evil.test")]
    headers += [("Access-Control-Request-Method", "PUT")]
    start, _ = ask(headers, method="OPTIONS")
    assert start["status"] == 403
    assert not any(name.startswith(b"access-control") for name, _ in start["headers"])


@pytest.mark.parametrize("origin", ["http://localhost:3000", None])
def test_only_the_page_that_asks_may_read(origin):
    """A response that allows every origin allows this one, or none if there is none."""
    headers = [("Host", "localhost"), *([("Origin", origin)] if origin else [])]
    sent = ask(headers)[0]["headers"]
    values = [value for name, value in sent if name.lower() == b"access-control-allow-origin"]
    assert values == ([origin.encode()] if origin else [])
    assert ((b"vary", b"Origin") in sent) is bool(origin)
    assert (b"x-other", b"*") in sent


def test_own_rule_of_an_api_stays():
    """A response that allows one origin is not changed."""
    application = Application()
    application.headers = [(b"access-control-allow-origin", b"https://app.example.com")]
    headers = [("Host", "localhost"), ("Origin", "http://localhost:3000")]
    assert ask(headers, application=application)[0]["headers"] == application.headers


def test_websocket_of_a_foreign_page_is_refused():
    """With the reason if the server can send one, else closed before it is accepted."""
    headers = [("Host", "localhost"), ("Origin", "http://evil.test")]
    [closed] = ask(headers, kind="websocket")
    assert closed["type"] == "websocket.close"
    extensions: Any = {"websocket.http.response": {}}
    start, body = ask(headers, kind="websocket", extensions=extensions)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert b"Origin" in body["body"]
    local = [("Host", "localhost"), ("Origin", "http://localhost")]
    assert ask(local, kind="websocket") == [{"type": "websocket.accept"}]


def test_start_and_stop_of_the_server_pass():
    """Messages without headers go to the application."""
    application = Application()
    assert ask([], application=application, kind="lifespan")
    assert application.calls == 1


@pytest.mark.parametrize("path", ["/", "/_companion/faults", "/_companion/ready", "/nothing"])
def test_companion_refuses_foreign_pages_on_every_path(path):
    """Names that it was started with pass."""
    emulator: Any = None
    app = Companion([], emulator, allowed_hosts=["box.test"]).app()
    with TestClient(app, base_url="http://box.test") as http:
        assert http.post(path, headers={"Origin": "http://evil.test"}).status_code == 403
        assert http.post(path, headers={"Host": "evil.test"}).status_code == 403
        assert http.post(path, headers={"Origin": "http://box.test"}).status_code != 403
