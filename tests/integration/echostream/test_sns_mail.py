"""E-mail through a topic of the emulator: who gets a message, and what a removal leaves."""

import json
from dataclasses import replace

import pytest

from echostream.adapters.sns_mail import SnsMail
from echostream.domain.alerts.destinations import Kind
from echostream.domain.alerts.messages import trial_message
from echostream.domain.errors import CallRefused, Conflict, DestinationFailed
from tests.builders import NOW
from tests.destinations_contract import destination

MAIL = destination(name="mail", kind=Kind.EMAIL, address="ann@example.org")
OTHER = replace(MAIL, tenant="acme-b", address="bob@example.org")


class Topic:
    """A topic, with a queue for each subscription: no test reads e-mail."""

    def __init__(self, target, name):
        self.sns, self.sqs = target.client("sns"), target.client("sqs")
        self.arn = self.sns.create_topic(Name=name)["TopicArn"]
        self.mail = SnsMail(self.sns, self.arn)

    def queue_of(self, subscription):
        """A queue with the filter of a subscription."""
        found = self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        name = subscription.rsplit(":", 1)[1]
        queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        [arn] = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
            "Attributes"
        ].values()
        self.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": self.policy(arn)})
        options = {"FilterPolicy": found["FilterPolicy"]}
        self.sns.subscribe(TopicArn=self.arn, Protocol="sqs", Endpoint=arn, Attributes=options)
        return queue

    def policy(self, queue):
        """Lets the topic send to a queue."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.arn}},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def received(self, queue):
        found = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(one["Body"]) for one in found.get("Messages", [])]


@pytest.fixture
def topic(settings, sandbox, name):
    return Topic(settings.target, name)


def test_message_is_for_its_destination_only(topic):
    """With its subject; another tenant of the topic gets nothing."""
    own, others = (topic.queue_of(topic.mail.subscribe(one)) for one in (MAIL, OTHER))
    topic.mail.send(MAIL, trial_message(MAIL, "", NOW))
    [message] = topic.received(own)
    assert message["Subject"] == "EchoStream: test of the destination mail"
    assert "This is a test." in message["Message"]
    assert topic.received(others) == []


def test_address_has_one_subscription(topic):
    """The same destination gets it again, another destination does not."""
    subscription = topic.mail.subscribe(MAIL)
    assert topic.mail.subscribe(MAIL) == subscription
    with pytest.raises(Conflict, match="address: has a subscription of another destination"):
        topic.mail.subscribe(replace(OTHER, address=MAIL.address))
    topic.mail.unsubscribe(subscription)
    topic.mail.subscribe(replace(OTHER, address=MAIL.address))


def test_ended_subscription_is_gone(topic):
    """It can be ended again."""
    subscription = topic.mail.subscribe(MAIL)
    assert topic.mail.is_ready(replace(MAIL, subscription=subscription))
    for _ in range(2):
        topic.mail.unsubscribe(subscription)
    with pytest.raises(DestinationFailed, match="add it again"):
        topic.mail.is_confirmed(subscription)


def test_missing_topic_is_an_operators_fault(topic):
    with pytest.raises(CallRefused, match="messages: "):
        SnsMail(topic.sns, f"{topic.arn}-none").publish(MAIL, "a", "b")
