"""Reports of the deployed stack, from documents that were sent through the API."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.secrets_manager import SecretsManager
from echostream.domain.alerts.destination_administration import new_key
from echostream.domain.alerts.destinations import Destination, Kind
from echostream.domain.codec import time_to_wire
from echostream.domain.digest.report_periods import ReportKind, last_complete
from echostream_cli.operate.report import preview
from tests.accounts import Account

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def yesterday():
    return last_complete(ReportKind.DAILY, datetime.now(UTC)).start


@pytest.fixture(scope="module")
def account(settings, sandbox, yesterday):
    """The admin of a tenant with documents of yesterday morning."""
    name = f"reports-{uuid.uuid4().hex[:8]}"
    account = Account(settings, sandbox, name, tenant=name).with_password()
    at = time_to_wire(yesterday + timedelta(hours=9, minutes=30))
    sent = [
        {"text": "The battery is great", "author": f"a{n}", "source": "shop", "created_at": at}
        for n in range(20)
    ]
    response = account.api.ingest(sent)
    assert response["accepted"] == len(sent), response
    assert account.api.wait_until_counted(response["received_at"])
    return account


@pytest.fixture
def hook():
    """A web server on this machine, with the requests that it got."""
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append((dict(self.headers), json.loads(body)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/hook", requests
    server.shutdown()
    server.server_close()


@pytest.fixture
def destination(settings, sandbox, account, hook):
    """A webhook of the tenant for reports, to the server of this machine."""
    now, client = datetime.now(UTC), settings.target.client("dynamodb")
    hosts = DynamoDBLiveSources(client, sandbox["TABLE_NAME"], lambda: now)
    hosts.allow("localhost", now)
    prefix = f"{settings.stack_name}-local/destination/"
    secrets = SecretsManager(settings.target.client("secretsmanager"), prefix)
    credentials = {"address": hook[0], "key": new_key()}
    secret = secrets.create(account.username, "hook", credentials)
    sends = frozenset({"daily"})
    one = Destination(
        account.username, "hook", Kind.WEBHOOK, now, True, "http://x", secret, "", sends
    )
    destinations = DynamoDBDestinations(client, sandbox["TABLE_NAME"])
    destinations.add(one)
    yield destinations
    destinations.remove(one)
    secrets.delete(secret)
    hosts.forbid("localhost")


def run_schedule(settings):
    """Invoke the function as its schedule does; its result."""
    function = settings.target.resource("DigestFunction")
    event = json.dumps({"id": "1", "source": "aws.events"}).encode()
    response = settings.target.client("lambda").invoke(FunctionName=function, Payload=event)
    content = json.loads(response["Payload"].read())
    assert "FunctionError" not in response, content
    return content


def test_report_is_sent_once_with_its_picture(settings, account, hook, destination, yesterday):
    """A repeat of the event sends nothing; the destination has the end of the period."""
    assert run_schedule(settings)["sent"] >= 1
    [(headers, report)] = hook[1]
    assert headers["webhook-id"].startswith("msg_")
    assert (report["type"], report["tenant"]) == ("report", account.username)
    assert report["period"]["from"] == time_to_wire(yesterday)
    assert [one["total"] for one in report["counts"]] == [20]
    assert report["digest"]["sentences"]
    assert base64.b64decode(report["picture"]["data"]).startswith(PNG)
    run_schedule(settings)
    assert len(hook[1]) == 1
    [listed] = destination.all(account.username)
    assert listed.reported == {ReportKind.DAILY: yesterday + timedelta(days=1)}
    assert listed.state == "ok"


@pytest.mark.parametrize("kind", list(ReportKind))
def test_preview_of_a_report_is_sent_to_nobody(settings, account, kind):
    """`make report` prints it, and writes the picture."""
    content = preview(settings.target, account.username, kind)
    assert content["subject"].startswith("EchoStream, ")
    assert content["subject"].endswith(f"({account.username})")
    assert content["text"].startswith("Report of ")
    assert base64.b64decode(content["picture"]["data"]).startswith(PNG)
