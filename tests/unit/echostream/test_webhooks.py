"""Messages to webhooks and to Slack: the request, its signature, and what counts as a failure."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.adapters.webhooks import MAX_TEXT, Slack, Webhooks, signature, slack_text
from echostream.domain.alerts.destination_administration import new_key
from echostream.domain.alerts.destinations import Kind
from echostream.domain.alerts.messages import alerts_message
from echostream.domain.errors import DestinationFailed
from tests.alerts_contract import alert
from tests.builders import NOW
from tests.destinations_contract import destination
from tests.memory_alerts import MemorySecrets

ADDRESS = "https://hooks.example/catch/secret?token=secret"


class Sending:
    """A sender whose requests get a status."""

    def __init__(self, kind, credentials, status=204):
        self.secrets, self.requests, self.status = MemorySecrets(), [], status
        secret = self.secrets.create("acme", "hook", credentials)
        self.destination = destination(name="hook", kind=Kind.WEBHOOK, secret=secret)
        self.sender = kind(self.secrets, self.post)

    def post(self, url, headers, body):
        self.requests.append((url, headers, body))
        return self.status

    def send(self, message=None):
        assert self.sender.is_ready(self.destination)
        self.sender.send(
            self.destination, message or alerts_message(self.destination, [alert()], {}, "", NOW)
        )


def test_signature_is_that_of_the_specification():
    """The example of the libraries of Standard Webhooks."""
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == expected


def test_request_to_a_webhook_is_signed():
    """A receiver can check the id, the time and the body with the key."""
    key = new_key()
    sending = Sending(Webhooks, {"address": ADDRESS, "key": key})
    sending.send()
    [(url, headers, body)] = sending.requests
    assert url == ADDRESS
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    content = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    digest = hmac.digest(base64.b64decode(key.removeprefix("whsec_")), content, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    wire = json.loads(body)
    assert (wire["type"], wire["tenant"]) == ("alerts", "acme")
    assert wire["alerts"][0]["id"] == alert().id


def test_repetition_has_the_id_of_the_first_message():
    """And another time, for receivers that refuse old ones."""
    sending = Sending(Webhooks, {"address": ADDRESS, "key": new_key()})
    for hours in (0, 1):
        at = NOW + timedelta(hours=hours)
        sending.send(alerts_message(sending.destination, [alert()], {}, "", at))
    first, second = (headers for _, headers, _ in sending.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_keys_are_as_long_as_the_specification_says():
    """24 to 64 bytes; each is another one."""
    keys = {new_key() for _ in range(3)}
    assert len(keys) == 3
    assert {len(base64.b64decode(key.removeprefix("whsec_"))) for key in keys} == {32}


def test_slack_gets_the_text():
    """Without a signature, to its address."""
    sending = Sending(Slack, {"address": "https://hooks.slack.com/services/secret"}, 200)
    sending.send()
    [(url, headers, body)] = sending.requests
    assert url == "https://hooks.slack.com/services/secret"
    assert not any(name.startswith("webhook") for name in headers)
    assert "412 documents in an hour" in json.loads(body)["text"]


def test_slacks_control_sequences_are_escaped():
    """A document notifies nobody, and hides no address behind a text."""
    text = "<!destination> <https://evil|here> & &lt;"
    assert slack_text(text) == "&lt;!destination&gt; &lt;https://evil|here&gt; &amp; &amp;lt;"


def test_long_text_ends_with_a_line():
    """Slack would cut it, within an escape."""
    shown = slack_text("a & b\n" * MAX_TEXT)
    assert MAX_TEXT - 10 <= len(shown) <= MAX_TEXT
    assert shown.endswith("\na &amp; b")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((status, f"hooks.example: HTTP {status}") for status in (400, 404, 410, 429, 500, 503)),
        *((s, f"hooks.example: HTTP {s}; a redirect is not followed") for s in (301, 302, 307)),
        *((100, "hooks.example: HTTP 100"), (304, "hooks.example: HTTP 304; a redirect")),
    ],
)
@pytest.mark.parametrize("kind", [Webhooks, Slack])
def test_other_statuses_are_failures(kind, status, reason):
    """The reason names the host only: the address may be a credential."""
    sending = Sending(kind, {"address": ADDRESS, "key": new_key()}, status)
    with pytest.raises(DestinationFailed) as caught:
        sending.send()
    assert caught.value.message.startswith(reason)
    assert "secret" not in caught.value.message
    assert (caught.value.status, caught.value.code) == (409, "destination_failed")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_status_of_success_is_one(status):
    Sending(Webhooks, {"address": ADDRESS, "key": new_key()}, status).send()


def test_destination_whose_credentials_are_gone_fails():
    """An operator may have deleted them."""
    sending = Sending(Webhooks, {})
    sending.destination = replace(sending.destination, secret="gone")
    with pytest.raises(DestinationFailed, match="add it again"):
        sending.send()
    assert sending.requests == []
