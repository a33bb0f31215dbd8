"""The composition root of the producer: the sources of all tenants, and where documents go."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from botocore.config import Config

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.s3_samples import S3Samples
from echostream.adapters.secrets_manager import SecretsManager
from echostream.entrypoints import wiring
from echostream.entrypoints.config import ProducerSettings, SourceSettings
from echostream_client.api import TRY_AGAIN, ApiFailed
from echostream_client.ingest_function import IngestFunction
from echostream_client.send import send
from echostream_sources.opening import Opening
from echostream_sources.producer import Producer, SendFailed

_INVOKE = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=35,  # the function behind POST /ingest ends after 29 s
    user_agent=wiring.USER_AGENT,
)


@cache
def producer() -> Producer:
    settings, table = SourceSettings.read(), wiring.table_settings()
    sources = DynamoDBLiveSources(wiring.client("dynamodb"), table.name, wiring.now)
    secrets = SecretsManager(wiring.client("secretsmanager"), settings.secrets)
    opening = Opening(sources, secrets, samples, settings.allows_private)
    return Producer(sources, opening, send_documents, wiring.now)


@cache
def samples() -> Sequence[Mapping[str, Any]]:
    return S3Samples(wiring.client("s3"), ProducerSettings.read().bucket).read()


def send_documents(tenant: str, documents: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """Send documents of a tenant; counts by outcome. Raises `SendFailed`."""
    client = wiring.client("lambda", _INVOKE)
    try:
        sent = send(IngestFunction(client, ProducerSettings.read().function, tenant), documents)
    except ApiFailed as error:
        raise SendFailed(str(error), error.wait) from error
    codes = Counter(str(rejection["code"]) for rejection in sent.rejected)
    if TRY_AGAIN in codes:
        raise SendFailed("some documents could not be stored now")
    return {"accepted": sent.accepted, "lake_only": sent.lake_only, **codes}
