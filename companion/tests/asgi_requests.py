"""Requests to an application behind the check of allowed hosts."""

import asyncio
from typing import Any

from aws_companion.allowed_hosts import AllowedHosts

Headers = list[tuple[str, str]]


class Application:
    """Counts its calls and allows every origin to read, as emulators do."""

    def __init__(self) -> None:
        self.calls = 0
        self.headers = [(b"Access-Control-Allow-Origin", b"*"), (b"x-other", b"*")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            await send({"type": "http.response.body", "body": b"secret"})
        else:
            await send({"type": f"{scope['type']}.accept"})


def ask(
    headers: Headers, *allowed: str, application: Any = None, kind: str = "http", **scope: Any
) -> list[Any]:
    """The messages of the response to a request with these headers, in this order."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": f"{kind}.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    middleware = AllowedHosts(application or Application(), allowed)
    whole = {"type": kind, "method": "POST", "headers": raw, **scope}
    asyncio.run(middleware(whole, receive, send))
    return sent


def is_refused(headers: Headers, *allowed: str, **scope: Any) -> bool:
    """Whether a request gets 403 and the application is not called."""
    application = Application()
    status = ask(headers, *allowed, application=application, **scope)[0]["status"]
    assert (status, application.calls) in ((403, 0), (200, 1))
    return bool(status == 403)
