"""Translates a chat completion to a Converse response. A model may have written anything in it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_companion.bedrock.conversation import (
    Request,
    content_characters,
    estimate_tokens,
    request_characters,
)
from aws_companion.bedrock.json_values import as_object, parse_object
from aws_companion.bedrock.reply import Reply, tool_use
from aws_companion.protocol import ServiceError

_REASONS = {"length": "max_tokens", "content_filter": "content_filtered"}
_MOST_TOKENS = 2**31 - 1
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")


def read_answer(answer: object, request: Request, url: str) -> Reply:
    """The reply in a chat completion. ModelErrorException if it is no chat completion."""
    try:
        choice = _object(_list(_object(answer)["choices"])[0])
        message = _object(choice["message"])
        content = list(_blocks(message))
    except (KeyError, IndexError, TypeError) as error:
        text = f"the server at {url} answered no chat completion; check --openai-url"
        raise ServiceError("ModelErrorException", text) from error
    usage = _object_or_empty(_object(answer).get("usage"))
    sent = _tokens(usage, "prompt_tokens", request_characters(request))
    received = _tokens(usage, "completion_tokens", content_characters(content))
    return Reply(content, _stop_reason(choice, message, content), sent, received)


def _blocks(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The text and the uses of tools, without blank texts, which Bedrock would refuse later."""
    calls = [_object(call) for call in _list(message.get("tool_calls") or [])]
    blocks: list[dict[str, Any]] = [{"text": _text(message.get("content"))}]
    blocks += [_block_of_call(_object(call["function"]), call.get("id")) for call in calls]
    return (block for block in blocks if "toolUse" in block or block["text"].strip())


def _block_of_call(function: Mapping[str, Any], call_id: object) -> dict[str, Any]:
    """The use of a tool; the arguments as text if they are no JSON object."""
    name, arguments = function.get("name"), function.get("arguments")
    read = parse_object(arguments) if isinstance(arguments, str) else as_object(arguments)
    if read is None or not isinstance(name, str) or not _NAME.fullmatch(name):
        return {"text": _as_text(arguments)}
    is_valid = isinstance(call_id, str) and _ID.fullmatch(call_id)
    return tool_use(name, read, str(call_id) if is_valid else "")


def _as_text(arguments: object) -> str:
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments)


def _text(content: object) -> str:
    """The text of a message, which some servers send in parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _stop_reason(
    choice: Mapping[str, Any], message: Mapping[str, Any], content: list[dict[str, Any]]
) -> str:
    """Servers name the reason `stop` also for a mandatory tool, so that the blocks decide."""
    reason = choice.get("finish_reason")
    if isinstance(reason, str) and reason in _REASONS:
        return _REASONS[reason]
    if any("toolUse" in block for block in content):
        return "tool_use"
    return "malformed_tool_use" if message.get("tool_calls") else "end_turn"


def _tokens(usage: Mapping[str, Any], name: str, characters: int) -> int:
    """The number that the server counted, else an estimate."""
    value = usage.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return value
    return estimate_tokens(characters)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no JSON object")
    return value


def _object_or_empty(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no JSON list")
    return value
