"""Requests of Comprehend's operations to a companion in this process."""

import json

from aws_companion.comprehend.cassette import Cassette, Recording, text_key
from aws_companion.emulator import Emulator

COMPREHEND = "Comprehend_20171127"
NO_EMULATOR = Emulator("http://127.0.0.1:9", "us-east-1")
FOUR_BYTES = "\U0001f60d"
SENTIMENT = {"Sentiment": "MIXED", "SentimentScore": {"Mixed": 0.75, "Positive": 0.25}}


def call(http, action, body, prefix=COMPREHEND):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Amz-Target": f"{prefix}.{action}", "Content-Type": "application/x-amz-json-1.1"}
    return http.post("/", content=content, headers=headers)


def detect(http, text, language="en"):
    return call(http, "DetectSentiment", {"Text": text, "LanguageCode": language})


def batch(http, texts, language="en"):
    return call(http, "BatchDetectSentiment", {"TextList": texts, "LanguageCode": language})


def error_type(response, status=400):
    """The error's type, after a check of the parts that every error has."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/x-amz-json-1.1"
    assert response.headers["x-amzn-requestid"]
    assert response.json()["message"] == response.json()["Message"]
    return response.json()["__type"]


def record(folder, text, source="aws", language="en"):
    line = Recording(
        text_key(text, language), "DetectSentiment", language, SENTIMENT, source, "2026"
    )
    Cassette(folder).record(line)
