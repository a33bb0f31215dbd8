"""A model behind OpenAI's API, as Ollama, llama.cpp, vLLM and others serve it."""

import re
import threading
from urllib.parse import urlsplit

from aws_companion.bedrock.chat_answer import read_answer
from aws_companion.bedrock.chat_request import write_request
from aws_companion.bedrock.chat_server import ChatServer
from aws_companion.bedrock.conversation import Request
from aws_companion.bedrock.reply import Reply
from aws_companion.protocol import ServiceError
from aws_companion.services import InvalidOptions, Options

MAX_CONCURRENT = 16
"""Requests at a time. The other services keep the rest of the server's threads."""
_PRINTABLE = re.compile(r"[!-~]+")


class ChatModel:
    """Passes conversations on to a server."""

    def __init__(self, name: str, server: ChatServer) -> None:
        self.name = name
        self._server = server
        self._free = threading.BoundedSemaphore(MAX_CONCURRENT)

    @classmethod
    def create(cls, options: Options) -> "ChatModel":
        """The model that the options name. Raises `InvalidOptions`."""
        _check(options)
        url = options.openai_url.rstrip("/")
        server = ChatServer(url, options.openai_model, options.openai_key, options.openai_seconds)
        return cls(options.openai_model, server)

    def reply(self, request: Request) -> Reply:
        """The model's reply. Raises `ServiceError`."""
        body = write_request(self.name, request)
        if not self._free.acquire(blocking=False):
            message = f"the companion passes on {MAX_CONCURRENT} requests at a time; try again"
            raise ServiceError("ThrottlingException", message)
        try:
            answer = self._server.complete(body)
        finally:
            self._free.release()
        return read_answer(answer, request, self._server.url)

    def close(self) -> None:
        self._server.close()


def _check(options: Options) -> None:
    if not _PRINTABLE.fullmatch(options.openai_model):
        raise InvalidOptions("--openai-model: must be printable ASCII without spaces")
    if options.openai_key and not _PRINTABLE.fullmatch(options.openai_key):
        raise InvalidOptions("OPENAI_API_KEY: must be printable ASCII without spaces")
    if not _is_plain_address(options.openai_url):
        raise InvalidOptions(
            "--openai-url: must be an address such as http://localhost:11434/v1, without user,"
            " password, query or fragment"
        )


def _is_plain_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_complete and bool(_PRINTABLE.fullmatch(url)) and not any(c in url for c in "@?#\\")
