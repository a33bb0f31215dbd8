"""The adapters of destinations for alerts, for the functions that change them and that send alerts.

A part of the composition root. `post` comes from the function: this layer has no web client.
"""

from functools import cache

from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.secrets_manager import SecretsManager
from echostream.adapters.sns_mail import SnsMail
from echostream.adapters.webhooks import Post, Slack, Webhooks
from echostream.domain.alerts.delivery import Senders
from echostream.domain.alerts.destinations import Kind
from echostream.entrypoints import wiring
from echostream.entrypoints.config import DestinationSettings


@cache
def settings() -> DestinationSettings:
    return DestinationSettings.read()


@cache
def destinations() -> DynamoDBDestinations:
    return DynamoDBDestinations(wiring.client("dynamodb"), wiring.table_settings().name)


@cache
def secrets() -> SecretsManager:
    return SecretsManager(wiring.client("secretsmanager"), settings().secrets)


@cache
def mail() -> SnsMail:
    return SnsMail(wiring.client("sns"), settings().topic)


def hosts() -> frozenset[str]:
    """The hosts that operators allow now."""
    table = wiring.table_settings().name
    return DynamoDBLiveSources(wiring.client("dynamodb"), table, wiring.now).hosts()


def senders(post: Post) -> Senders:
    """What sends messages over each kind of destination."""
    return {
        Kind.EMAIL: mail(),
        Kind.WEBHOOK: Webhooks(secrets(), post),
        Kind.SLACK: Slack(secrets(), post),
    }
