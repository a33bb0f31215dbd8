"""A companion process, used through unmodified boto3, the AWS CLI and the recorder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from seed.dataset import documents
from tests.builders import NOW
from tests.polling import wait_until

AWS = Path(sys.executable).parent / "aws"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
FOUR_BYTES = "\U0001f60d"


class Companion:
    """A companion process on a free port."""

    def __init__(self, cassettes, *options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [sys.executable, "-m", "aws_companion", "--port", str(self.port)]
        self.command += ["--cassettes", str(cassettes), *options]

    def start(self):
        self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self.is_ready():
            assert self.process.poll() is None, "the companion ended"
            assert time.monotonic() < deadline, "the companion does not start"
            time.sleep(0.05)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/_companion/ready", timeout=5) as response:
                return response.status == 200
        except OSError:
            return False

    def stop(self, signal_number):
        self.process.send_signal(signal_number)
        return self.process.wait(60)

    def faults(self, **plan):
        """Set a plan of faults, if given. Returns the remaining faults."""
        method = "POST" if plan else "GET"
        body = json.dumps(plan).encode() if plan else None
        url = f"{self.url}/_companion/faults"
        request = urllib.request.Request(url, data=body, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def client(self, attempts=1, **options):
        retries: Any = {"total_max_attempts": attempts, "mode": "standard"}
        return boto3.client(
            "comprehend",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries=retries, **options),
        )

    def environment(self, credentials=True):
        """Environment variables whose AWS settings name this companion only."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        settings = {
            "AWS_ENDPOINT_URL_COMPREHEND": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        return others | settings | (CREDENTIALS if credentials else {})


@contextmanager
def running(cassettes, *options):
    companion = Companion(cassettes, *options)
    try:
        companion.start()
        yield companion
    finally:
        if companion.process.poll() is None:
            companion.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def companion(tmp_path_factory):
    with running(tmp_path_factory.mktemp("companion") / "none") as companion:
        yield companion


def get_error(call, **parameters):
    """The exception that boto3 raises: its class name, and its code with the HTTP status."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    response = raised.value.response
    assert response["ResponseMetadata"]["RequestId"]
    assert response["Error"]["Message"]
    return type(raised.value).__name__, (
        response["Error"]["Code"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


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
    head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Comprehend_20171127.DetectSentiment\r\n"
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


def test_client_recovers_after_a_crash(tmp_path):
    """boto3 raises a connection error during the outage; the same client then works again."""
    with running(tmp_path) as companion:
        client = companion.client()
        before = client.detect_sentiment(Text="good", LanguageCode="en")
        companion.stop(signal.SIGKILL)
        with pytest.raises(EndpointConnectionError):
            client.detect_sentiment(Text="good", LanguageCode="en")
        companion.start()
        after = client.detect_sentiment(Text="good", LanguageCode="en")
        assert after["SentimentScore"] == before["SentimentScore"]


def test_sigterm_stops_the_companion(tmp_path):
    """The exit code is 0, and the port is free afterwards."""
    with running(tmp_path) as companion:
        assert companion.stop(signal.SIGTERM) == 0
        assert not companion.is_ready()


def test_corrupt_cassette_prevents_the_start(tmp_path):
    """The error names the file and the line."""
    (tmp_path / "DetectSentiment.jsonl").write_text("{\n")
    command = Companion(tmp_path).command
    process = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert process.returncode != 0
    assert "DetectSentiment.jsonl, line 1" in process.stderr


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
