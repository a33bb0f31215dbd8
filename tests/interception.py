"""A client of which one method is replaced, for faults of AWS."""

from collections.abc import Callable
from typing import Any


class Intercepted:
    """Wraps a client; `intercept(call, arguments)` takes the place of one of its methods."""

    def __init__(self, client: Any, method: str, intercept: Callable[[Any, Any], Any]) -> None:
        self._client, self._method, self._intercept = client, method, intercept

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name != self._method:
            return method
        return lambda **arguments: self._intercept(method, arguments)
