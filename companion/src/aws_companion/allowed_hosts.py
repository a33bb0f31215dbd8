"""Refuses requests that a foreign web page may have sent, before the application sees them.

A browser sends them with a foreign `Origin`, `Referer` or `Sec-Fetch-Site`; after DNS rebinding,
with a foreign `Host`. Starlette's TrustedHostMiddleware checks the last only. This file needs the
standard library alone: the emulator uses it too, in an environment without Starlette.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
LOCAL = ("localhost", "*.localhost", "127.0.0.1", "::1")
"""Names of this machine, which are always allowed, with any port."""
UNSPECIFIED = {"0.0.0.0", "::", ""}  # noqa: S104 (they are dropped)
"""Values that servers listen on and that are no host's address; never allowed."""
SETTING = "ALLOWED_HOSTS"
_CHECKED = (b"host", b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_][a-z0-9._-]*))(?::[0-9]{1,5})?")
_ORIGIN = re.compile(r"https?://([^/?#]+)")
_REFERER = re.compile(r"https?://([^/?#]+)(?:[/?#].*)?")
_LINK = {b"sec-fetch-mode": ["navigate"], b"sec-fetch-dest": ["document"]}
"""What a browser sends when a user follows a link, in a tab and not in a frame."""
_SIGN_IN = ("/oauth2/authorize", "/oauth2/idpresponse", "/logout")
"""Cognito's pages, which applications on any site open in a tab."""
_LONGEST_SHOWN = 80


class AllowedHosts:
    """ASGI middleware: 403 unless all names in a request's headers are allowed.

    `allowed` are host names and addresses beside `LOCAL`; `*.name` stands for all names below one.
    """

    def __init__(self, app: App, allowed: Iterable[str] = ()) -> None:
        names = {name.strip().lower().strip("[]") for name in (*LOCAL, *allowed)} - UNSPECIFIED
        self._app = app
        self._names = frozenset(name for name in names if "*" not in name)
        self._endings = tuple(name[1:] for name in names if name.startswith("*.") and name[2:])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = _checked_headers(scope)
        refusal = self._refusal(scope, headers)
        if refusal:
            await _refuse(scope, receive, send, refusal)
        else:
            await self._app(scope, receive, _without_wildcard(send, headers.get(b"origin")))

    def _refusal(self, scope: Scope, headers: dict[bytes, list[str]]) -> str | None:
        """The first header that is not allowed, with its value."""
        hosts = headers.get(b"host", [])
        if len(hosts) != 1 or not self._is_allowed(hosts[0]):
            return _header("Host", hosts)
        if _is_link_to_page(scope, hosts[0], headers):
            return None
        for header, pattern in ((b"origin", _ORIGIN), (b"referer", _REFERER)):
            for value in headers.get(header, ()):
                match = pattern.fullmatch(value)
                if not (match and self._is_allowed(match[1])):
                    return _header(header.decode().title(), [value])
        is_named = b"origin" in headers or b"referer" in headers
        site = headers.get(b"sec-fetch-site", ["none"])
        if not is_named and site not in (["none"], ["same-origin"]):
            return _header("Sec-Fetch-Site", site)
        return None

    def _is_allowed(self, host: str) -> bool:
        match = _HOST.fullmatch(host.lower())
        if not match:
            return False
        name = match[1] or match[2]
        return name in self._names or name.endswith(self._endings)


def _checked_headers(scope: Scope) -> dict[bytes, list[str]]:
    found: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        if name in _CHECKED:
            found.setdefault(name, []).append(value.decode("latin-1"))
    return found


def _is_link_to_page(scope: Scope, host: str, headers: dict[bytes, list[str]]) -> bool:
    """Whether a user follows a link to a page of the emulator's CloudFront or Cognito.

    CloudFront forwards requests for other content to the emulator with these headers and another
    `Host`, so that they are refused there.
    """
    is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    is_link = all(headers.get(name) == value for name, value in _LINK.items())
    is_page = ".cloudfront." in host.lower() or scope.get("path") in _SIGN_IN
    return is_read and is_link and is_page and b"origin" not in headers


def _header(name: str, values: list[str]) -> str:
    shown = " and ".join(ascii(value[:_LONGEST_SHOWN]) for value in values) or "missing"
    return f"The header {name} ({shown}) does not name this sandbox"


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: str) -> None:
    """403 with the reason; for a WebSocket whose server cannot send one, a refused handshake."""
    message = (
        f"{refusal}. Requests of other web sites are refused. If this one is yours, add its host"
        f" name to the setting {SETTING} (see docs/sandbox.md)."
    )
    body = json.dumps({"__type": "AccessDeniedException", "message": message}).encode()
    kind = "http.response"
    if scope["type"] == "websocket":
        await receive()
        kind = "websocket.http.response"
        if kind not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})
            return
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": f"{kind}.start", "status": 403, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})


def _without_wildcard(send: Send, origins: list[str] | None) -> Send:
    """Responses that allow every origin allow the request's own, which is checked, or none."""

    async def send_restricted(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(_restrict(message.get("headers", ()), origins))}
        await send(message)

    return send_restricted


def _restrict(
    headers: Iterable[tuple[bytes, bytes]], origins: list[str] | None
) -> Iterable[tuple[bytes, bytes]]:
    for name, value in headers:
        if value != b"*" or name.lower() != b"access-control-allow-origin":
            yield name, value
        elif origins:
            yield name, origins[0].encode("latin-1")
            yield b"vary", b"Origin"
