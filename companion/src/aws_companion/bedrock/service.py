"""Amazon Bedrock's runtime, for the operation Converse.

The stand-in answers, or a server with OpenAI's API that the user named when the companion was
started. A request cannot name a server, and its `modelId` selects nothing.
"""

import time
from typing import Any, Protocol

from aws_companion.bedrock.chat import ChatModel
from aws_companion.bedrock.conversation import Request, check_conversation
from aws_companion.bedrock.reply import Reply
from aws_companion.bedrock.stand_in import StandIn
from aws_companion.emulator import ClientFactory
from aws_companion.protocol import service_model
from aws_companion.services import InvalidOptions, Options, ServiceResponse


class Model(Protocol):
    """Answers conversations; `name` is for the response's header."""

    @property
    def name(self) -> str: ...

    def reply(self, request: Request) -> Reply:
        """Raises `ServiceError`. Called from several threads."""

    def close(self) -> None: ...


def create(_: ClientFactory, options: Options) -> "BedrockService":
    """The service with its model. Raises `InvalidOptions`."""
    if bool(options.openai_url) != bool(options.openai_model):
        raise InvalidOptions("--openai-url and --openai-model: set both or none")
    return BedrockService(ChatModel.create(options) if options.openai_url else StandIn())


class BedrockService:
    """Converse."""

    def __init__(self, model: Model) -> None:
        self.model = service_model("bedrock-runtime")
        self.operations = frozenset({"Converse"})
        self._model = model

    @property
    def status(self) -> dict[str, Any]:
        return {"bedrock_model": self._model.name}

    def close(self) -> None:
        self._model.close()

    def respond(self, _: str, parameters: dict[str, Any], __: int | None) -> ServiceResponse:
        """The response to a Converse request whose members match the service model."""
        started = time.perf_counter()
        check_conversation(parameters)
        reply = self._model.reply(parameters)
        latency_ms = round((time.perf_counter() - started) * 1000)
        return ServiceResponse(reply.body(latency_ms), self._model.name, 1)
