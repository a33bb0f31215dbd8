"""The HTTP side of chat completions: one POST, whose failures become errors of Bedrock.

Only the user who starts the companion names the address. No proxy of the environment is used and
no redirect is followed, so that prompts and the key reach no other server.
"""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from aws_companion.protocol import ServiceError
from aws_companion.rest_json import INVALID

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 10 * 1024 * 1024
LONGEST_QUOTE = 300
"""Characters of a server's error message in the companion's."""
_CHUNK = 64 * 1024
_NO_ACCESS = ("AccessDeniedException", "set OPENAI_API_KEY where the companion starts")
_NOT_FOUND = ("ResourceNotFoundException", "check --openai-url, and that it has the model {model}")
_SLOW = ("ModelTimeoutException", "try a smaller model or prompt")
_BUSY = ("ServiceUnavailableException", "wait until it is ready, then try again")
_INVALID = (INVALID, "check that {model} supports this request, for example tools")
_OTHER = "see the log of that server"
_EXPLANATIONS: Mapping[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: _INVALID,
    HTTPStatus.UNAUTHORIZED: _NO_ACCESS,
    HTTPStatus.FORBIDDEN: _NO_ACCESS,
    HTTPStatus.NOT_FOUND: _NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: _SLOW,
    HTTPStatus.UNPROCESSABLE_ENTITY: _INVALID,
    HTTPStatus.TOO_MANY_REQUESTS: ("ThrottlingException", "wait, then try again"),
    HTTPStatus.BAD_GATEWAY: _BUSY,
    HTTPStatus.SERVICE_UNAVAILABLE: _BUSY,
    HTTPStatus.GATEWAY_TIMEOUT: _SLOW,
}
"""The type of the error for a status of the server, and what to do."""


class ChatServer:
    """A server's chat completions. Threads may share it."""

    def __init__(self, url: str, model: str, key: str, seconds: float) -> None:
        self.url = url
        self._model = model
        self._key = key
        self._seconds = seconds
        self._http = urllib3.PoolManager()

    def complete(self, body: Mapping[str, Any]) -> object:
        """The decoded answer to a request. Raises `ServiceError` with the address and a remedy."""
        try:
            content = json.dumps(body, allow_nan=False).encode()
        except ValueError as error:
            raise ServiceError(INVALID, "the request has a number that JSON lacks") from error
        try:
            status, answer = self._post(content)
        except (TimeoutError, ReadTimeoutError) as error:
            message = f"did not answer within {self._seconds:g} s; try a smaller model or prompt"
            raise self._error("ModelTimeoutException", message) from error
        except HTTPError as error:
            message = (
                "does not respond; start it or correct --openai-url (from a container, this"
                " machine is host.docker.internal)"
            )
            raise self._error("ServiceUnavailableException", message) from error
        if status != HTTPStatus.OK:
            raise self._refusal(status, answer)
        return self._decode(answer)

    def close(self) -> None:
        self._http.clear()

    def _post(self, content: bytes) -> tuple[int, bytes]:
        """Status and body. Raises `TimeoutError` if the answer takes too long altogether."""
        deadline = time.monotonic() + self._seconds
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        response = self._http.request(
            "POST",
            f"{self.url}/chat/completions",
            body=content,
            headers=headers,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=self._seconds),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            return response.status, self._read(response, deadline)
        finally:
            response.close()

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
        body = bytearray()
        for part in response.stream(_CHUNK):
            body += part
            if time.monotonic() > deadline:
                raise TimeoutError
            if len(body) > LARGEST_ANSWER:
                message = f"answered more than {LARGEST_ANSWER} bytes; check --openai-url"
                raise self._error("ModelErrorException", message)
        return bytes(body)

    def _decode(self, answer: bytes) -> object:
        try:
            decoded: object = json.loads(answer.decode())
        except (ValueError, RecursionError) as error:
            message = "answered no JSON; check that --openai-url ends where OpenAI's API begins"
            raise self._error("ModelErrorException", f"{message} (often /v1)") from error
        return decoded

    def _refusal(self, status: int, answer: bytes) -> ServiceError:
        """The error for a status that is not 200."""
        code, remedy = _EXPLANATIONS.get(status, ("ModelErrorException", _OTHER))
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            remedy = "redirects are not followed; correct --openai-url"
        text = remedy.format(model=self._model)
        return self._error(code, f"answered {status}{self._quote(answer)}; {text}")

    def _quote(self, answer: bytes) -> str:
        """The server's own message, if it has one, without the key."""
        try:
            error = json.loads(answer.decode())["error"]
            message = str(error["message"] if isinstance(error, dict) else error)
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        hidden = message.replace(self._key, "***") if self._key else message
        return f" ({hidden[:LONGEST_QUOTE]})"

    def _error(self, code: str, message: str) -> ServiceError:
        return ServiceError(code, f"the server at {self.url} {message}")
