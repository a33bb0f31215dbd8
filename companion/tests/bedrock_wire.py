"""A companion on a port with a boto3 client for it, and a server with OpenAI's API."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError
from comprehend_requests import NO_EMULATOR

from aws_companion.app import Companion
from aws_companion.bedrock.service import create
from aws_companion.services import Options

MODEL = "small-model:1b"
"""The model of the server with OpenAI's API."""
OPENAI_KEY = "sk-secret-1"
MODEL_ID = "us.amazon.nova-lite-v1:0"
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}}
TOOL_CONFIG = {
    "tools": [{"toolSpec": {"name": "answer", "inputSchema": {"json": SCHEMA}}}],
    "toolChoice": {"tool": {"name": "answer"}},
}
CONFIG = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=30)


def options(**given):
    return Options(Path("none"), **given)


def user(*texts):
    return {"role": "user", "content": [{"text": text} for text in texts]}


@contextmanager
def running(**given):
    """A boto3 client of a companion that listens on a port, with these options."""
    app = Companion([create(NO_EMULATOR, options(**given))], NO_EMULATOR).app()
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield client(f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def client(url):
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=CONFIG,
    )


def converse(http, body, model_id=MODEL_ID):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return http.post(f"/model/{quote(model_id, safe='')}/converse", content=content)


def refused(http, body, model_id=MODEL_ID, status=400):
    """Type and message of an error, after a check of the form that every error has."""
    response = converse(http, body, model_id)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-amzn-requestid"]
    assert response.json().keys() == {"message"}
    return response.headers["x-amzn-errortype"], response.json()["message"]


def ask(bedrock, messages=None, **more):
    """The response to a message, or to messages."""
    return bedrock.converse(modelId=MODEL_ID, messages=messages or [user("hello")], **more)


def content_of(response):
    return response["output"]["message"]["content"]


def error_of(bedrock, **more):
    """Code, status and message of the error that a request gets; its service model has the code."""
    with pytest.raises(ClientError) as error:
        ask(bedrock, **more)
    response = error.value.response
    code = response["Error"]["Code"]
    assert isinstance(error.value, getattr(bedrock.exceptions, code))
    return code, response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def model_of(response):
    """The model that the response's header names."""
    return response["ResponseMetadata"]["HTTPHeaders"]["x-echostream-model"]


@contextmanager
def serving():
    """A server with OpenAI's API on a port."""
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class FakeServer(ThreadingHTTPServer):
    """Answers each POST with `status`, `headers` and `answer`, and keeps the requests.

    Without `may_answer` it reads a request and waits.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.status, self.answer = 200, b""
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[str, dict[str, str], object]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def reset(self):
        """Forget the requests; answer with a plain text."""
        self.requests.clear()
        self.may_answer.set()
        self.status, self.headers = 200, {}
        usage = {"prompt_tokens": 11, "completion_tokens": 3}
        self.complete(content="Good morning.", usage=usage)

    def handle_error(self, request, client_address):
        """A client that no longer waits is no error."""

    def complete(self, finish_reason="stop", usage=None, **message):
        """Answer with a chat completion."""
        whole = {"role": "assistant", **message}
        choice = {"index": 0, "message": whole, "finish_reason": finish_reason}
        self.answer = json.dumps({"choices": [choice], "usage": usage}).encode()

    def call(self, arguments, name="answer", **more):
        """Answer with a call of a function."""
        function = {"name": name, "arguments": arguments}
        call = {"id": "call_1", "type": "function", "function": function}
        self.complete(**{"finish_reason": "tool_calls", "content": None, **more}, tool_calls=[call])


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, json.loads(body)))
        self.server.may_answer.wait(30)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def do_GET(self):
        self.server.requests.append((self.path, {}, None))
        self.send_error(418)

    def log_message(self, *_):
        """The tests read `requests`."""
