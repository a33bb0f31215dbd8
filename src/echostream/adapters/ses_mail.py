"""E-mail with a picture through Amazon SES: as text, and as HTML that shows the picture.

An address gets it only if it has confirmed the subscription of its destination: SES asks nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from botocore.exceptions import ClientError

from echostream.adapters.aws_errors import translating
from echostream.adapters.sns_mail import subject_line
from echostream.domain.alerts.destinations import Destination
from echostream.domain.alerts.messages import PICTURE, Message
from echostream.domain.errors import DestinationFailed

SENDER_NAME = "EchoStream"
CONTENT_ID = f"<{PICTURE.removeprefix('cid:')}>"
_REFUSED = ("MessageRejected", "MailFromDomainNotVerifiedException")


@dataclass(frozen=True, slots=True)
class SesMail:
    """A `Sender`. `sender` is an address that is verified in SES; its client is that of SESv2.

    `is_confirmed` says whether the address of a destination has confirmed.
    """

    client: Any
    sender: str
    is_confirmed: Callable[[Destination], bool]

    def is_ready(self, destination: Destination) -> bool:
        return self.is_confirmed(destination)

    def send(self, destination: Destination, message: Message) -> None:
        content = mime(self.sender, destination.address, message).as_bytes()
        with translating("mail"):
            try:
                self.client.send_email(
                    FromEmailAddress=self.sender,
                    Destination={"ToAddresses": [destination.address]},
                    Content={"Raw": {"Data": content}},
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _REFUSED:
                    raise DestinationFailed(f"Amazon SES refuses the message: {error}") from error
                raise


def mime(sender: str, address: str, message: Message) -> EmailMessage:
    """A message as e-mail. Raises `DestinationFailed` for an address that no header can have."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject_line(message.subject)
    mail["From"] = _header("the sender", sender, SENDER_NAME)
    mail["To"] = _header("the address", address)
    mail["Date"] = format_datetime(message.at)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    if message.html and message.picture:
        [_, html] = mail.iter_parts()
        html.add_related(
            message.picture.data,
            "image",
            "png",
            cid=CONTENT_ID,
            disposition="inline",
            filename="report.png",
        )
    return mail


def _header(what: str, address: str, name: str = "") -> Address:
    """An address for a header. One with a line break, or several addresses, is refused."""
    try:
        return Address(name, addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise DestinationFailed(f"{what} is not one e-mail address that can be sent to") from error
