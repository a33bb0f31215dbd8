"""A language model on Amazon Bedrock, by the Converse API.

What a call may cost at most is reserved with the spend guard before it, in millionths of a dollar;
what it did not cost is released afterwards. A throttle, a server error or a lost connection is
retried, each attempt with a reservation of its own.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from echostream.adapters.paid_calls import MODEL_HEADER
from echostream.adapters.retry import backoff
from echostream.domain.digest.prompt import MAX_OUTPUT_TOKENS, Prompt
from echostream.domain.digest.writing import ModelFailed
from echostream.domain.spend import SpendGuard

MAX_ATTEMPTS = 3
MAX_SECONDS = 18.0
"""After which no attempt begins: the API waits for 30 seconds, and an attempt takes up to 10."""
BACKOFF = 0.4
"""Seconds, doubled with each attempt."""
CAPPED, UNAVAILABLE = "spend_cap", "bedrock_unavailable"
_WORTH_RETRYING = {
    *("ThrottlingException", "InternalServerException", "ServiceUnavailableException"),
    *("ModelNotReadyException", "ModelTimeoutException", "ModelErrorException"),
}
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError)


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """Dollars for a million tokens, which are millionths of a dollar for one."""

    input: float
    output: float

    def of(self, tokens_in: int, tokens_out: int) -> int:
        """The price of tokens in millionths of a dollar, rounded up."""
        return math.ceil(tokens_in * self.input + tokens_out * self.output)


@dataclass(slots=True)
class BedrockModel:
    """A model, or an inference profile, by its id, for one request: it stops after `MAX_SECONDS`.

    `client` is a boto3 client of bedrock-runtime without retries, so that each attempt is reserved.
    `name` is the model that wrote last: a stand-in has a name of its own.
    """

    client: Any
    model: str
    guard: SpendGuard
    prices: TokenPrices
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    name: str = field(init=False)
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.model
        self._end = self.clock() + MAX_SECONDS

    def write(self, prompt: Prompt, now: datetime) -> object:
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                self.sleep(backoff(attempt - 1, BACKOFF))
            if self.clock() > self._end:
                break
            response = self._once(prompt, now)
            if response is not None:
                return self._content(response)
        raise ModelFailed(UNAVAILABLE)

    def _once(self, prompt: Prompt, now: datetime) -> Any:
        """The response; None if another attempt may succeed."""
        # A token has one byte at least.
        size = len(f"{prompt.system}{prompt.text}{prompt.schema}".encode())
        reserved = self.prices.of(size, MAX_OUTPUT_TOKENS)
        if not self.guard.reserve(reserved, now):
            raise ModelFailed(CAPPED)
        try:
            response = self.client.converse(modelId=self.model, **_request(prompt))
        except ClientError as error:
            self.guard.release(reserved, now)
            code = error.response.get("Error", {}).get("Code", "")
            if code in _WORTH_RETRYING:
                return None
            raise ModelFailed(f"bedrock_{code}") from error
        except _NEVER_SENT:
            self.guard.release(reserved, now)
            return None
        except BotoCoreError:  # no response; the call may have been billed
            return None
        usage = response["usage"]
        spent = self.prices.of(usage["inputTokens"], usage["outputTokens"])
        if spent < reserved:
            self.guard.release(reserved - spent, now)
        return response

    def _content(self, response: Any) -> object:
        headers = response["ResponseMetadata"]["HTTPHeaders"]
        self.name = headers.get(MODEL_HEADER, self.model)
        blocks = response["output"].get("message", {}).get("content", [])
        return next((block["toolUse"]["input"] for block in blocks if "toolUse" in block), None)


def _request(prompt: Prompt) -> dict[str, Any]:
    tool = {
        "name": prompt.tool,
        "description": "Takes the digest",
        "inputSchema": {"json": prompt.schema},
    }
    return {
        "system": [{"text": prompt.system}],
        "messages": [{"role": "user", "content": [{"text": prompt.text}]}],
        "toolConfig": {
            "tools": [{"toolSpec": tool}],
            "toolChoice": {"tool": {"name": prompt.tool}},
        },
        "inferenceConfig": {"maxTokens": MAX_OUTPUT_TOKENS, "temperature": 0.0},
    }
