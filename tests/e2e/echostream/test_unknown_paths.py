"""Paths and methods that the API does not have get its own kind of error."""

from urllib.parse import urlsplit

import pytest
import urllib3

from echostream_cli.outputs import demo_user

UNKNOWN = [
    ("GET", "/nothing"),
    ("POST", "/nothing"),
    ("GET", "/"),
    ("GET", "/query/more"),
    ("POST", "/query"),
    ("GET", "/ingest"),
    ("DELETE", "/health"),
    ("POST", "/%2e%2e/ingest"),
]


@pytest.fixture(scope="module")
def token(settings, sandbox):
    return demo_user(settings, sandbox).token()


def send(method, url, token=None, **headers):
    """The status and the body of a response."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    response = urllib3.request(method, url, headers=headers, timeout=60)
    return response.status, response.json()


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize(("method", "path"), UNKNOWN)
def test_unknown_path_is_in_the_contract(sandbox, token, prefix, method, path):
    """Without a token the gateway refuses it, so that it costs no invocation."""
    url = sandbox["API_URL"] + prefix + path
    status, body = send(method, url, token)
    assert (status, body["error"]["code"]) == (404, "not_found")
    assert send(method, url) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
def test_unknown_path_of_the_page_is_in_the_contract(settings, sandbox, token, method, path):
    """CloudFront passes all methods on, and the response back."""
    host = urlsplit(sandbox["SITE_URL"]).netloc
    status, body = send(method, f"{settings.endpoint}/api{path}", token, Host=host)
    assert (status, body["error"]["code"]) == (404, "not_found")
