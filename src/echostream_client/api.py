"""The HTTP API seen from outside: sign in, send, ask. For the producer, the seed, the dashboard."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

from echostream.domain.codec import to_json
from echostream.domain.errors import EchoStreamError


class ApiFailed(EchoStreamError):
    """The API did not answer as asked. `status` is None where it did not answer at all.

    `wait` are the seconds after which it wants to be asked again, where it says so.
    """

    def __init__(
        self, status: int | None, code: str, message: str, wait: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.wait = wait


class User(Protocol):
    """Whoever calls the API: has a token, and can get another. Both raise `SignInFailed`."""

    def token(self) -> str:
        """An ID token that is good for a minute at least."""

    def renew(self) -> None:
        """Get a new one, where the API refuses the one that there is."""


class ApiClient:
    """Calls the API as a signed-in user. Repeats what may be repeated: every call may.

    Somebody who waits for a picture asks with a short `timeout` (seconds) and no `repeats`.
    `headers` go with every call, such as the Host by which a distribution is found.
    """

    def __init__(
        self,
        api_url: str,
        user: User,
        timeout: float = 35.0,
        headers: Mapping[str, str] | None = None,
        repeats: int = 4,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._user = user
        self._headers = dict(headers or {})
        self._pool = urllib3.PoolManager(
            maxsize=8,
            timeout=timeout,
            retries=urllib3.Retry(
                total=repeats,
                backoff_factor=0.3,
                status_forcelist=(429, 502, 503, 504),
                allowed_methods=None,
                raise_on_status=False,
            ),
        )

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send 1 to 500 documents; the answer says which were taken. Raises `ApiFailed`."""
        return self._call("POST", "/ingest", body=to_json({"documents": documents}))

    def query(self, **parameters: Any) -> dict[str, Any]:
        """`GET /query`: one page of documents, newest first."""
        return self._call("GET", "/query", parameters)

    def stats(self, **parameters: Any) -> dict[str, Any]:
        """`GET /stats`: counts by hour or day and by source."""
        return self._call("GET", "/stats", parameters)

    def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        body: str | None = None,
    ) -> dict[str, Any]:
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        url = f"{self._api_url}{path}" + (f"?{urlencode(given)}" if given else "")
        answer = self._send(method, url, body)
        if answer.status == 401:
            self._user.renew()
            answer = self._send(method, url, body)
        return _answer(answer)

    def _send(self, method: str, url: str, body: str | None) -> urllib3.BaseHTTPResponse:
        headers = {
            **self._headers,
            "Authorization": f"Bearer {self._user.token()}",
            "Content-Type": "application/json",
        }
        sent = body.encode() if body is not None else None
        try:
            return self._pool.request(method, url, body=sent, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            code = "late" if _is_late(error) else "no_answer"
            raise ApiFailed(None, code, f"no answer from {self._api_url}") from error


def _is_late(error: urllib3.exceptions.HTTPError) -> bool:
    reason = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) else error
    return isinstance(reason, urllib3.exceptions.ReadTimeoutError)


def _answer(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    status = response.status
    asked = response.headers.get("Retry-After", "")
    wait = float(asked) if asked.isascii() and asked.isdigit() else None
    try:
        answer = json.loads(response.data)
    except ValueError as error:
        raise ApiFailed(status, "not_json", f"HTTP {status} without JSON", wait) from error
    if not isinstance(answer, dict):
        raise ApiFailed(status, "not_an_object", f"HTTP {status} without a JSON object", wait)
    if status < 300:
        return answer
    if "rejected" in answer:
        return {"accepted": 0, "ids": [], **answer}
    given = answer.get("error")
    found = given if isinstance(given, dict) else {}
    message = found.get("message") or answer.get("message") or "no reason given"
    raise ApiFailed(status, found.get("code", "http_error"), f"HTTP {status}: {message}", wait)
