"""Bedrock's Converse, passed on to a server that fails, is slow, or is not there."""

import json
import subprocess
import sys
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from bedrock_wire import MODEL, OPENAI_KEY, ask, content_of, error_of, options, running
from comprehend_requests import NO_EMULATOR

from aws_companion.__main__ import options_of, parse_arguments
from aws_companion.bedrock import chat
from aws_companion.bedrock.service import create
from aws_companion.services import InvalidOptions

SECONDS = 0.3


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>", b"", b"\xff", b"[" * 99_999, b"[]", b"{}", b'"a"', b'{"choices": []}',
        b'{"choices": {}}', b'{"choices": [{"message": "a"}]}', b'{"choices": [null]}',
        b'{"choices": [{"message": {"tool_calls": [{"function": 1}]}}]}',
        b'{"choices": [{"message": {"content": "half',
    ],
)  # fmt: skip
def test_answer_that_is_no_completion_is_a_model_error(passing_on, openai, answer):
    """The message names the address and the option to check."""
    openai.answer = answer
    code, status, message = error_of(passing_on)
    assert (code, status) == ("ModelErrorException", 424)
    assert openai.url in message
    assert "--openai-url" in message


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "ValidationException", MODEL),
        (401, "AccessDeniedException", "OPENAI_API_KEY"),
        (404, "ResourceNotFoundException", MODEL),
        (418, "ModelErrorException", "log"),
        (429, "ThrottlingException", "try again"),
        (500, "ModelErrorException", "log"),
        (503, "ServiceUnavailableException", "try again"),
        (504, "ModelTimeoutException", "smaller"),
    ],
)
def test_errors_of_the_server_are_errors_of_bedrock(passing_on, openai, status, code, remedy):
    """With the address, a remedy and the server's own message, without the key."""
    openai.status = status
    openai.answer = json.dumps({"error": {"message": f"no: {OPENAI_KEY}"}}).encode()
    found, _, message = error_of(passing_on)
    assert found == code
    assert openai.url in message
    assert remedy in message
    assert "(no: ***)" in message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(passing_on, openai, status):
    """The prompt reaches no other address."""
    openai.status, openai.headers = status, {"Location": openai.url + "/other"}
    code, _, message = error_of(passing_on)
    assert code == "ModelErrorException"
    assert "redirects are not followed" in message
    assert len(openai.requests) == 1


def test_slow_server_is_a_timeout(openai):
    """ModelTimeoutException (408) after the companion's limit."""
    openai.may_answer.clear()
    given = {"openai_url": openai.url, "openai_model": MODEL, "openai_seconds": SECONDS}
    try:
        with running(**given) as bedrock:
            code, status, message = error_of(bedrock)
    finally:
        openai.may_answer.set()
    assert (code, status) == ("ModelTimeoutException", 408)
    assert openai.url in message


def test_closed_port_is_an_unavailable_service(free_port):
    """The message names the address, and how a container reaches its host."""
    url = f"http://127.0.0.1:{free_port}/v1"
    with running(openai_url=url, openai_model=MODEL) as bedrock:
        code, status, message = error_of(bedrock)
    assert (code, status) == ("ServiceUnavailableException", 503)
    assert url in message
    assert "host.docker.internal" in message


def test_key_is_not_logged(passing_on, openai, caplog):
    """Neither for a request that succeeds nor for one that fails."""
    with caplog.at_level("DEBUG"):
        ask(passing_on)
        openai.status = 500
        error_of(passing_on)
    assert "bedrock-runtime.Converse" in caplog.text
    assert OPENAI_KEY not in caplog.text


def test_requests_at_a_time_are_limited(openai, monkeypatch):
    """One more is throttled, so that the other services keep threads."""
    monkeypatch.setattr(chat, "MAX_CONCURRENT", 1)
    openai.may_answer.clear()
    given = {"openai_url": openai.url, "openai_model": MODEL}
    with running(**given) as bedrock, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(ask, bedrock) for _ in range(2)]
        first, others = wait(calls, return_when=FIRST_COMPLETED)
        openai.may_answer.set()
        [waiting] = others
        assert content_of(waiting.result()) == [{"text": "Good morning."}]
    [throttled] = first
    assert "ThrottlingException" in str(throttled.exception())


@pytest.mark.parametrize(
    "given",
    [
        {"openai_url": "http://localhost:1/v1"},
        {"openai_model": "a"},
        *[
            {"openai_url": url, "openai_model": "a"}
            for url in (
                "localhost:1", "ftp://localhost", "http://", "http://a:b@localhost/v1",
                "http://localhost/v1?a=b", "http://localhost:port", "http://local host",
            )
        ],
        {"openai_url": "http://localhost:1", "openai_model": "a\r\nb"},
        {"openai_url": "http://localhost:1", "openai_model": "a", "openai_key": "a\nb"},
    ],
)  # fmt: skip
def test_unusable_options_are_refused(given):
    """The message names the option; it has no key."""
    with pytest.raises(InvalidOptions, match=r"--openai|OPENAI_API_KEY") as error:
        create(NO_EMULATOR, options(**given))
    assert "a\nb" not in str(error.value)


def test_options_are_read_from_command_and_environment(monkeypatch):
    """The key is a variable, so that no list of processes shows it, nor does the options' text."""
    command = ["aws-companion", "--openai-url", "http://localhost:1", "--openai-model", MODEL]
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI_KEY)
    given = options_of(parse_arguments())
    assert (given.openai_url, given.openai_model) == ("http://localhost:1", MODEL)
    assert given.openai_key == OPENAI_KEY
    assert OPENAI_KEY not in repr(given)


def test_companion_does_not_start_with_unusable_options(tmp_path):
    """One line says why, without a traceback."""
    command = [sys.executable, "-m", "aws_companion", "--openai-model", MODEL]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 1
    assert process.stderr == "error: --openai-url and --openai-model: set both or none\n"
