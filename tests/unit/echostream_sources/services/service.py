"""What the tests of all sources do with a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from tests.builders import NOW
from tests.web_server import WebServer

START = NOW - timedelta(seconds=150)
"""When the first post was written; up to 150 others follow, one each second."""
AUTHOR = "ann"


@dataclass
class Posts:
    """The texts of a service by the time of their posts, oldest first, `step` apart."""

    texts: list[str] = field(default_factory=list)
    start: datetime = START
    step: timedelta = timedelta(seconds=1)

    def add(self, texts: Sequence[str]) -> None:
        self.texts += texts

    def items(self) -> list[tuple[int, datetime, str]]:
        """The number, the time and the text of each post."""
        return [(n, self.start + n * self.step, text) for n, text in enumerate(self.texts)]


class WebService:
    """A service over HTTP, with pages at some paths."""

    secrets: Mapping[str, str] = {}
    shown: int | None = None

    def __init__(self, server: WebServer, settings: Mapping[str, str]) -> None:
        self.posts = Posts()
        self.settings = settings
        self.server = server

    def fail(self, status: int, headers: Mapping[str, str]) -> None:
        self._serve(b"{}", status, headers)

    def answer(self, body: bytes) -> None:
        self._serve(body, 200, {})

    def _serve(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        for path in self.server.pages:
            self.server.serve(path, body, status, **headers)


class Service(Protocol):
    """A service. A post without a text is one that its author has deleted, or that has a picture.

    `settings` and `secrets` are those of a source that reads it. `shown` is the number of the
    newest posts that it still shows; None if it shows all of them.
    """

    posts: Posts
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    shown: int | None

    def fail(self, status: int, headers: Mapping[str, str]) -> None:
        """Answer each request with an error from now on."""

    def answer(self, body: bytes) -> None:
        """Answer each request with a body from now on, which has another form."""
