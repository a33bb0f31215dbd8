"""The privacy options of tenants, for a function that serves no request of a member."""

import time
from collections import OrderedDict
from collections.abc import Callable

from echostream.domain.privacy import Privacy

MAX_CACHED = 1000
"""Tenants whose options a container remembers."""


class PrivacyCache:
    """Reads options from the directory at most once in some seconds for each tenant."""

    def __init__(
        self,
        read: Callable[[str], Privacy],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, Privacy]] = OrderedDict()

    def __call__(self, tenant: str) -> Privacy:
        """The options of a tenant. Raises `TryAgain`."""
        cached, now = self._cache.get(tenant), self._clock()
        if cached and now < cached[0]:
            return cached[1]
        privacy = self._read(tenant)
        self._cache[tenant] = now + self._seconds, privacy
        self._cache.move_to_end(tenant)
        if len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)
        return privacy
