"""Comprehend's operations: results, limits, errors, languages, phrases."""

import json

import pytest
from comprehend_requests import (
    COMPREHEND,
    FOUR_BYTES,
    SENTIMENT,
    batch,
    call,
    detect,
    error_type,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_companion.app import LARGEST_BODY
from aws_companion.comprehend.phrases import key_phrases
from aws_companion.protocol import InvalidResponse, check_response, find_operation, service_model


def test_ready_names_the_model(http):
    """The readiness route names the model's version."""
    ready = http.get("/_companion/ready")
    assert ready.status_code == 200
    assert ready.json()["model"].startswith("stand-in/")


def test_sentiment_varies_with_the_text(http):
    """Praise is positive, a complaint negative; scores sum to 1; the header names the model."""
    good, bad = detect(http, "I love this camera"), detect(http, "terrible, it broke at once")
    assert good.json()["Sentiment"] == "POSITIVE"
    assert bad.json()["Sentiment"] == "NEGATIVE"
    assert sum(good.json()["SentimentScore"].values()) == pytest.approx(1)
    assert good.headers["x-echostream-model"] == http.get("/_companion/ready").json()["model"]


def test_batch_equals_single_requests(http):
    """Each result is that of a single request, with its index, in order."""
    texts = ["I love it", "I hate it", "It is a box"]
    response = batch(http, texts).json()
    assert response["ErrorList"] == []
    assert [result.pop("Index") for result in response["ResultList"]] == [0, 1, 2]
    assert response["ResultList"] == [detect(http, text).json() for text in texts]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("a" * 5000, 200),
        ("a" * 5001, 400),
        ("a" * 4996 + FOUR_BYTES, 200),
        ("a" * 4997 + FOUR_BYTES, 400),
        (FOUR_BYTES * 1250, 200),
    ],
)
def test_texts_are_limited_to_5000_bytes(http, text, status):
    """The limit counts UTF-8 bytes; the error is TextSizeLimitExceededException."""
    response = detect(http, text)
    assert response.status_code == status
    if status == 400:
        assert error_type(response) == "TextSizeLimitExceededException"
        assert f"{len(text.encode())} bytes" in response.json()["message"]


@pytest.mark.parametrize("action", ["DetectDominantLanguage", "DetectKeyPhrases"])
def test_language_and_phrases_accept_100000_bytes(http, action):
    """Single requests of these two operations have a larger limit."""
    language = {"LanguageCode": "en"} if action == "DetectKeyPhrases" else {}
    assert call(http, action, {"Text": "a" * 100_000, **language}).status_code == 200
    response = call(http, action, {"Text": "a" * 100_001, **language})
    assert error_type(response) == "TextSizeLimitExceededException"


def test_long_text_does_not_affect_its_batch(http):
    """It is in the ErrorList with code and message; the others keep their indices."""
    for action, more in (
        ("BatchDetectSentiment", {"LanguageCode": "en"}),
        ("BatchDetectKeyPhrases", {"LanguageCode": "en"}),
        ("BatchDetectDominantLanguage", {}),
    ):
        response = call(http, action, {"TextList": ["good", "a" * 5001, "bad"], **more}).json()
        assert [result["Index"] for result in response["ResultList"]] == [0, 2]
        [error] = response["ErrorList"]
        assert error["Index"] == 1
        assert error["ErrorCode"] == "TextSizeLimitExceededException"
        assert "5001 bytes" in error["ErrorMessage"]


def test_batches_are_limited_to_25_texts(http):
    """A request with 26 texts is refused."""
    assert len(batch(http, ["fine"] * 25).json()["ResultList"]) == 25
    assert error_type(batch(http, ["fine"] * 26)) == "BatchSizeLimitExceededException"


@pytest.mark.parametrize(
    ("body", "code", "member"),
    [
        ({"Text": "", "LanguageCode": "en"}, "ValidationException", "Text"),
        ({"Text": "a", "LanguageCode": "xx"}, "ValidationException", "LanguageCode"),
        ({"LanguageCode": "en"}, "ValidationException", "Text"),
        ({"Text": None, "LanguageCode": "en"}, "ValidationException", "Text"),
        ({"Text": "a"}, "ValidationException", "LanguageCode"),
        ({"Text": 5, "LanguageCode": "en"}, "SerializationException", "Text"),
        ({"Text": True, "LanguageCode": "en"}, "SerializationException", "Text"),
        ({"Text": ["a"], "LanguageCode": "en"}, "SerializationException", "Text"),
        ({"Text": "a", "LanguageCode": {}}, "SerializationException", "LanguageCode"),
        (b'{"Text": "\\ud83d", "LanguageCode": "en"}', "SerializationException", "Text"),
        ({"Text": "a", "LanguageCode": "es"}, "UnsupportedLanguageException", "English"),
        (b"not json", "SerializationException", "JSON"),
        (b"", "SerializationException", "JSON"),
        (b"\xff\xfe", "SerializationException", "JSON"),
        (b"[1]", "SerializationException", "JSON"),
        (b"[" * 100_000, "SerializationException", "JSON"),
        (b"9" * 5000, "SerializationException", "JSON"),
    ],
)
def test_invalid_requests_name_the_member(http, body, code, member):
    """The error has AWS's code; its message names the invalid member."""
    response = call(http, "DetectSentiment", body)
    assert error_type(response) == code
    assert member in response.json()["message"]


@pytest.mark.parametrize(
    ("texts", "code", "member"),
    [
        ([], "ValidationException", "TextList"),
        (["a", ""], "ValidationException", "TextList.1"),
        (["a", None], "ValidationException", "TextList.1"),
        (["a", 5], "SerializationException", "TextList.1"),
        ("a", "SerializationException", "TextList"),
    ],
)
def test_invalid_batches_name_the_item(http, texts, code, member):
    """The whole request is refused for an empty list or an invalid item."""
    response = batch(http, texts)
    assert error_type(response) == code
    assert member in response.json()["message"]


def test_unknown_members_are_ignored(http):
    """As on AWS."""
    body = {"Text": "good", "LanguageCode": "en", "Colour": "red"}
    assert call(http, "DetectSentiment", body).status_code == 200


@pytest.mark.parametrize("target", [f"{COMPREHEND}.Detect", "Athena.ListWorkGroups", "", "x"])
def test_unknown_actions_are_refused(http, target):
    """An unknown action or service is an UnknownOperationException."""
    response = http.post("/", content=b"{}", headers={"X-Amz-Target": target})
    assert error_type(response) == "UnknownOperationException"


@pytest.mark.parametrize("action", ["DetectEntities", "DetectToxicContent", "ListEndpoints"])
def test_operations_without_a_model_are_unsupported(http, action):
    """The error names the operation."""
    text = {"Text": "a", "TextSegments": [{"Text": "a"}], "LanguageCode": "en"}
    response = call(http, action, text)
    assert error_type(response) == "UnsupportedOperationException"
    assert action in response.json()["message"]
    assert "offline" in response.json()["message"]


def test_body_above_the_limit_is_refused(http):
    """The limit is 10 MiB."""
    response = call(http, "DetectSentiment", b" " * (LARGEST_BODY + 1))
    assert error_type(response, 413) == "RequestEntityTooLargeException"


def test_responses_are_checked_against_the_service_model():
    """An unknown member raises `InvalidResponse`."""
    operation = find_operation(service_model("comprehend"), "DetectSentiment")
    check_response(SENTIMENT, operation)
    with pytest.raises(InvalidResponse, match="Mood"):
        check_response({"Mood": "good"}, operation)


def test_most_likely_language_is_first(http):
    """Languages are in the order of their scores."""
    body = {"TextList": ["Bonjour tout le monde", "Good morning, everyone"]}
    response = call(http, "BatchDetectDominantLanguage", body).json()
    languages = [result["Languages"][0]["LanguageCode"] for result in response["ResultList"]]
    assert languages == ["fr", "en"]
    for result in response["ResultList"]:
        scores = [language["Score"] for language in result["Languages"]]
        assert scores == sorted(scores, reverse=True)


def test_key_phrases_are_noun_phrases(http):
    """With determiners, in order; the score is 1 for words in the lexicon."""
    body = {
        "Text": "The battery life of this camera is great, I \U0001f60d it",
        "LanguageCode": "en",
    }
    [battery, camera] = call(http, "DetectKeyPhrases", body).json()["KeyPhrases"]
    assert battery == {"Text": "The battery life", "BeginOffset": 0, "EndOffset": 16, "Score": 1.0}
    assert camera["Text"] == "this camera"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_offsets_of_phrases_count_characters(before, after):
    """In any text, each phrase is at its offsets, and no two phrases overlap."""
    text = f"{before}. The battery life. {after}"
    assert "The battery life" in [phrase["Text"] for phrase in key_phrases(text)]
    end = 0
    for phrase in key_phrases(text):
        assert text[phrase["BeginOffset"] : phrase["EndOffset"]] == phrase["Text"]
        assert phrase["BeginOffset"] >= end
        assert 0 < phrase["Score"] <= 1
        end = phrase["EndOffset"]


def test_requests_are_logged_without_their_text(http, caplog):
    """The log has one line per request, with its status."""
    with caplog.at_level("INFO", logger="companion"):
        detect(http, "confidential matter")
        detect(http, "")
    lines = [json.loads(entry.message) for entry in caplog.records if entry.name == "companion"]
    assert [line["status"] for line in lines] == [200, 400]
    assert "confidential" not in caplog.text
