"""Reports by Amazon SES: what an e-mail has, who gets one, and what is refused."""

from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from echostream.adapters.ses_mail import SesMail, mime
from echostream.domain.alerts.destinations import Kind
from echostream.domain.digest.report_messages import report_message
from echostream.domain.errors import CallRefused, DestinationFailed, TryAgain
from tests.destinations_contract import destination
from tests.reports import MONDAY, PICTURE, written

SENDER = "reports@example.com"
MAIL = destination(name="mail", kind=Kind.EMAIL, address="ann@example.org")
MESSAGE = report_message(MAIL, written(), "https://page.example/", MONDAY)


class Ses:
    """A client of SESv2 that has what was sent, or raises an error."""

    def __init__(self, code="", status=400):
        self.code, self.status, self.calls = code, status, []

    def send_email(self, **arguments):
        self.calls.append(arguments)
        if self.code:
            response: Any = {
                "Error": {"Code": self.code, "Message": "no"},
                "ResponseMetadata": {"HTTPStatusCode": self.status},
            }
            raise ClientError(response, "SendEmail")


def parsed(content):
    return message_from_bytes(content, policy=policy.default)


def test_mail_has_text_and_html_with_the_picture():
    """The HTML shows the picture of the same mail by its id; nothing is fetched."""
    mail = parsed(mime(SENDER, MAIL.address, MESSAGE).as_bytes())
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"] == f"EchoStream <{SENDER}>"
    assert mail["To"] == MAIL.address
    assert mail["Date"] == "Mon, 30 Nov 2026 07:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    text, html, picture = (part for part in mail.walk() if not part.is_multipart())
    assert text.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html.get_content().splitlines() == MESSAGE.html.splitlines()
    assert picture.get_content() == PICTURE.data
    assert picture["Content-ID"] == "<picture>"
    assert 'src="cid:picture"' in html.get_content()
    assert picture.get_content_disposition() == "inline"


def test_message_without_picture_is_text():
    """Such as a test message."""
    mail = parsed(mime(SENDER, MAIL.address, replace(MESSAGE, html="", picture=None)).as_bytes())
    assert mail.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "subject", ["Report\r\nBcc: eve@example.org", "Report\nBcc: eve@example.org", "Ü\u2028\x00"]
)
def test_names_add_no_header(subject):
    """The subject is on one line and in ASCII, whatever a tenant is called."""
    mail = parsed(mime(SENDER, MAIL.address, replace(MESSAGE, subject=subject)).as_bytes())
    assert mail["Bcc"] is None
    assert mail["Subject"].isascii()
    assert len(mail.keys()) == len(set(mail.keys())) == 7


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org, eve@example.org",
        "ann",
        "",
        "Ann <ann@example.org>",
    ],
)
def test_address_that_is_not_one_address_is_refused(address):
    """Nothing is sent."""
    ses = Ses()
    with pytest.raises(DestinationFailed, match="the address is not one e-mail address"):
        SesMail(ses, SENDER, lambda _: True).send(replace(MAIL, address=address), MESSAGE)
    assert ses.calls == []


def test_mail_goes_to_the_address_of_the_destination():
    """From the sender, as MIME."""
    ses = Ses()
    SesMail(ses, SENDER, lambda _: True).send(MAIL, MESSAGE)
    [call] = ses.calls
    assert call["FromEmailAddress"] == SENDER
    assert call["Destination"] == {"ToAddresses": ["ann@example.org"]}
    assert parsed(call["Content"]["Raw"]["Data"])["To"] == "ann@example.org"


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_address_must_have_confirmed(is_confirmed):
    """The subscription of its destination: SES asks nobody."""
    confirmed = {MAIL.subscription: is_confirmed}
    mail = SesMail(Ses(), SENDER, lambda one: confirmed[one.subscription])
    assert mail.is_ready(MAIL) is is_confirmed


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("MessageRejected", 400, DestinationFailed),
        ("MailFromDomainNotVerifiedException", 400, DestinationFailed),
        ("TooManyRequestsException", 429, TryAgain),
        ("InternalError", 500, TryAgain),
        ("AccessDeniedException", 403, CallRefused),
    ],
)
def test_errors_of_ses_have_their_branch(code, status, error):
    """A rejected message has the reason for the destination; others are for the operator."""
    with pytest.raises(error):
        SesMail(Ses(code, status), SENDER, lambda _: True).send(MAIL, MESSAGE)
