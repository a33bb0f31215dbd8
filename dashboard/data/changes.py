"""Changes that a viewer makes through the API, and the reasons why one was refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from dashboard.data.errors import ServiceError, translate_errors
from dashboard.data.messages import OWN_TEXTS, plain
from echostream_client.api import ApiFailed

_REFUSED = (400, 404, 409, 413)
"""The statuses of requests that changed nothing, because of what they name."""
_REFUSED_CODES = ("host_not_allowed", "operator_needed")
"""Codes with the status 403 that have such a reason, too."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made: a sentence in Markdown, and secrets, by name, to show this once."""

    text: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def said(text: str, name: str) -> str:
    """A sentence about what was changed, in Markdown; `text` is a key of `OWN_TEXTS`."""
    return OWN_TEXTS[text].format(name=plain(name))


@contextmanager
def translate_changes(refused: str = "not_changed") -> Iterator[None]:
    """Raises errors as `ServiceError`.

    That of a refused change has the kind `refused`, and the API's reason in its message.
    """
    with translate_errors():
        try:
            yield
        except ApiFailed as error:
            detail = error.message.removeprefix(f"HTTP {error.status}: ")
            if error.code == "role_needed":
                raise ServiceError("admin_needed") from error
            if error.status in _REFUSED or error.code in _REFUSED_CODES:
                raise ServiceError(refused, detail) from error
            raise
