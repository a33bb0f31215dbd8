"""Opens a source that is configured, with its credentials and the hosts that it may ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from echostream.domain.live_sources import LiveSource, LiveSources
from echostream.domain.secrets import Secrets
from echostream_sources.kinds import kind_of, open_source
from echostream_sources.settings import Settings
from echostream_sources.source import Source


@dataclass(frozen=True, slots=True)
class Opening:
    """`samples` returns the sample data. A private address needs `allows_private`."""

    sources: LiveSources
    secrets: Secrets
    samples: Callable[[], Sequence[Mapping[str, Any]]]
    allows_private: bool = False

    def __call__(self, source: LiveSource) -> Source:
        """Raises `BadSetting`, `NotFound` and `TryAgain`."""
        credentials = self.secrets.read(source.secret) if source.secret else {}
        return self.open_with(source, credentials)

    def open_with(self, source: LiveSource, credentials: Mapping[str, str]) -> Source:
        """A source with credentials that are not stored yet. Raises `BadSetting`."""
        kind = kind_of(source.kind)
        samples = self.samples() if kind.needs_samples else ()
        hosts = self.sources.hosts() | kind.hosts
        settings = Settings(source.settings, credentials, samples, self.allows_private, hosts)
        return open_source(source.kind, settings)
