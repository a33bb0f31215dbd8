"""E-mail with a picture through the emulator's SES, which has addresses to verify as SES has."""

from dataclasses import replace

import pytest
import urllib3

from echostream.adapters.ses_mail import SesMail
from echostream.domain.alerts.destinations import Kind
from echostream.domain.digest.report_messages import report_message
from echostream.domain.errors import DestinationFailed
from tests.destinations_contract import destination
from tests.reports import MONDAY, written


@pytest.mark.usefixtures("sandbox")
def test_mail_is_sent_from_a_verified_address(settings, name):
    """It has text and HTML; from another address SES refuses it."""
    client, sender = settings.target.client("sesv2"), f"{name}@example.com"
    to = replace(destination(name="mail", kind=Kind.EMAIL), address=f"{name}@example.org")
    message = report_message(to, written(), "", MONDAY)
    mail = SesMail(client, sender, lambda _: True)
    with pytest.raises(DestinationFailed, match=r"Amazon SES refuses the message: .* not verified"):
        mail.send(to, message)
    client.create_email_identity(EmailIdentity=sender)
    mail.send(to, message)
    address = f"{settings.target.endpoint}/_ministack/ses/messages"
    accounts = urllib3.request("GET", address).json()["messages"].values()
    [sent] = [one for messages in accounts for one in messages if one["Source"] == sender]
    assert (sent["To"], sent["Subject"]) == ([to.address], message.subject)
    assert sent["BodyText"].splitlines() == message.text.splitlines()
    assert sent["BodyHtml"].splitlines() == message.html.splitlines()
