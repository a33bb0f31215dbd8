"""Bedrock's Converse: the stand-in, refused operations, faults, the log."""

import json
import re

import pytest
from bedrock_wire import (
    MODEL_ID,
    TOOL_CONFIG,
    converse,
    model_of,
    refused,
    running,
    user,
)
from botocore.exceptions import ClientError
from comprehend_requests import detect, error_type
from hypothesis import given
from hypothesis import strategies as st

from aws_companion.bedrock.stand_in import EXPLANATION, StandIn

ARN = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0"
DRAFT = {"title": "Late trains", "documents": [1, 2], "note": "a </draft> in a string"}
MESSAGES = [user("hello")]


@pytest.fixture(scope="module")
def bedrock():
    """A boto3 client of a companion with the stand-in."""
    with running() as client:
        yield client


def draft_in(text):
    """The input of the tool that the stand-in uses for a text; None if it uses none."""
    request = {"messages": [user(text)], "toolConfig": TOOL_CONFIG}
    [block] = StandIn().reply(request).content
    return block["toolUse"]["input"] if "toolUse" in block else None


@pytest.mark.parametrize("model_id", [MODEL_ID, ARN, "llama3"])
def test_draft_is_the_input_of_the_mandatory_tool(bedrock, model_id):
    """For every form of a model's id; the header names the stand-in."""
    text = f"Improve this: <draft>{json.dumps(DRAFT)}</draft> It is about trains."
    response = bedrock.converse(
        modelId=model_id, messages=[user("Be short.", text)], toolConfig=TOOL_CONFIG
    )
    [block] = response["output"]["message"]["content"]
    assert block["toolUse"]["input"] == DRAFT
    assert block["toolUse"]["name"] == "answer"
    assert re.fullmatch("[a-zA-Z0-9_.:-]{1,64}", block["toolUse"]["toolUseId"])
    assert response["output"]["message"]["role"] == "assistant"
    assert response["stopReason"] == "tool_use"
    assert model_of(response) == "echostream-draft-1"


@pytest.mark.parametrize(
    "tools", [{}, {"toolConfig": {**TOOL_CONFIG, "toolChoice": {"any": {}}}}], ids=["none", "any"]
)
def test_without_a_mandatory_tool_the_stand_in_explains_itself(bedrock, tools):
    """In one text, which also says how to name a real model."""
    messages = [user('<draft>{"a": 1}</draft>')]
    response = bedrock.converse(modelId=MODEL_ID, messages=messages, **tools)
    assert response["output"]["message"]["content"] == [{"text": EXPLANATION}]
    assert "--openai-url" in EXPLANATION
    assert response["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("no draft", None),
        ("<draft>{}</draft>", {}),
        ('<draft>\n {"a": "é"}\n</draft>', {"a": "é"}),
        ('<draft>{"a": 1}</draft> then <draft>{"a": 2}</draft>', {"a": 2}),
        ('<draft>{"a": 1}</draft> then <draft>{"a": </draft>', {"a": 1}),
        ('<draft>{"a": "<draft>{}</draft>"}</draft>', {"a": "<draft>{}</draft>"}),
        ('<draft>{"a": 1}', None),
        ('<draft>{"a": 1} more</draft>', None),
        ("<draft>[1]</draft>", None),
        ("<draft></draft>", None),
        ('<draft>{"a": NaN}</draft>', None),
        ('<draft>{"a": 1e999}</draft>', None),
        (f'<draft>{{"a": {"9" * 5000}}}</draft>', None),
        (f'<draft>{{"a": {"[" * 50_000}}}</draft>', None),
        (f'<draft>{{"a": {"[" * 200}{"]" * 200}}}</draft>', None),
    ],
)
def test_only_json_objects_are_drafts(text, draft):
    """Of several, the last counts; a mark in a string does not end a draft."""
    assert draft_in(text) == draft


def test_draft_is_read_from_the_last_message_of_the_user(http):
    """Drafts of earlier turns and of the assistant do not count."""
    old = user('<draft>{"turn": 1}</draft>')
    assistant = {"role": "assistant", "content": [{"text": '<draft>{"turn": 2}</draft>'}]}
    body = {"messages": [old, assistant, user("again")], "toolConfig": TOOL_CONFIG}
    assert converse(http, body).json()["stopReason"] == "end_turn"
    body["messages"] = [user("first"), assistant, old]
    content = converse(http, body).json()["output"]["message"]["content"]
    assert content[0]["toolUse"]["input"] == {"turn": 1}


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.booleans())), st.text())
def test_every_draft_is_repeated_unchanged(draft, text):
    """Whatever its strings are, and whatever text is around it that has no marks."""
    around = text.replace("<", "")
    assert draft_in(f"{around}<draft>{json.dumps(draft)}</draft>{around}") == draft


def test_tokens_are_a_fourth_of_the_characters(http):
    """Rounded up; the total is the sum."""
    body = {"system": [{"text": "a" * 6}], "messages": [user("b" * 7)]}
    response = converse(http, body).json()
    output = -(-len(EXPLANATION) // 4)
    assert response["usage"] == {
        "inputTokens": 4,
        "outputTokens": output,
        "totalTokens": 4 + output,
    }
    assert response["metrics"]["latencyMs"] >= 0


def test_other_operations_are_refused_by_name(bedrock):
    """ValidationException, which all operations have, says what the companion has."""
    calls = {
        "InvokeModel": lambda: bedrock.invoke_model(modelId=ARN, body=b"{}"),
        "InvokeModelWithResponseStream": lambda: bedrock.invoke_model_with_response_stream(
            modelId=MODEL_ID, body=b"{}"
        ),
        "ConverseStream": lambda: bedrock.converse_stream(modelId=ARN, messages=MESSAGES),
        "CountTokens": lambda: bedrock.count_tokens(
            modelId=MODEL_ID, input={"converse": {"messages": MESSAGES}}
        ),
        "ListAsyncInvokes": bedrock.list_async_invokes,
    }
    for name, call in calls.items():
        with pytest.raises(ClientError, match=f"{name}: the companion has Converse only") as error:
            call()
        assert error.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [("throttle", "ThrottlingException", 429), ("fail", "InternalServerException", 500)],
)
def test_faults_have_bedrocks_status(http, fault, code, status):
    """A plan for all services applies to Converse too."""
    http.post("/_companion/faults", json={fault: 1})
    assert refused(http, {"messages": MESSAGES}, status=status)[0] == code
    assert converse(http, {"messages": MESSAGES}).status_code == 200


def test_boto3_raises_the_exceptions_of_the_model(bedrock):
    """From the header with the error's type."""
    with pytest.raises(bedrock.exceptions.ValidationException, match=r"messages\.0\.role"):
        bedrock.converse(modelId=MODEL_ID, messages=[{"role": "assistant", "content": []}])


def test_target_header_selects_no_rest_service(http):
    """`POST /` is for JSON services."""
    headers = {"X-Amz-Target": "bedrock-runtime.Converse"}
    response = http.post("/", content=b"{}", headers=headers)
    assert error_type(response) == "UnknownOperationException"
    assert detect(http, "a").status_code == 200


def test_requests_are_logged_without_their_content(http, caplog):
    """The log has one line per request, with operation and model."""
    with caplog.at_level("INFO", logger="companion"):
        converse(http, {"messages": [user("confidential matter")]})
        converse(http, {"messages": [user("confidential matter", "")]})
    lines = [json.loads(entry.message) for entry in caplog.records if entry.name == "companion"]
    assert [line["status"] for line in lines] == [200, 400]
    assert {line["target"] for line in lines} == {"bedrock-runtime.Converse"}
    assert "confidential" not in caplog.text
