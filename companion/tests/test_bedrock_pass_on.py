"""Bedrock's Converse, passed on to a server with OpenAI's API: what is sent and what returns."""

import pytest
from bedrock_wire import (
    MODEL,
    OPENAI_KEY,
    SCHEMA,
    TOOL_CONFIG,
    ask,
    content_of,
    error_of,
    model_of,
    running,
    user,
)


def test_text_of_the_model_is_returned(passing_on, openai):
    """With the tokens that the server counted; the header names its model."""
    response = ask(passing_on)
    assert content_of(response) == [{"text": "Good morning."}]
    assert response["stopReason"] == "end_turn"
    assert response["usage"] == {"inputTokens": 11, "outputTokens": 3, "totalTokens": 14}
    assert model_of(response) == MODEL


def test_whole_conversation_is_translated(passing_on, openai):
    """System, texts, uses and results of tools, tools, and the parameters of the inference."""
    use = {"toolUse": {"toolUseId": "u1", "name": "answer", "input": {"title": "x"}}}
    result = {
        "toolUseId": "u1",
        "content": [{"json": {"ok": True}}, {"text": "done"}],
        "status": "error",
    }
    ask(
        passing_on,
        [
            user("one", "two"),
            {"role": "assistant", "content": [{"text": "three"}, use]},
            {"role": "user", "content": [{"text": "four"}, {"toolResult": result}]},
        ],
        system=[{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
        toolConfig=TOOL_CONFIG,
        inferenceConfig={"maxTokens": 50, "temperature": 0.5, "topP": 0.9, "stopSequences": ["#"]},
    )
    [(path, headers, body)] = openai.requests
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {OPENAI_KEY}"
    call = {"name": "answer", "arguments": '{"title": "x"}'}
    assert body == {
        "model": MODEL,
        "stream": False,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "one\n\ntwo"},
            {
                "role": "assistant",
                "content": "three",
                "tool_calls": [{"id": "u1", "type": "function", "function": call}],
            },
            {"role": "tool", "tool_call_id": "u1", "content": 'error: {"ok": true}\n\ndone'},
            {"role": "user", "content": "four"},
        ],
        "max_tokens": 50,
        "temperature": 0.5,
        "top_p": 0.9,
        "stop": ["#"],
        "tools": [{"type": "function", "function": {"name": "answer", "parameters": SCHEMA}}],
        "tool_choice": {"type": "function", "function": {"name": "answer"}},
    }


@pytest.mark.parametrize(
    ("choice", "translated"), [({"any": {}}, "required"), ({"auto": {}}, "auto"), (None, None)]
)
def test_choice_of_tools_is_translated(passing_on, openai, choice, translated):
    """Without a choice, the server decides."""
    tools = {"tools": TOOL_CONFIG["tools"], **({"toolChoice": choice} if choice else {})}
    ask(passing_on, toolConfig=tools)
    assert openai.requests[0][2].get("tool_choice") == translated


@pytest.mark.parametrize("arguments", ['{"title": "x"}', {"title": "x"}])
@pytest.mark.parametrize("finish_reason", ["tool_calls", "stop", None])
def test_call_of_a_function_is_the_use_of_a_tool(passing_on, openai, arguments, finish_reason):
    """Whether arguments are text or an object, and however the server names the reason."""
    openai.call(arguments, finish_reason=finish_reason)
    response = ask(passing_on, toolConfig=TOOL_CONFIG)
    use = {"toolUseId": "call_1", "name": "answer", "input": {"title": "x"}}
    assert content_of(response) == [{"toolUse": use}]
    assert response["stopReason"] == "tool_use"


@pytest.mark.parametrize(
    "arguments",
    ["I cannot", '{"title": "x', "[1]", '{"a": NaN}', '{"a": 1e999}', '"{}"', "[" * 9999],
)
def test_arguments_that_are_no_object_are_returned_as_text(passing_on, openai, arguments):
    """The reason says that the use of the tool was malformed."""
    openai.call(arguments)
    response = ask(passing_on, toolConfig=TOOL_CONFIG)
    assert content_of(response) == [{"text": arguments}]
    assert response["stopReason"] == "malformed_tool_use"


@pytest.mark.parametrize(
    ("reason", "stop_reason"),
    [("length", "max_tokens"), ("content_filter", "content_filtered"), ("other", "end_turn")],
)
def test_reason_of_the_end_is_translated(passing_on, openai, reason, stop_reason):
    """An unknown reason counts as a normal end."""
    openai.complete(reason, content="Good")
    assert ask(passing_on)["stopReason"] == stop_reason


def test_odd_messages_are_read(passing_on, openai):
    """Text in parts, no usage, blank text; an invalid name or id of a call."""
    openai.complete(content=[{"type": "text", "text": "Good "}, {"text": "day."}])
    response = ask(passing_on)
    assert content_of(response) == [{"text": "Good day."}]
    assert response["usage"]["outputTokens"] == 3
    openai.complete(content=" ")
    assert content_of(ask(passing_on)) == []
    openai.call("{}", name="no name")
    assert content_of(ask(passing_on)) == [{"text": "{}"}]
    calls = [{"id": "a b", "function": {"name": "answer", "arguments": "{}"}}]
    openai.complete(tool_calls=calls)
    [block] = content_of(ask(passing_on))
    assert block["toolUse"]["toolUseId"].startswith("tooluse_")


def test_images_are_not_passed_on(passing_on, openai):
    """The error names the block; nothing is sent."""
    image = {"image": {"format": "png", "source": {"bytes": b"a"}}}
    code, _, message = error_of(passing_on, messages=[{"role": "user", "content": [image]}])
    assert code == "ValidationException"
    assert "messages.0.content.0" in message
    assert openai.requests == []


def test_proxies_and_requests_do_not_change_the_address(openai, free_port, monkeypatch):
    """A proxy in the environment is not used, and no member of a request names a server."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port}")
    with running(openai_url=openai.url, openai_model=MODEL) as bedrock:
        fields = {"base_url": "http://127.0.0.1:9", "model": "other"}
        response = ask(bedrock, additionalModelRequestFields=fields)
    assert content_of(response) == [{"text": "Good morning."}]
    [(_, headers, body)] = openai.requests
    assert body["model"] == MODEL
    assert "authorization" not in headers
