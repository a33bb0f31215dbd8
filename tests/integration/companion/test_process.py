"""The companion as a process: crashes, signals, files that it cannot read."""

import signal
import subprocess

import pytest
from botocore.exceptions import EndpointConnectionError

from echostream_cli.paths import ROOT
from tests.integration.companion.running import Companion, running


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
