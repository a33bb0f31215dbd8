"""The live sources of a deployment, with an operator's credentials."""

from datetime import UTC, datetime

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.s3_samples import S3Samples
from echostream.adapters.secrets_manager import SecretsManager
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from echostream_sources.administration import SourceAdministration
from echostream_sources.opening import Opening
from seed.dataset import documents, samples

NO_PRODUCER = {
    True: "this sandbox has no producer, which reads sources; start it with: make up PRODUCER=on",
    False: (
        "this deployment has no producer, which reads sources; set Producer=true in"
        " samconfig.toml, and deploy"
    ),
}


def administration(target: Target) -> SourceAdministration:
    """The administration of a deployment's sources."""
    table, prefix = target.outputs()["TableName"], target.outputs().get("SourceSecrets", "")
    sources = DynamoDBLiveSources(target.client("dynamodb"), table, now)
    secrets = SecretsManager(target.client("secretsmanager"), prefix)
    return SourceAdministration(
        sources, secrets, Opening(sources, secrets, stored_samples(target).read, target.is_sandbox)
    )


def require_producer(target: Target) -> None:
    """Raises `UserError` if nothing reads the sources of a deployment."""
    if "SourceSecrets" not in target.outputs():
        raise UserError(NO_PRODUCER[target.is_sandbox])


def stored_samples(target: Target) -> S3Samples:
    """The sample data in a deployment's lake."""
    return S3Samples(target.client("s3"), target.outputs()["LakeBucket"])


def store_samples(target: Target, dataset: str = "tweets") -> None:
    """Store the sample data for sources of the kind `replay`, if that was not done yet."""
    stored = stored_samples(target)
    if not stored.exist():
        stored.write(documents(dataset, len(samples(dataset)), now()))


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
