"""Translates a Converse request to a request of OpenAI's chat completions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aws_companion.bedrock.conversation import Request
from aws_companion.protocol import ServiceError
from aws_companion.rest_json import INVALID

_IGNORED = ("cachePoint", "reasoningContent")
"""Blocks that change no answer, or that only the model which wrote them can use."""
_PARAMETERS = {
    "maxTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop",
}
Block = Mapping[str, Any]


def write_request(model: str, request: Request) -> dict[str, Any]:
    """The body. ValidationException, with the path, for a block that is not passed on."""
    system = _texts(request.get("system") or [], "system")
    messages = [{"role": "system", "content": system}] if system else []
    for index, message in enumerate(request["messages"]):
        messages += _MESSAGES[message["role"]](message["content"], f"messages.{index}.content")
    given = request.get("inferenceConfig") or {}
    parameters = {
        name: given[member] for member, name in _PARAMETERS.items() if given.get(member) is not None
    }
    tools = _tools(request.get("toolConfig") or {})
    return {"model": model, "messages": messages, "stream": False, **parameters, **tools}


def _user_messages(blocks: list[Block], path: str) -> Iterator[dict[str, Any]]:
    """The results of tools, which must follow the calls at once, then the text."""
    others: list[Block] = []
    for index, block in enumerate(blocks):
        result = block.get("toolResult")
        if result is None:
            others.append(block)
            continue
        content = _result_text(result, f"{path}.{index}.toolResult.content")
        yield {"role": "tool", "tool_call_id": result["toolUseId"], "content": content}
    text = _texts(others, path)
    if text:
        yield {"role": "user", "content": text}


def _assistant_messages(blocks: list[Block], path: str) -> Iterator[dict[str, Any]]:
    uses = [block["toolUse"] for block in blocks if block.get("toolUse") is not None]
    text = _texts([block for block in blocks if block.get("toolUse") is None], path)
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if uses:
        message["tool_calls"] = [_tool_call(use) for use in uses]
    yield message


def _system_messages(blocks: list[Block], path: str) -> Iterator[dict[str, Any]]:
    yield {"role": "system", "content": _texts(blocks, path)}


_MESSAGES = {
    "user": _user_messages,
    "assistant": _assistant_messages,
    "system": _system_messages,
}


def _tool_call(use: Block) -> dict[str, Any]:
    function = {"name": use["name"], "arguments": json.dumps(use["input"])}
    return {"id": use["toolUseId"], "type": "function", "function": function}


def _texts(blocks: list[Block], path: str) -> str:
    """The texts of blocks, with an empty line between two."""
    texts = []
    for index, block in enumerate(blocks):
        if block.get("text") is not None:
            texts.append(block["text"])
        elif not any(block.get(name) is not None for name in _IGNORED):
            raise _not_passed_on(block, f"{path}.{index}")
    return "\n\n".join(texts)


def _result_text(result: Block, path: str) -> str:
    """The content of a tool's result; JSON as text."""
    texts = []
    for index, block in enumerate(result["content"]):
        if block.get("json") is not None:
            texts.append(json.dumps(block["json"]))
        elif block.get("text") is not None:
            texts.append(block["text"])
        else:
            raise _not_passed_on(block, f"{path}.{index}")
    text = "\n\n".join(texts)
    return f"error: {text}" if result.get("status") == "error" else text


def _not_passed_on(block: Block, path: str) -> ServiceError:
    kind = next((name for name, value in block.items() if value is not None), "")
    message = f"{path}: the companion passes on text, toolUse and toolResult, and no {kind}"
    return ServiceError(INVALID, message)


def _tools(config: Block) -> dict[str, Any]:
    """Tools as functions, and which of them the model must use."""
    functions = []
    for index, tool in enumerate(config.get("tools", ())):
        if tool.get("toolSpec") is not None:
            functions.append({"type": "function", "function": _function(tool["toolSpec"])})
        elif tool.get("cachePoint") is None:
            raise _not_passed_on(tool, f"toolConfig.tools.{index}")
    choice = _tool_choice(config.get("toolChoice") or {})
    return {"tools": functions, **choice} if functions else {}


def _function(spec: Block) -> dict[str, Any]:
    schema = spec["inputSchema"].get("json") or {"type": "object"}
    description = {"description": spec["description"]} if spec.get("description") else {}
    return {"name": spec["name"], **description, "parameters": schema}


def _tool_choice(choice: Block) -> dict[str, Any]:
    if choice.get("tool") is not None:
        function = {"name": choice["tool"]["name"]}
        return {"tool_choice": {"type": "function", "function": function}}
    if choice.get("any") is not None:
        return {"tool_choice": "required"}
    return {"tool_choice": "auto"} if choice.get("auto") is not None else {}
