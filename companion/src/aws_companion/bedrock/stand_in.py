"""The stand-in for Bedrock's models. It is no language model: it repeats drafts.

A caller that can write a plain answer by rule sends it as a draft, a JSON object between <draft>
and </draft> in the last message of the user, and makes a tool mandatory. The stand-in then uses the
tool with the draft as its input. A language model would improve the draft instead.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from aws_companion.bedrock.conversation import (
    Request,
    chosen_tool,
    content_characters,
    estimate_tokens,
    request_characters,
)
from aws_companion.bedrock.json_values import as_object
from aws_companion.bedrock.reply import Reply, tool_use

MODEL = "echostream-draft-1"
START, END = "<draft>", "</draft>"
_END = re.compile(rf"\s*{END}")
EXPLANATION = (
    "This is the companion's stand-in for Amazon Bedrock. It is no language model: it only repeats"
    f" a draft, a JSON object between {START} and {END} in the last message of the user, as the"
    " input of the tool that toolConfig.toolChoice names. For a real model, start the companion"
    " with --openai-url and --openai-model (in the sandbox: the settings BEDROCK_OPENAI_URL and"
    " BEDROCK_OPENAI_MODEL), or send the request to AWS."
)


class StandIn:
    """Repeats drafts."""

    name = MODEL

    def reply(self, request: Request) -> Reply:
        """The draft as the input of the mandatory tool; without either, an explanation."""
        tool, draft = chosen_tool(request), _last_draft(request)
        tokens = estimate_tokens(request_characters(request))
        if tool is None or draft is None:
            content, reason = [{"text": EXPLANATION}], "end_turn"
        else:
            content, reason = [tool_use(tool, draft)], "tool_use"
        return Reply(content, reason, tokens, estimate_tokens(content_characters(content)))

    def close(self) -> None:
        """There is nothing to close."""


def _last_draft(request: Request) -> dict[str, Any] | None:
    """The last draft in the last message of the user."""
    of_user = [message for message in request["messages"] if message["role"] == "user"]
    texts = [block["text"] for block in of_user[-1]["content"] if block.get("text") is not None]
    found = [draft for text in texts for draft in _drafts(text)]
    return found[-1] if found else None


def _drafts(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects between the marks. A mark inside an object's strings does not end it."""
    position = text.find(START)
    while position >= 0:
        begin = position + len(START)
        value, end = _read(text, begin)
        if value is not None and _END.match(text, end):
            yield value
            begin = end
        position = text.find(START, begin)


def _read(text: str, begin: int) -> tuple[dict[str, Any] | None, int]:
    """The JSON object at a position, after white space, and its end."""
    while text[begin : begin + 1].isspace():
        begin += 1
    try:
        value, end = json.JSONDecoder().raw_decode(text, begin)
    except (ValueError, RecursionError):
        return None, begin
    return as_object(value), end
