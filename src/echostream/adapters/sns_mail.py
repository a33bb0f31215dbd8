"""E-mail through an SNS topic, where a destination is a subscription that gets its messages only.

A topic has one subscription of an address. It must be confirmed with a link in a message of AWS;
SNS deletes it if that does not happen within some days, and until then it cannot be ended.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from echostream.adapters.aws_errors import translating
from echostream.domain.alerts.destinations import Destination
from echostream.domain.alerts.messages import Message
from echostream.domain.errors import BadRequest, Conflict, DestinationFailed

MAX_SUBJECT = 100
"""Characters, in ASCII and without line breaks."""
MAX_TEXT = 50_000
"""Characters of at most 4 bytes: SNS takes 256 KiB."""
ATTRIBUTE = "destination"
"""Of a message, which the subscriptions filter by."""
_INVALID = ("InvalidParameter", "InvalidParameterException")
_GONE = ("NotFound", "NotFoundException")


class SnsMail:
    """`Mail`, and a `Sender`, with a topic. Methods raise `TryAgain` and `CallRefused`."""

    def __init__(self, client: Any, topic: str) -> None:
        self._client = client
        self._topic = topic

    def subscribe(self, destination: Destination) -> str:
        policy = json.dumps({ATTRIBUTE: [destination.id]})
        with translating("messages"):
            try:
                subscription = self._subscribe(destination.address, policy)
            except ClientError as error:
                _raise_if_invalid(error)
                raise
        if self._attributes(subscription).get("FilterPolicy") != policy:
            raise _taken()  # AWS refuses this itself; emulators return the other subscription
        return subscription

    def _subscribe(self, address: str, policy: str) -> str:
        response = self._client.subscribe(
            TopicArn=self._topic,
            Protocol="email",
            Endpoint=address,
            Attributes={"FilterPolicy": policy},
            ReturnSubscriptionArn=True,
        )
        return str(response["SubscriptionArn"])

    def unsubscribe(self, subscription: str) -> None:
        with translating("messages"):
            try:
                self._client.unsubscribe(SubscriptionArn=subscription)
            except ClientError as error:
                if _code(error) not in (*_INVALID, *_GONE):  # pending, or gone
                    raise

    def is_ready(self, destination: Destination) -> bool:
        return self.is_confirmed(destination.subscription)

    def is_confirmed(self, subscription: str) -> bool:
        """Whether an address has confirmed. Raises `DestinationFailed` if it has unsubscribed."""
        return self._attributes(subscription).get("PendingConfirmation", "").lower() == "false"

    def _attributes(self, subscription: str) -> Mapping[str, str]:
        with translating("messages"):
            try:
                response = self._client.get_subscription_attributes(SubscriptionArn=subscription)
            except ClientError as error:
                if _code(error) in _GONE:
                    raise DestinationFailed(
                        "the address did not confirm in time, or has unsubscribed; remove the"
                        " destination and add it again"
                    ) from error
                raise
        attributes: Mapping[str, str] = response["Attributes"]
        return attributes

    def send(self, destination: Destination, message: Message) -> None:
        self.publish(destination, message.subject, message.text)

    def publish(self, destination: Destination, subject: str, text: str) -> None:
        """Publish a message that only the subscription of a destination gets."""
        with translating("messages"):
            self._client.publish(
                TopicArn=self._topic,
                Subject=subject_line(subject),
                Message=text[:MAX_TEXT],
                MessageAttributes={
                    ATTRIBUTE: {"DataType": "String", "StringValue": destination.id}
                },
            )


def subject_line(subject: str) -> str:
    """A subject as SNS takes it: in ASCII, short, on one line. It begins with a letter already."""
    line = " ".join(subject.split()).encode("ascii", "replace").decode()
    shown = "".join(character if character.isprintable() else "?" for character in line)
    return shown if len(shown) <= MAX_SUBJECT else f"{shown[: MAX_SUBJECT - 3]}..."


def _raise_if_invalid(error: ClientError) -> None:
    if _code(error) not in _INVALID:
        return
    if "different attributes" in str(error):
        raise _taken() from error
    raise BadRequest("invalid_value", "address: is refused by AWS as an e-mail address") from error


def _taken() -> Conflict:
    return Conflict(
        "address_taken",
        "address: has a subscription of another destination; choose another address, such as one"
        " with a + before the @, or wait 3 days after the removal of a destination whose address"
        " did not confirm",
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
