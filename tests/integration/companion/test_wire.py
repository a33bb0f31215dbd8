"""A companion process, spoken to by unmodified boto3, the aws command and the recorder."""

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

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError

from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port

AWS = Path(sys.executable).parent / "aws"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
FOUR_BYTES = "\U0001f60d"


class Companion:
    """A companion on a port of its own."""

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
            with urllib.request.urlopen(f"{self.url}/_companion/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def end(self, how):
        self.process.send_signal(how)
        return self.process.wait(60)

    def faults(self, **asked):
        method = "POST" if asked else "GET"
        body = json.dumps(asked).encode() if asked else None
        address = f"{self.url}/_companion/faults"
        request = urllib.request.Request(address, data=body, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def client(self, attempts=1, **options):
        retries = {"total_max_attempts": attempts, "mode": "standard"}
        return boto3.client(
            "comprehend",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries=retries, **options),
        )

    def environment(self, credentials=True):
        """A shell of someone whose AWS settings name this companion, and nothing else."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        settings = {
            "AWS_ENDPOINT_URL_COMPREHEND": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        return kept | settings | (CREDENTIALS if credentials else {})


@contextmanager
def running(cassettes, *options):
    companion = Companion(cassettes, *options)
    try:
        companion.start()
        yield companion
    finally:
        if companion.process.poll() is None:
            companion.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def companion(tmp_path_factory):
    with running(tmp_path_factory.mktemp("companion") / "none") as started:
        yield started


def refused(call, **parameters):
    """Code and status of the error that boto3 raises."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response
    assert error["ResponseMetadata"]["RequestId"]
    assert error["Error"]["Message"]
    return type(caught.value).__name__, (
        error["Error"]["Code"],
        error["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_boto3_gets_real_answers(companion):
    """The three operations and their batches, with boto3's own checks on the answers."""
    client = companion.client()
    texts = ["I love this camera", "terrible, it broke at once"]
    answer = client.batch_detect_sentiment(TextList=texts, LanguageCode="en")
    assert [one["Sentiment"] for one in answer["ResultList"]] == ["POSITIVE", "NEGATIVE"]
    header = answer["ResponseMetadata"]["HTTPHeaders"]["x-echostream-model"]
    assert header.startswith("stand-in/")
    single = client.detect_sentiment(Text=texts[0], LanguageCode="en")
    assert single["SentimentScore"] == answer["ResultList"][0]["SentimentScore"]
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
def test_boto3_raises_what_aws_would_make_it_raise(companion, texts, language, code):
    """The modelled exception where there is one; 400, the code, a request id, a message."""
    client = companion.client(parameter_validation=False)
    batch = isinstance(texts, list)
    call = client.batch_detect_sentiment if batch else client.detect_sentiment
    given = {"TextList" if batch else "Text": texts, "LanguageCode": language}
    name, error = refused(call, **given)
    assert error == (code, 400)
    modelled = ("SizeLimit", "Language")
    assert name == (code if any(part in code for part in modelled) else "ClientError")


def test_5000_bytes_pass(companion):
    """The limit itself, also where its last character takes four bytes."""
    for text in ("a" * 5000, "a" * 4996 + FOUR_BYTES):
        assert companion.client().detect_sentiment(Text=text, LanguageCode="en")["Sentiment"]


def test_boto3_raises_for_what_nothing_backs(companion):
    """Entities are refused, not invented."""
    call = companion.client().detect_entities
    assert refused(call, Text="a", LanguageCode="en")[1] == ("UnsupportedOperationException", 400)


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
def test_raw_requests(companion, target, body, code):
    """What no SDK sends: an unknown action, a body that is not JSON, half a surrogate pair."""
    request = urllib.request.Request(companion.url, body, {"X-Amz-Target": target})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    assert caught.value.code == 400
    assert json.load(caught.value)["__type"] == code


def test_injected_errors_reach_boto3(companion):
    """ThrottlingException with 400, InternalServerException with 500; retries ride them out."""
    call = companion.client().detect_sentiment
    companion.faults(throttle=1, fail=1)
    assert refused(call, Text="a", LanguageCode="en")[1] == ("ThrottlingException", 400)
    failed = refused(call, Text="a", LanguageCode="en")
    assert failed == ("InternalServerException", ("InternalServerException", 500))
    companion.faults(throttle=1, fail=1)
    patient = companion.client(attempts=5)
    assert patient.detect_sentiment(Text="a", LanguageCode="en")["Sentiment"]


def test_a_slow_request_does_not_hold_up_others(companion):
    """While one waits ten minutes, others are answered."""
    companion.faults(wait=1, latency_ms=600_000)
    head = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Comprehend_20171127.DetectSentiment\r\n"
    with socket.create_connection(("127.0.0.1", companion.port), 60) as slow:
        slow.sendall(f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
        while companion.faults()["wait"]:
            time.sleep(0.01)
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


def test_the_aws_command_prints_answers(companion):
    """`aws comprehend batch-detect-sentiment`: real, varying answers."""
    texts = ["I love this camera", "terrible, it broke at once"]
    done = run_aws(
        companion, "batch-detect-sentiment", "--language-code", "en", "--text-list", *texts
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["ResultList"]
    assert [one["Sentiment"] for one in results] == ["POSITIVE", "NEGATIVE"]


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
def test_the_aws_command_names_errors(companion, arguments, code):
    """Exit code not 0, and the code of the error as AWS names it."""
    done = run_aws(companion, *arguments)
    assert done.returncode != 0
    assert code in done.stderr


def test_killed_and_started_again(tmp_path):
    """While it is down boto3 says so; then the same client goes on."""
    with running(tmp_path) as companion:
        client = companion.client()
        before = client.detect_sentiment(Text="good", LanguageCode="en")
        companion.end(signal.SIGKILL)
        with pytest.raises(EndpointConnectionError):
            client.detect_sentiment(Text="good", LanguageCode="en")
        companion.start()
        after = client.detect_sentiment(Text="good", LanguageCode="en")
        assert after["SentimentScore"] == before["SentimentScore"]


def test_it_ends_cleanly_when_told_to(tmp_path):
    """SIGTERM, exit code 0, port free."""
    with running(tmp_path) as companion:
        assert companion.end(signal.SIGTERM) == 0
        assert not companion.is_ready()


def test_a_corrupt_cassette_stops_the_start(tmp_path):
    """The line is named; nothing is silently left out."""
    (tmp_path / "DetectSentiment.jsonl").write_text("{\n")
    command = Companion(tmp_path).command
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "DetectSentiment.jsonl, line 1" in done.stderr


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


def test_recording_and_replaying(companion, tmp_path):
    """Half a batch fails, the rest is kept; again, only the rest is asked for; then replayed.

    What was recorded from the stand-in says so, and is replayed only on request.
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
    assert model_of_the_first_recorded(tmp_path, "--replay-any") == "cassette"
    assert model_of_the_first_recorded(tmp_path).startswith("stand-in/")


def model_of_the_first_recorded(cassettes, *options):
    from seed.dataset import documents
    from tests.builders import NOW

    text = documents("tweets", 1, NOW)[0]["text"]
    with running(cassettes, *options) as replaying:
        answer = replaying.client().detect_sentiment(Text=text, LanguageCode="en")
        return answer["ResponseMetadata"]["HTTPHeaders"]["x-echostream-model"]


def test_recording_is_never_without_consent(companion, tmp_path):
    """No terminal and no --yes: the cost is shown, nothing is asked for."""
    done = record(companion, tmp_path)
    assert done.returncode != 0
    assert "$" in done.stdout
    assert "--yes" in done.stderr
    assert not list(tmp_path.iterdir())


def test_recording_without_credentials_says_so(companion, tmp_path):
    """A message that says what to set, no traceback."""
    done = record(companion, tmp_path, "--yes", credentials=False)
    assert done.returncode != 0
    assert "AWS credentials" in done.stderr
    assert "Traceback" not in done.stderr
