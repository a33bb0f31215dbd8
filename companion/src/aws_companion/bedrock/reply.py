"""What a model answered, in the form of Converse's response."""

import uuid
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """The blocks of a model's message, why it ended, and the tokens of both sides."""

    content: list[dict[str, Any]]
    stop_reason: str
    input_tokens: int
    output_tokens: int

    def body(self, latency_ms: int) -> dict[str, Any]:
        return {
            "output": {"message": {"role": "assistant", "content": self.content}},
            "stopReason": self.stop_reason,
            "usage": {
                "inputTokens": self.input_tokens,
                "outputTokens": self.output_tokens,
                "totalTokens": self.input_tokens + self.output_tokens,
            },
            "metrics": {"latencyMs": latency_ms},
        }


def tool_use(name: str, arguments: dict[str, Any], use_id: str = "") -> dict[str, Any]:
    """A block in which the model uses a tool."""
    identifier = use_id or f"tooluse_{uuid.uuid4().hex}"
    return {"toolUse": {"toolUseId": identifier, "name": name, "input": arguments}}
