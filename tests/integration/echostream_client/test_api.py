"""How the API client reports each kind of response, over HTTP."""

import json
import time

import pytest

from echostream_cli.emulators import API_PATH
from echostream_client.api import ApiClient, ApiFailed
from echostream_client.cognito import SignInFailed
from tests.proxy import Proxy


class User:
    """A user whose session ends after a number of renewals."""

    def __init__(self, max_renewals=0):
        self.max_renewals = max_renewals
        self.renewals = 0

    def token(self):
        return f"token-{self.renewals}"

    def renew(self):
        if self.renewals == self.max_renewals:
            raise SignInFailed("over", "ended")
        self.renewals += 1


@pytest.fixture
def api():
    """An API whose responses the tests choose."""
    with Proxy("http://localhost:9") as proxy:
        proxy.url = f"http://127.0.0.1:{proxy.port}{API_PATH}x"
        yield proxy


def get_failure(api, timeout=5.0):
    with pytest.raises(ApiFailed) as raised:
        ApiClient(api.url, User(), timeout=timeout, repeats=0).stats()
    return raised.value.status, raised.value.code


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, '{"error": {"code": "invalid_value", "message": "limit: must"}}', "invalid_value"),
        (429, '{"message": "Too Many Requests"}', "http_error"),
        (500, '{"error": "text"}', "http_error"),
        (502, "<html>", "not_json"),
        (200, "<html>", "not_json"),
        (200, "", "not_json"),
        (200, "[]", "not_an_object"),
    ],
)
def test_unusable_response_is_reported(api, status, body, code):
    """The error has the HTTP status and a code that names the reason."""
    api.fail_api(status, body)
    assert get_failure(api) == (status, code)


def test_connection_error_and_timeout_have_different_codes(api):
    """Neither has an HTTP status."""
    api.fail_api(0)
    assert get_failure(api) == (None, "no_answer")
    api.delay_api(2)
    assert get_failure(api, timeout=0.1) == (None, "late")


def test_digest_is_waited_for(api):
    """Longer than the caller's timeout: it is paid for, also if nobody receives it."""

    def late(*_):
        time.sleep(0.5)
        return 200, '{"sentences": []}'

    api.fault = late
    client = ApiClient(api.url, User(), timeout=0.1, repeats=0)
    assert client.digest() == {"sentences": []}


@pytest.mark.parametrize(("wait", "requests"), [("0", 3), ("3600", 1)])
def test_response_that_asks_for_a_long_wait_is_final(api, wait, requests):
    """The quota of a day asks for hours; a short wait is followed by repeats."""
    sent = []

    def fault(path, _):
        sent.append(path)
        return 429, '{"error": {"code": "quota_documents", "message": "used up"}}'

    api.fault, api.headers = fault, {"Retry-After": wait}
    with pytest.raises(ApiFailed, match="used up") as raised:
        ApiClient(api.url, User(), repeats=2).stats()
    assert (raised.value.code, raised.value.wait) == ("quota_documents", float(wait))
    assert len(sent) == requests


def test_refused_token_is_renewed_once(api):
    """The client renews once per request; a failed renewal ends the session."""
    api.fault = lambda *_: (401, "{}")
    user = User(max_renewals=1)
    with pytest.raises(ApiFailed) as raised:
        ApiClient(api.url, user, repeats=0).stats()
    assert (raised.value.status, user.renewals) == (401, 1)
    with pytest.raises(SignInFailed):
        ApiClient(api.url, user, repeats=0).stats()


class FullStream:
    """An API that takes one document of each request, and refuses those without a text."""

    def __init__(self):
        self.requests = []

    def __call__(self, path, body):
        documents = json.loads(body)["documents"]
        self.requests.append([document["id"] for document in documents])
        taken = next(i for i, document in enumerate(documents) if document["text"])
        rejected = [
            {"index": i, "code": "try_again" if document["text"] else "empty", "message": "no"}
            for i, document in enumerate(documents)
            if i != taken
        ]
        ids = [documents[taken]["id"]]
        content = {"accepted": 1, "ids": ids, "rejected": rejected, "received_at": self.time}
        return 202, json.dumps(content)

    @property
    def time(self):
        """The time of the last request, a second after the one before."""
        return f"2026-05-20T12:30:{len(self.requests):02}Z"


def send(api, repeats):
    api.fault = FullStream()
    documents = [{"id": name, "text": name.strip("b")} for name in "abcd"]
    response = ApiClient(api.url, User(), repeats=repeats).ingest(documents)
    reasons = [(rejection["index"], rejection["code"]) for rejection in response["rejected"]]
    assert response["received_at"] == api.fault.time
    return response["ids"], response["accepted"], reasons


def test_documents_that_were_not_queued_are_sent_again(api):
    """Each alone, until it is accepted; the response has the indices of the request."""
    assert send(api, 4) == (["a", "c", "d"], 3, [(1, "empty")])
    assert api.fault.requests == [["a", "b", "c", "d"], ["c", "d"], ["d"]]


def test_documents_that_are_never_queued_are_rejected(api):
    """After the last repeat."""
    assert send(api, 1) == (["a", "c"], 2, [(1, "empty"), (3, "try_again")])
    assert send(api, 0)[:2] == (["a"], 1)
