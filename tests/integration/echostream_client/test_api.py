"""What the API's client makes of every kind of answer, over HTTP."""

import pytest

from echostream_client.api import ApiClient, ApiFailed
from echostream_client.cognito import SignInFailed
from tests.proxy import API, Proxy


class User:
    """Somebody whose session ends after so many renewals."""

    def __init__(self, renewals=0):
        self.renewals = renewals
        self.number = 0

    def token(self):
        return f"token-{self.number}"

    def renew(self):
        if self.number == self.renewals:
            raise SignInFailed("over", "ended")
        self.number += 1


@pytest.fixture
def api():
    """An API that answers what a test wants."""
    with Proxy("http://localhost:9") as proxy:
        proxy.url = f"http://127.0.0.1:{proxy.port}{API}x"
        yield proxy


def failure(api, timeout=5.0):
    with pytest.raises(ApiFailed) as found:
        ApiClient(api.url, User(), timeout=timeout, repeats=0).stats()
    return found.value.status, found.value.code


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
def test_answers_that_are_none(api, status, body, code):
    """Are told apart by status and code."""
    api.fail_api(status, body)
    assert failure(api) == (status, code)


def test_no_answer_and_a_late_one(api):
    """Are two things."""
    api.fail_api(0)
    assert failure(api) == (None, "no_answer")
    api.delay_api(2)
    assert failure(api, timeout=0.1) == (None, "late")


def test_a_token_that_is_refused_is_renewed(api):
    """Once; then the session is over."""
    api.fault = lambda *_: (401, "{}")
    api_user = User(renewals=1)
    with pytest.raises(ApiFailed) as found:
        ApiClient(api.url, api_user, repeats=0).stats()
    assert (found.value.status, api_user.number) == (401, 1)
    with pytest.raises(SignInFailed):
        ApiClient(api.url, api_user, repeats=0).stats()
