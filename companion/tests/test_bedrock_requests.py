"""Bedrock's Converse: invalid requests are refused, and the error names the member."""

import pytest
from bedrock_wire import SCHEMA, TOOL_CONFIG, converse, refused, user

MESSAGES = [user("hello")]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (b"not json", "JSON"),
        (b"[1]", "object"),
        (b"", "messages"),
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"content": []}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": []}]}, "messages.0.content"),
        ({"messages": [{"role": "robot", "content": []}]}, "messages.0.role"),
        ({"messages": [{"role": "assistant", "content": [{"text": "a"}]}]}, "messages.0.role"),
        ({"messages": [user("a"), user("b")]}, "messages.1.role"),
        ({"messages": [user("a", " ")]}, "messages.0.content.1.text"),
        ({"messages": [{"role": "user", "content": [{"text": 5}]}]}, "messages.0.content.0.text"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages.0.content.0"),
        (
            {"messages": [{"role": "user", "content": [{"text": "a", "cachePoint": {}}]}]},
            "messages.0.content.0",
        ),
    ],
)
def test_invalid_messages_are_refused_with_their_member(http, body, member):
    """ValidationException, in the form of errors of REST services."""
    code, message = refused(http, body)
    assert code == "ValidationException"
    assert member in message


@pytest.mark.parametrize(
    ("more", "member"),
    [
        ({"inferenceConfig": {"maxTokens": 0}}, "inferenceConfig.maxTokens"),
        ({"inferenceConfig": {"maxTokens": 1.5}}, "inferenceConfig.maxTokens"),
        ({"inferenceConfig": {"temperature": 1.1}}, "inferenceConfig.temperature"),
        ({"inferenceConfig": {"topP": -0.1}}, "inferenceConfig.topP"),
        ({"inferenceConfig": {"stopSequences": [""]}}, "inferenceConfig.stopSequences.0"),
        ({"inferenceConfig": {"stopSequences": ["a"] * 2501}}, "inferenceConfig.stopSequences"),
        ({"system": [{"text": ""}]}, "system.0.text"),
        ({"requestMetadata": {"a": 1}}, "requestMetadata.a"),
        ({"toolConfig": {"tools": []}}, "toolConfig.tools"),
        ({"toolConfig": {"tools": [{"toolSpec": {"name": "a"}}]}}, "inputSchema"),
        (
            {"toolConfig": {"tools": [{"toolSpec": {"name": "a b", "inputSchema": {"json": {}}}}]}},
            "toolConfig.tools.0.toolSpec.name",
        ),
        (
            {"toolConfig": {**TOOL_CONFIG, "toolChoice": {"tool": {"name": "other"}}}},
            "toolConfig.toolChoice.tool.name",
        ),
        ({"toolConfig": {**TOOL_CONFIG, "toolChoice": {}}}, "toolConfig.toolChoice"),
        ({"guardrailConfig": {"guardrailIdentifier": "a"}}, "guardrailConfig"),
    ],
)
def test_invalid_members_beside_the_messages_are_named(http, more, member):
    """Types, limits, patterns and the mandatory tool are checked."""
    code, message = refused(http, {"messages": MESSAGES, **more})
    assert code == "ValidationException"
    assert member in message


def test_tool_blocks_need_a_tool_configuration(http):
    """As on AWS."""
    use = {"toolUse": {"toolUseId": "a", "name": "answer", "input": {}}}
    result = {"toolResult": {"toolUseId": "a", "content": [{"json": {"b": [1]}}]}}
    messages = [
        *MESSAGES,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    assert "toolConfig" in refused(http, {"messages": messages})[1]
    assert converse(http, {"messages": messages, "toolConfig": TOOL_CONFIG}).status_code == 200


@pytest.mark.parametrize("model_id", ["", "a b", "arn:aws:s3:::bucket/key", "x" * 2049])
def test_invalid_model_ids_are_refused(http, model_id):
    """The message names the member of the path."""
    assert "modelId" in refused(http, {"messages": MESSAGES}, model_id)[1]


def test_nesting_is_limited(http):
    """A schema of many levels is refused before it exhausts the stack."""
    schema = SCHEMA
    for _ in range(150):
        schema = {"items": schema}
    tool = {"toolSpec": {"name": "a", "inputSchema": {"json": schema}}}
    body = {"messages": MESSAGES, "toolConfig": {"tools": [tool]}}
    assert "nested" in refused(http, body)[1]
