"""Calls that need the role admin: what is sent, and what is repeated."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from echostream_client.api import ApiClient, ApiFailed


class User:
    """A caller with a token."""

    def token(self):
        return "token"

    def renew(self):
        raise AssertionError("no response was a 401")


@pytest.fixture
def server():
    """The address of a server that is unavailable, and the requests: method, path and body."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            requests.append((self.command, self.path, json.loads(body or "null")))
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = do_DELETE = respond  # noqa: N815 - names of http.server

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", requests
    server.shutdown()
    server.server_close()
    thread.join()


CALLS = [
    (lambda api: api.live_sources(), ("GET", "/live-sources", None)),
    (
        lambda api: api.pause_live_source("blog"),
        ("POST", "/live-sources/blog/pause", None),
    ),
    (
        lambda api: api.resume_live_source("blog"),
        ("POST", "/live-sources/blog/resume", None),
    ),
    (lambda api: api.remove_live_source("a/b"), ("DELETE", "/live-sources/a%2Fb", None)),
    (lambda api: api.members(), ("GET", "/members", None)),
    (
        lambda api: api.invite("ann", ["reader"]),
        ("POST", "/members", {"name": "ann", "roles": ["reader"]}),
    ),
    (
        lambda api: api.set_roles("a b/c", ["admin"]),
        ("PUT", "/members/a%20b%2Fc", {"roles": ["admin"]}),
    ),
    (lambda api: api.remove_member("a%b"), ("DELETE", "/members/a%25b", None)),
    (lambda api: api.remove_machine("m?"), ("DELETE", "/machines/m%3F", None)),
    (lambda api: api.erase_document("a/b"), ("DELETE", "/documents/a%2Fb", None)),
    (
        lambda api: api.erase_documents(("a", "b/c")),
        ("POST", "/erasures", {"ids": ["a", "b/c"]}),
    ),
    (lambda api: api.erase_author("Ann O'Hara"), ("DELETE", "/authors/Ann%20O%27Hara", None)),
    (lambda api: api.erasures(), ("GET", "/erasures", None)),
    (lambda api: api.discard("ab"), ("DELETE", "/quarantine/ab", None)),
    (lambda api: api.erasure("e1"), ("GET", "/erasures/e1", None)),
]


def requests_of(server, call):
    url, requests = server
    with pytest.raises(ApiFailed):
        call(ApiClient(url, User(), repeats=2))
    return requests


@pytest.mark.parametrize(("call", "expected"), CALLS)
def test_calls_are_repeated(server, call, expected):
    """Names are percent-encoded in the path."""
    assert requests_of(server, call) == [expected] * 3


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda api: api.create_machine("m", ["writer"]),
            ("POST", "/machines", {"name": "m", "roles": ["writer"]}),
        ),
        (lambda api: api.rotate_machine("m"), ("POST", "/machines/m/rotate", {"now": False})),
        (
            lambda api: api.rotate_machine("m", now=True),
            ("POST", "/machines/m/rotate", {"now": True}),
        ),
        (
            lambda api: api.add_live_source({"name": "hn", "kind": "hackernews"}),
            ("POST", "/live-sources", {"name": "hn", "kind": "hackernews"}),
        ),
    ],
)
def test_calls_that_make_something_are_not_repeated(server, call, expected):
    """A second rotation would end the credentials that a program still has."""
    assert requests_of(server, call) == [expected]
