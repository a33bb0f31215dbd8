"""Values of the optional fields of a document. A value that is wrong costs itself only."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from echostream.domain.validation import MAX_LENGTH, URL
from echostream_import.documents.languages import language_tag
from echostream_import.documents.values import SURROGATE, bare, is_nested, text_of

_PERSON = (
    *("screen_name", "screenName", "username", "userName", "handle", "acct", "login", "nickname"),
    *("display_name", "displayName", "name", "author_name", "steamid", "did", "id_str", "id"),
)
"""What names a person in an object, the best first."""
_NAMED = ("name", "display_name", "displayName", "slug", "title", "channel", "id")
_HOST = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?::\d+)?", re.IGNORECASE)
_LINK = re.compile(r"<a\b[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
Reader = Callable[[Any], str]
"""Gives the text of a value, empty if it says nothing; raises `ValueError` with the reason."""


def author(value: Any) -> str:
    """A name. One that is too long is not cut, because it would be the name of somebody else."""
    return _short("author", _name_in(value, _PERSON))


def channel(value: Any) -> str:
    """The name of a channel."""
    return _short("channel", _name_in(value, _NAMED))


def source(value: Any) -> str:
    """The name of a source."""
    return _short("source", _plain(value))


def identifier(value: Any) -> str:
    """An id as it is written."""
    return _checked(_plain(value))


def language(value: Any) -> str:
    """The tag of a language."""
    text = _plain(value)
    return language_tag(text) if text else ""


def url(value: Any) -> str:
    """An http or https address; `https` if it has no scheme."""
    text = _plain(value)
    if not text:
        return ""
    if text.startswith("//"):
        text = f"https:{text}"
    elif _is_without_scheme(text):
        text = f"https://{text}"
    if not URL.fullmatch(text):
        raise ValueError("not an http or https address")
    return _short("url", text)


def _is_without_scheme(text: str) -> bool:
    host, slash, _ = text.partition("/")
    return bool(_HOST.fullmatch(host)) and (bool(slash) or host.lower().startswith("www."))


def without_link(text: str) -> str:
    """The text inside an HTML link, such as the name of the app in an export of Twitter."""
    match = _LINK.fullmatch(text) if text.startswith("<") else None
    return match[1].strip() if match else text


def _name_in(value: Any, names: tuple[str, ...]) -> str:
    value = bare(value)
    if not isinstance(value, Mapping):
        return _plain(value)
    texts = (text_of(value.get(name)) for name in names)
    found = next(filter(None, texts), "")
    if not found and value:
        raise ValueError("an object without a name")
    return found


def _plain(value: Any) -> str:
    text = text_of(value)
    if not text and is_nested(bare(value)) and value:
        raise ValueError("an object, not a text")
    return text


def _short(field: str, text: str) -> str:
    if len(text) > MAX_LENGTH[field]:
        raise ValueError(f"longer than {MAX_LENGTH[field]:,} characters")
    return _checked(text)


def _checked(text: str) -> str:
    if SURROGATE.search(text):
        raise ValueError("half of a surrogate pair")
    return text


READERS: Mapping[str, Reader] = {
    "author": author,
    "url": url,
    "language": language,
    "channel": channel,
}
