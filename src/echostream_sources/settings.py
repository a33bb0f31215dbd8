"""The settings of a source: text that a user wrote, each with a name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from echostream_sources.watch import Watch, watch_of
from echostream_sources.web import Web


class BadSetting(Exception):
    """A setting is missing or malformed. The message names it and the fix."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a source is opened with.

    `secrets` are its credentials. A host that a setting names may have a private address if
    `allows_private`, as for a user at their own machine; others never. Requests go to `hosts` only;
    None is any host.
    """

    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    samples: Sequence[Mapping[str, Any]] = ()
    allows_private: bool = False
    hosts: frozenset[str] | None = None

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, "").strip() or default

    def words(self, name: str, default: str = "") -> list[str]:
        """The words of a setting, which are separated by commas."""
        return [one.strip() for one in self.text(name, default).split(",") if one.strip()]

    def choices(self, name: str, allowed: Iterable[str]) -> tuple[str, ...]:
        """Some of the allowed words, each once; all of them by default."""
        names = tuple(allowed)
        chosen = self.words(name) or names
        if unknown := set(chosen) - set(names):
            raise BadSetting(f"{name}: must be some of {', '.join(names)}, has {min(unknown)!r}")
        return tuple(dict.fromkeys(chosen))

    def address(
        self, name: str, default: str = "", schemes: Sequence[str] = ("https", "http")
    ) -> str:
        """An address, without a slash at its end. A host alone gets the first scheme."""
        text = self.text(name, default)
        address = text if "://" in text or not text else f"{schemes[0]}://{text}"
        if host_of(address) and address.partition("://")[0] in schemes:
            return address.rstrip("/")
        raise BadSetting(f"{name}: must be an address that begins with {schemes[0]}://")

    def watch(self) -> Watch:
        return watch_of(self.words("keywords"), self.words("languages"))

    def web(self, address: str) -> Web:
        """What sends requests to an address: one that the user wrote, or that is the default."""
        host = host_of(address)
        is_named = any(host in value.lower() for value in self.values.values())
        private = frozenset((host,) if self.allows_private and is_named else ())
        return Web(private, self.hosts)


def host_of(address: str) -> str:
    """The host of an address; empty if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
