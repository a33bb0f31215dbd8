"""A client of the HTTP API, for the seed, the command line and the dashboard."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, Self
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import MaxRetryError

from echostream.adapters.retry import backoff, poll_waits
from echostream.domain.codec import time_from_wire, to_json
from echostream.domain.errors import EchoStreamError
from echostream_client.admin_calls import AdminCalls

TRY_AGAIN = "try_again"
"""The code of a document that the stream did not take."""
COUNT_TIMEOUT = 300.0
"""Seconds to wait until new documents are counted: `DeriveWindow` is 240 at most."""
LONGEST_WAIT = 60.0
"""Seconds in Retry-After up to which a request is repeated; the quota of a day asks for hours."""
TIMEOUT = 35.0
"""Seconds to wait for a response, by default: the API responds within 30."""
BACKOFF = 0.6
"""Seconds before the first repeat, at most; doubled with each attempt."""


class ApiFailed(EchoStreamError):
    """The API returned an error, or did not respond; `status` is None in the second case.

    `wait` is the number of seconds in the header Retry-After; None without the header.
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
    """The caller of the API. Both methods raise `SignInFailed`."""

    def token(self) -> str:
        """An ID token that is valid for at least a minute."""

    def renew(self) -> None:
        """Replace the token, because the API refused it."""


class _Retry(urllib3.Retry):
    """urllib3's retries with this project's backoff; a header Retry-After has precedence."""

    def get_backoff_time(self) -> float:
        return backoff(len(self.history) - 1, BACKOFF) if self.history else 0.0

    def increment(self, *arguments: Any, **options: Any) -> Self:
        """Count an attempt. A response that asks for a longer wait than `LONGEST_WAIT` is final."""
        response = options.get("response")
        if response and (self.get_retry_after(response) or 0.0) > LONGEST_WAIT:
            raise MaxRetryError(options["_pool"], str(arguments[1]), None)
        return super().increment(*arguments, **options)


class ApiClient(AdminCalls):
    """Calls the API as a signed-in user. Retries failed calls, except those that make a secret.

    An interactive caller passes a short `timeout` (seconds) and no `repeats`. `headers` are added
    to each request, for example the Host of a CloudFront distribution.
    """

    def __init__(
        self,
        api_url: str,
        user: User,
        timeout: float = TIMEOUT,
        headers: Mapping[str, str] | None = None,
        repeats: int = 4,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._user = user
        self._headers = dict(headers or {})
        self._repeats = repeats
        self._pool = urllib3.PoolManager(
            maxsize=8,
            timeout=timeout,
            retries=_Retry(
                total=repeats,
                status_forcelist=(429, 502, 503, 504),
                allowed_methods=None,
                raise_on_status=False,
            ),
        )

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send 1 to 500 documents; the response names the accepted ones. Raises `ApiFailed`.

        Documents that were rejected as `try_again` are sent again, and no others.
        """
        return ingest(
            lambda body: self._call("POST", "/ingest", body=body), documents, self._repeats
        )

    def query(self, **parameters: Any) -> dict[str, Any]:
        """`GET /query`: one page of documents, newest first."""
        return self._call("GET", "/query", parameters)

    def usage(self) -> dict[str, Any]:
        """`GET /usage`: the quotas of the tenant, and what is used of them."""
        return self._call("GET", "/usage")

    def audit(self, **parameters: Any) -> dict[str, Any]:
        """`GET /audit`: events of the tenant, newest first, for its admins."""
        return self._call("GET", "/audit", parameters)

    def quarantine(self, **parameters: Any) -> dict[str, Any]:
        """`GET /quarantine`: items of the tenant's quarantine, and the id to go on after."""
        return self._call("GET", "/quarantine", parameters)

    def record_export(self, form: str, rows: int) -> None:
        """`POST /exports`: record an export of the caller, `csv` or `parquet`, before it is made.

        A repeat after a lost response records it again.
        """
        self._call("POST", "/exports", {"format": form, "rows": rows})

    def stats(self, **parameters: Any) -> dict[str, Any]:
        """`GET /stats`: counts by hour or day and by source."""
        return self._call("GET", "/stats", parameters)

    def themes(self, **parameters: Any) -> dict[str, Any]:
        """`GET /themes`: what people talk about in a period, and what changed."""
        return self._call("GET", "/themes", parameters)

    def aspects(self, **parameters: Any) -> dict[str, Any]:
        """`GET /aspects`: what documents praise and criticise."""
        return self._call("GET", "/aspects", parameters)

    def digest(self, **parameters: Any) -> dict[str, Any]:
        """`GET /digest`: a few sentences about a period, with the documents behind them.

        It waits as long as the API may take: a digest that nobody receives is paid for, too.
        """
        return self._call("GET", "/digest", parameters, timeout=TIMEOUT)

    def alerts(self, **parameters: Any) -> dict[str, Any]:
        """`GET /alerts`: hours that were unlike the hours before, newest first."""
        return self._call("GET", "/alerts", parameters)

    def wait_until_counted(self, received_at: str | None, timeout: float = COUNT_TIMEOUT) -> bool:
        """Wait until `/stats` includes the documents of a response to `POST /ingest`.

        `received_at` is from that response. Returns False after `timeout` seconds.
        """
        end = time.monotonic() + timeout
        for wait in poll_waits(0.1, 2.0):
            counted_to = self.stats(**{"from": received_at})["counted_to"]
            if received_at is None or (counted_to and _is_reached(received_at, counted_to)):
                return True
            if time.monotonic() + wait > end:
                return False
            time.sleep(wait)
        raise AssertionError("poll_waits has no end")

    def _call(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        body: str | None = None,
        is_repeated: bool = True,
        **options: Any,
    ) -> dict[str, Any]:
        query = {name: value for name, value in (parameters or {}).items() if value is not None}
        url = f"{self._api_url}{path}" + (f"?{urlencode(query)}" if query else "")
        response = self._send(method, url, body, is_repeated, options)
        if response.status == 401:
            self._user.renew()
            response = self._send(method, url, body, is_repeated, options)
        return content_of(response.status, response.headers, response.data)

    def _send(
        self,
        method: str,
        url: str,
        body: str | None,
        is_repeated: bool,
        options: Mapping[str, Any],
    ) -> urllib3.BaseHTTPResponse:
        """Send a request once, or as often as the pool's retries say; `options` are urllib3's."""
        headers = {
            **self._headers,
            "Authorization": f"Bearer {self._user.token()}",
            "Content-Type": "application/json",
        }
        data = body.encode() if body is not None else None
        try:
            retries = None if is_repeated else False  # None: those of the pool
            return self._pool.request(
                method, url, body=data, headers=headers, retries=retries, **options
            )
        except urllib3.exceptions.HTTPError as error:
            code = "late" if _is_timeout(error) else "no_answer"
            raise ApiFailed(None, code, f"no response from {self._api_url}") from error


def ingest(
    post: Callable[[str], dict[str, Any]], documents: Sequence[Mapping[str, Any]], repeats: int
) -> dict[str, Any]:
    """Send documents with `post`, those again that are rejected as `try_again`; the response.

    U+FFFD is sent as an escape: the API refuses the character itself, which may be a byte that is
    not UTF-8.
    """
    response = post(_body(documents))
    for attempt in range(repeats):
        again = [r["index"] for r in response["rejected"] if r["code"] == TRY_AGAIN]
        if not again:
            break
        time.sleep(backoff(attempt, BACKOFF))
        response = _merge(response, again, post(_body([documents[index] for index in again])))
    return response


def _body(documents: Sequence[Mapping[str, Any]]) -> str:
    return to_json({"documents": documents}).replace("\ufffd", "\\ufffd")


def _merge(
    response: Mapping[str, Any], again: Sequence[int], repeated: Mapping[str, Any]
) -> dict[str, Any]:
    """A response after its documents of these indices were sent again, with that response."""
    rejected = [r for r in response["rejected"] if r["code"] != TRY_AGAIN]
    rejected += [{**r, "index": again[r["index"]]} for r in repeated["rejected"]]
    return {
        **response,
        "accepted": response["accepted"] + repeated["accepted"],
        "ids": [*response["ids"], *repeated["ids"]],
        "lake_only": response.get("lake_only", 0) + repeated.get("lake_only", 0),
        "rejected": sorted(rejected, key=lambda rejection: rejection["index"]),
        "received_at": repeated.get("received_at") or response.get("received_at"),
    }


def _is_reached(time_to_reach: str, counted_to: str) -> bool:
    return time_from_wire("counted_to", counted_to) >= time_from_wire("received_at", time_to_reach)


def _is_timeout(error: urllib3.exceptions.HTTPError) -> bool:
    reason = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) else error
    return isinstance(reason, urllib3.exceptions.ReadTimeoutError)


def content_of(status: int, headers: Mapping[str, str], body: bytes | str) -> dict[str, Any]:
    """The JSON object of a response, also if all documents were rejected. Raises `ApiFailed`."""
    seconds = headers.get("Retry-After", "")
    wait = float(seconds) if seconds.isascii() and seconds.isdigit() else None
    try:
        content = json.loads(body)
    except ValueError as error:
        raise ApiFailed(status, "not_json", f"HTTP {status} without JSON", wait) from error
    if not isinstance(content, dict):
        raise ApiFailed(status, "not_an_object", f"HTTP {status} without a JSON object", wait)
    if status < 300:
        return content
    if "rejected" in content:
        return {"accepted": 0, "ids": [], **content}
    reason = content.get("error")
    details = reason if isinstance(reason, dict) else {}
    message = details.get("message") or content.get("message") or "no reason given"
    raise ApiFailed(status, details.get("code", "http_error"), f"HTTP {status}: {message}", wait)
