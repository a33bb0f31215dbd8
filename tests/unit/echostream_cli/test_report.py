"""`make report`: what it asks of the deployed function, and where the picture is."""

import base64
import io
import json
from types import SimpleNamespace

import pytest

from echostream.domain.digest.report_periods import ReportKind
from echostream_cli.errors import UserError
from echostream_cli.operate import report as reports
from echostream_cli.operate.report import preview, save_picture

CONTENT = {
    "tenant": "acme",
    "kind": "weekly",
    "from": "2026-11-23T00:00:00Z",
    "subject": "EchoStream",
    "picture": {"data": base64.b64encode(b"PNG").decode()},
}


class Lambda:
    """A client of Lambda that has the events, and returns a response."""

    def __init__(self, content, **fields):
        self.response = {"Payload": io.BytesIO(json.dumps(content).encode()), **fields}
        self.events = []

    def invoke(self, FunctionName, Payload):  # noqa: N803
        self.events.append((FunctionName, json.loads(Payload)))
        return self.response


def target(client):
    return SimpleNamespace(client=lambda *_: client, resource=lambda name: f"stack-{name}")


def test_function_writes_the_report_as_preview():
    """Of a tenant, of the day or of the week."""
    client = Lambda(CONTENT)
    assert preview(target(client), "acme", ReportKind.WEEKLY) == CONTENT
    wanted = {"preview": {"tenant": "acme", "kind": "weekly"}}
    assert client.events == [("stack-DigestFunction", wanted)]


def test_failed_function_is_an_error_with_its_message():
    """And where to read more."""
    client = Lambda({"errorMessage": "table: throttled"}, FunctionError="Unhandled")
    with pytest.raises(UserError, match="the report failed: table: throttled; see the"):
        preview(target(client), "acme", ReportKind.DAILY)


def test_picture_is_a_file_of_the_sandbox(monkeypatch, tmp_path):
    """Named after the tenant, the kind and the first day."""
    monkeypatch.setattr(reports, "load_running", lambda: SimpleNamespace(state_dir=tmp_path))
    path = save_picture(CONTENT)
    assert path == tmp_path / "reports" / "acme-weekly-2026-11-23.png"
    assert path.read_bytes() == b"PNG"
