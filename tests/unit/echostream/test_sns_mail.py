"""E-mail through a topic: subscriptions, who gets a message, and what SNS refuses."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from echostream.adapters.sns_mail import MAX_SUBJECT, SnsMail, subject_line
from echostream.domain.alerts.destinations import Kind
from echostream.domain.alerts.messages import trial_message
from echostream.domain.errors import BadRequest, CallRefused, Conflict, DestinationFailed, TryAgain
from tests.aws import client, mock_table
from tests.builders import NOW
from tests.destinations_contract import destination

MAIL = destination(name="mail", kind=Kind.EMAIL, address="ann@example.org")
OTHER = replace(MAIL, name="other", address="bob@example.org")


@pytest.fixture
def topic():
    with mock_table():
        yield client("sns").create_topic(Name="messages")["TopicArn"]


@pytest.fixture
def mail(topic):
    return SnsMail(client("sns"), topic)


def attributes(subscription):
    found = client("sns").get_subscription_attributes(SubscriptionArn=subscription)
    return found["Attributes"]


def queue_of(topic, name, policy):
    """A queue with the filter of a subscription: no test reads e-mail."""
    queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    filtered = {"FilterPolicy": policy, "RawMessageDelivery": "true"}
    endpoint = arn["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=filtered)
    return queue


def messages(queue):
    found = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [one["Body"] for one in found.get("Messages", [])]


def test_subscription_gets_the_messages_of_its_destination_only(mail, topic):
    """Not those of other destinations or tenants, nor of one of its name to another address."""
    former = replace(MAIL, address="wrong@example.org")
    foreign = replace(MAIL, tenant="acme-b", address="eve@example.org")
    policies = [
        attributes(mail.subscribe(one))["FilterPolicy"] for one in (MAIL, OTHER, former, foreign)
    ]
    queues = [queue_of(topic, f"q{n}", policy) for n, policy in enumerate(policies)]
    mail.send(MAIL, trial_message(MAIL, "", NOW))
    [text] = messages(queues[0])
    assert "This is a test." in text
    assert [messages(queue) for queue in queues[1:]] == [[], [], []]


def test_subscription_is_of_an_address(mail):
    """Its ARN is known before it is confirmed."""
    subscription = mail.subscribe(MAIL)
    found = attributes(subscription)
    assert (found["Protocol"], found["Endpoint"]) == ("email", "ann@example.org")
    assert json.loads(found["FilterPolicy"]) == {"destination": [MAIL.id]}


def test_ended_subscription_is_gone(mail):
    """It can be ended again; the destination says what to do."""
    subscription = mail.subscribe(MAIL)
    assert mail.is_ready(replace(MAIL, subscription=subscription))
    for _ in range(2):
        mail.unsubscribe(subscription)
    with pytest.raises(DestinationFailed, match="add it again"):
        mail.is_confirmed(subscription)


def test_address_has_one_subscription(mail):
    """SNS has no second one of an address; that of another destination is not shared."""
    subscription = mail.subscribe(MAIL)
    assert mail.subscribe(MAIL) == subscription

    class Emulator:
        """Returns what is there already, as MiniStack does."""

        def subscribe(self, **_):
            return {"SubscriptionArn": subscription}

        def get_subscription_attributes(self, **arguments):
            return client("sns").get_subscription_attributes(**arguments)

    taken = SnsMail(Emulator(), "topic")
    with pytest.raises(Conflict, match="address: has a subscription of another destination"):
        taken.subscribe(replace(OTHER, address=MAIL.address))


class Refusing:
    """A client of SNS whose calls are refused with a code."""

    def __init__(self, code, message="message"):
        self._error: Any = {"Error": {"Code": code, "Message": message}}

    def __getattr__(self, name):
        def call(**_):
            raise ClientError(self._error, name)

        return call


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterException"])
def test_refused_address_is_the_callers_fault(code):
    """One that has other attributes belongs to another destination."""
    with pytest.raises(BadRequest, match="address: is refused by AWS"):
        SnsMail(Refusing(code, "Invalid parameter: Email address"), "t").subscribe(MAIL)
    message = "Attributes Reason: Subscription already exists with different attributes"
    with pytest.raises(Conflict, match="address: has a subscription of another destination"):
        SnsMail(Refusing(code, message), "t").subscribe(MAIL)


@pytest.mark.parametrize("code", ["InvalidParameter", "NotFound"])
def test_subscription_that_is_pending_or_gone_needs_no_end(code):
    """SNS refuses to end one that nobody has confirmed; it deletes it itself."""
    SnsMail(Refusing(code), "t").unsubscribe("arn")


@pytest.mark.parametrize(
    ("code", "error"), [("Throttled", TryAgain), ("AuthorizationError", CallRefused)]
)
def test_other_errors_are_translated(code, error):
    mail = SnsMail(Refusing(code), "t")
    for call in (
        lambda: mail.subscribe(MAIL),
        lambda: mail.unsubscribe("arn"),
        lambda: mail.is_confirmed("arn"),
        lambda: mail.publish(MAIL, "a", "b"),
    ):
        with pytest.raises(error, match="messages: "):
            call()


@pytest.mark.parametrize(("pending", "is_ready"), [("true", False), ("false", True)])
def test_destination_is_ready_when_its_address_has_confirmed(pending, is_ready):
    class Client:
        def get_subscription_attributes(self, **_):
            return {"Attributes": {"PendingConfirmation": pending}}

    assert SnsMail(Client(), "t").is_ready(MAIL) is is_ready


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("EchoStream: a\r\nBcc: b", "EchoStream: a Bcc: b"),
        ("EchoStream: Prüfung \u2192 \x00", "EchoStream: Pr?fung ? ?"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 97 + "..."),
    ],
)
def test_subject_is_one_that_sns_takes(subject, expected):
    """ASCII on one line, at most 100 characters."""
    assert subject_line(subject) == expected
    assert len(expected) <= MAX_SUBJECT
