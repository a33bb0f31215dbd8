"""The destinations for alerts of a deployment, with an operator's credentials."""

from echostream.adapters.dynamodb_destinations import DynamoDBDestinations
from echostream.adapters.secrets_manager import SecretsManager
from echostream.adapters.sns_mail import SnsMail
from echostream.domain.alerts.destination_administration import DestinationAdministration
from echostream_cli.target import Target


def administration(target: Target) -> DestinationAdministration:
    """The administration of a deployment's destinations, for removals: it knows no host."""
    outputs = target.outputs()
    destinations = DynamoDBDestinations(target.client("dynamodb"), outputs["TableName"])
    secrets = SecretsManager(target.client("secretsmanager"), outputs.get("DestinationSecrets", ""))
    mail = SnsMail(target.client("sns"), outputs.get("MessagesTopic", ""))
    return DestinationAdministration(destinations, secrets, mail)
