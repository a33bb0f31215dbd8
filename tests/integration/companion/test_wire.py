"""A companion process, used through unmodified boto3, the AWS CLI and the recorder."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from echostream_cli.paths import ROOT
from seed.dataset import documents
from tests.builders import NOW
from tests.integration.companion.running import get_error, running
from tests.polling import wait_until

AWS = Path(sys.executable).parent / "aws"
FOUR_BYTES = "\U0001f60d"


@pytest.fixture(scope="module")
def companion(tmp_path_factory):
    with running(tmp_path_factory.mktemp("companion") / "none") as companion:
        yield companion


def test_comprehend_operations_return_results(companion):
    """Three operations and their batch forms; boto3 validates the responses."""
    client = companion.client()
    texts = ["I love this camera", "terrible, it broke at once"]
    response = client.batch_detect_sentiment(TextList=texts, LanguageCode="en")
    assert [result["Sentiment"] for result in response["ResultList"]] == ["POSITIVE", "NEGATIVE"]
    header = response["ResponseMetadata"]["HTTPHeaders"]["x-echostream-model"]
    assert header.startswith("stand-in/")
    single = client.detect_sentiment(Text=texts[0], LanguageCode="en")
    assert single["SentimentScore"] == response["ResultList"][0]["SentimentScore"]
    phrases = client.batch_detect_key_phrases(TextList=texts, LanguageCode="en")
    assert phrases["ResultList"][0]["KeyPhrases"][0]["Text"] == "this camera"
    assert client.detect_key_phrases(Text=texts[0], LanguageCode="en")["KeyPhrases"]
    assert client.detect_dominant_language(Text=texts[0])["Languages"][0]["LanguageCode"] == "en"
    languages = client.batch_detect_dominant_language(TextList=["Guten Morgen zusammen"])
    assert languages["ResultList"][0]["Languages"][0]["LanguageCode"] == "de"


@pytest.mark.parametrize(
    ("texts", "language", "code"),
    [
        ("a" * 5001, "en", "TextSizeLimitExceededException"),
        ("a" * 4997 + FOUR_BYTES, "en", "TextSizeLimitExceededException"),
        (["a"] * 26, "en", "BatchSizeLimitExceededException"),
        ("hola", "es", "UnsupportedLanguageException"),
        ("a", "xx", "ValidationException"),
        ("", "en", "ValidationException"),
        ([], "en", "ValidationException"),
        (["a", ""], "en", "ValidationException"),
        (5, "en", "SerializationException"),
    ],
)
def test_invalid_request_raises_the_error_of_aws(companion, texts, language, code):
    """HTTP 400 with the code, a request id and a message; the modelled exception if one exists."""
    client = companion.client(parameter_validation=False)
    batch = isinstance(texts, list)
    call = client.batch_detect_sentiment if batch else client.detect_sentiment
    parameters = {"TextList" if batch else "Text": texts, "LanguageCode": language}
    name, error = get_error(call, **parameters)
    assert error == (code, 400)
    modelled = ("SizeLimit", "Language")
    assert name == (code if any(part in code for part in modelled) else "ClientError")


def test_text_of_5000_bytes_is_accepted(companion):
    """The limit counts bytes, not characters: the second text ends with a character of four."""
    for text in ("a" * 5000, "a" * 4996 + FOUR_BYTES):
        assert companion.client().detect_sentiment(Text=text, LanguageCode="en")["Sentiment"]


def test_unsupported_operation_is_refused(companion):
    """Entity detection, which has no model here, returns an error."""
    call = companion.client().detect_entities
    _, error = get_error(call, Text="a", LanguageCode="en")
    assert error == ("UnsupportedOperationException", 400)


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("Comprehend_20171127.Guess", b"{}", "UnknownOperationException"),
        ("Comprehend_20171127.DetectSentiment", b"{", "SerializationException"),
        (
            "Comprehend_20171127.DetectSentiment",
            b'{"Text": "\\ud83d", "LanguageCode": "en"}',
            "SerializationException",
        ),
    ],
)
def test_malformed_http_request_is_refused(companion, target, body, code):
    """Requests that no SDK sends: unknown action, invalid JSON, half of a surrogate pair."""
    request = urllib.request.Request(companion.url, body, {"X-Amz-Target": target})
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=60)
    assert raised.value.code == 400
    assert json.load(raised.value)["__type"] == code


def test_injected_errors_are_raised_and_retried(companion):
    """ThrottlingException with 400, InternalServerException with 500; boto3's retries succeed."""
    call = companion.client().detect_sentiment
    companion.faults(throttle=1, fail=1)
    assert get_error(call, Text="a", LanguageCode="en")[1] == ("ThrottlingException", 400)
    error = get_error(call, Text="a", LanguageCode="en")
    assert error == ("InternalServerException", ("InternalServerException", 500))
    companion.faults(throttle=1, fail=1)
    client = companion.client(attempts=5)
    assert client.detect_sentiment(Text="a", LanguageCode="en")["Sentiment"]
    remaining = companion.faults()
    assert (remaining["throttle"], remaining["fail"]) == (0, 0)


def test_delayed_request_does_not_block_others(companion):
    """During a request of ten minutes, another one gets its response."""
    companion.faults(wait=1, latency_ms=600_000)
    target = "Comprehend_20171127.DetectSentiment"
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {target}\r\n"
    with socket.create_connection(("127.0.0.1", companion.port), 60) as slow:
        slow.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
        assert wait_until(lambda: companion.faults()["wait"] == 0)
        assert companion.client().detect_sentiment(Text="a", LanguageCode="en")["Sentiment"]


def run_aws(companion, *arguments):
    command = [str(AWS), "--endpoint-url", companion.url, "--output", "json", "comprehend"]
    return subprocess.run(
        [*command, *arguments],
        env=companion.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_aws_cli_prints_results(companion):
    """`aws comprehend batch-detect-sentiment` on two texts of opposite sentiment."""
    texts = ["I love this camera", "terrible, it broke at once"]
    process = run_aws(
        companion, "batch-detect-sentiment", "--language-code", "en", "--text-list", *texts
    )
    assert process.returncode == 0, process.stderr
    results = json.loads(process.stdout)["ResultList"]
    assert [result["Sentiment"] for result in results] == ["POSITIVE", "NEGATIVE"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (
            ["batch-detect-sentiment", "--language-code", "en", "--text-list", *(["a"] * 26)],
            "BatchSizeLimitExceededException",
        ),
        (
            ["detect-sentiment", "--language-code", "en", "--text", "a" * 5001],
            "TextSizeLimitExceededException",
        ),
        (
            ["detect-sentiment", "--language-code", "es", "--text", "hola"],
            "UnsupportedLanguageException",
        ),
        (["detect-entities", "--language-code", "en", "--text", "a"], "UnsupportedOperation"),
    ],
)
def test_aws_cli_prints_the_error_code(companion, arguments, code):
    """The command fails and prints the code that AWS uses."""
    process = run_aws(companion, *arguments)
    assert process.returncode != 0
    assert code in process.stderr


def record(companion, cassettes, *options, credentials=True):
    command = [sys.executable, "-m", "bench.stand_in.record", "--number", "30"]
    return subprocess.run(
        [*command, "--cassettes", str(cassettes), *options],
        cwd=ROOT,
        env=companion.environment(credentials),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_recording_resumes_and_replays(companion, tmp_path):
    """A recorder that fails halfway keeps its results; a second run requests only the others.

    Recordings of the stand-in name it, and are replayed only with --replay-any.
    """
    companion.faults(throttle=2, partial=1, answered=10)
    first = record(companion, tmp_path, "--yes")
    assert first.returncode != 0
    assert "30 texts" in first.stdout
    assert "15 texts have no result" in first.stderr
    second = record(companion, tmp_path, "--yes")
    assert second.returncode == 0, second.stderr
    assert "15 texts" in second.stdout
    assert "recorded 15 responses from stand-in/" in second.stdout
    assert "0 texts" in record(companion, tmp_path).stdout

    lines = (tmp_path / "DetectSentiment.jsonl").read_text().splitlines()
    assert len({json.loads(line)["key"] for line in lines}) == 30
    assert get_model_of_first_recording(tmp_path, "--replay-any") == "cassette"
    assert get_model_of_first_recording(tmp_path).startswith("stand-in/")


def get_model_of_first_recording(cassettes, *options):
    text = documents("tweets", 1, NOW)[0]["text"]
    with running(cassettes, *options) as companion:
        response = companion.client().detect_sentiment(Text=text, LanguageCode="en")
        return response["ResponseMetadata"]["HTTPHeaders"]["x-echostream-model"]


def test_recording_requires_consent(companion, tmp_path):
    """Without a terminal and without --yes the recorder prints the cost and sends no request."""
    process = record(companion, tmp_path)
    assert process.returncode != 0
    assert "$" in process.stdout
    assert "--yes" in process.stderr
    assert not list(tmp_path.iterdir())


def test_recording_without_credentials_is_refused(companion, tmp_path):
    """The message says which variables to set; there is no traceback."""
    process = record(companion, tmp_path, "--yes", credentials=False)
    assert process.returncode != 0
    assert "AWS credentials" in process.stderr
    assert "Traceback" not in process.stderr
