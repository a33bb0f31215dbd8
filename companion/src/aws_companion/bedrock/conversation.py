"""The rules of a conversation that Bedrock checks beyond the types in its service model."""

import json
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from aws_companion.bedrock.json_values import MAX_DEPTH, is_deeper
from aws_companion.protocol import ServiceError
from aws_companion.rest_json import INVALID

Request = Mapping[str, Any]
"""The members of a Converse request, which match the service model."""
CHARACTERS_A_TOKEN = 4
_UNSUPPORTED = ("guardrailConfig", "outputConfig", "promptVariables")
"""Members that change the response and that the companion cannot honour."""
_TOOL_BLOCKS = ("toolUse", "toolResult")


def check_conversation(request: Request) -> None:
    """ValidationException for the first broken rule; the message names the member."""
    for message in _broken_rules(request):
        raise ServiceError(INVALID, message)


def estimate_tokens(characters: int) -> int:
    """A fourth of the characters, rounded up. No tokenizer is involved."""
    return ceil(characters / CHARACTERS_A_TOKEN)


def request_characters(request: Request) -> int:
    """The characters of a request: its texts, and the JSON of its other blocks and its tools."""
    blocks = [*(request.get("system") or ())]
    for message in request["messages"]:
        blocks += message["content"]
    tools = request.get("toolConfig")
    return content_characters(blocks) + (len(json.dumps(tools)) if tools else 0)


def content_characters(blocks: list[dict[str, Any]]) -> int:
    """The characters of blocks: their texts, and the JSON of those that are no text."""
    return sum(
        len(block["text"]) if block.get("text") is not None else len(json.dumps(block))
        for block in blocks
    )


def _broken_rules(request: Request) -> Iterator[str]:
    for name in _UNSUPPORTED:
        if request.get(name):
            yield f"{name}: the companion does not support it"
    if is_deeper(request, MAX_DEPTH):
        yield f"messages or toolConfig: nested deeper than {MAX_DEPTH} levels"
    messages = request.get("messages") or []
    if not messages:
        yield "messages: a conversation needs at least one message, from the user"
    elif messages[0]["role"] != "user":
        yield "messages.0.role: a conversation must start with a user message"
    for index, message in enumerate(messages):
        yield from _broken_by_message(message, f"messages.{index}")
        if index and message["role"] == messages[index - 1]["role"]:
            yield f"messages.{index}.role: a conversation must alternate between user and assistant"
    yield from _broken_by_tools(request, messages)


def _broken_by_message(message: Mapping[str, Any], path: str) -> Iterator[str]:
    if not message["content"]:
        yield f"{path}.content: a message needs at least one content block"
    for index, block in enumerate(message["content"]):
        text = block.get("text")
        if text is not None and not text.strip():
            yield f"{path}.content.{index}.text: the text is blank"


def _broken_by_tools(request: Request, messages: list[dict[str, Any]]) -> Iterator[str]:
    config = request.get("toolConfig") or {}
    blocks = [block for message in messages for block in message["content"]]
    if not config and any(block.get(name) for block in blocks for name in _TOOL_BLOCKS):
        yield "toolConfig: must be defined with toolUse and toolResult blocks"
    chosen, names = chosen_tool(request), list(tool_names(config))
    if chosen is not None and chosen not in names:
        yield f"toolConfig.toolChoice.tool.name: no tool {chosen}; tools: {', '.join(names)}"


def chosen_tool(request: Request) -> str | None:
    """The name of the tool that the model must use, if the request names one."""
    choice = (request.get("toolConfig") or {}).get("toolChoice") or {}
    tool = choice.get("tool")
    return str(tool["name"]) if tool else None


def tool_names(config: Mapping[str, Any]) -> Iterator[str]:
    for tool in config.get("tools", ()):
        for kind in ("toolSpec", "systemTool"):
            if tool.get(kind):
                yield str(tool[kind]["name"])
