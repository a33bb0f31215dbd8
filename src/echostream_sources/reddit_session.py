"""The requests of PRAW, sent through `Web`, with Reddit's limit of requests.

PRAW would sleep until the limit ends, up to ten minutes, and repeat requests that fail. Here both
end the read: the producer waits.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from echostream_sources.source import SourceFailed
from echostream_sources.web import Web, retry_after

LIMIT = "x-ratelimit-"
REPEATED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_OWN = ("accept-encoding", "connection")


class RedditSession(requests.Session):
    """A session whose requests go to checked addresses only.

    `asked_to` is the time, in seconds since 1970, before which Reddit wants no request; 0 if some
    requests are left.
    """

    def __init__(self, web: Web) -> None:
        super().__init__()
        self.trust_env = False
        self.asked_to = 0.0
        self._now = 0.0
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(self, web))

    def start(self, now: datetime) -> None:
        """Begin a read."""
        self._now, self.asked_to = now.timestamp(), 0.0

    def check_limit(self, url: str) -> None:
        """Raise `SourceFailed` if no request is left."""
        if self.asked_to:
            raise SourceFailed(f"{url}: all requests are used", self.asked_to - self._now)

    def learn_limit(self, headers: dict[str, str]) -> None:
        """Remove the limit from the headers, and remember it."""
        limit = {name: headers.pop(name) for name in list(headers) if name.startswith(LIMIT)}
        try:
            if float(limit.get(f"{LIMIT}remaining", 1)) < 1:
                self.asked_to = self._now + float(limit.get(f"{LIMIT}reset", 0))
        except ValueError:
            return

    def failure(self, url: str, status: int, headers: dict[str, str]) -> SourceFailed:
        """The error of a response that PRAW would ask for again."""
        wait = retry_after(headers, self._now)
        left = self.asked_to - self._now if self.asked_to else None
        return SourceFailed(f"{url}: HTTP {status}", left if wait is None else wait)


class _Adapter(BaseAdapter):
    def __init__(self, session: RedditSession, web: Web) -> None:
        super().__init__()
        self._session, self._web = session, web

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send a request. Raises `SourceFailed`, which names no query and no credential."""
        url = str(request.url)
        address = url.partition("?")[0]
        self._session.check_limit(address)
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
            if name.lower() not in _OWN
        }
        body = str(request.body).encode() if request.body else None  # a form
        received = self._web.send(str(request.method), url, headers, body)
        fields = dict(received.headers)
        self._session.learn_limit(fields)
        if received.status in REPEATED or received.status >= 500:
            raise self._session.failure(address, received.status, fields)
        response = requests.Response()
        response.status_code, response.url, response.request = received.status, url, request
        response.headers = CaseInsensitiveDict(fields)
        response._content = received.body
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """Nothing stays open."""
