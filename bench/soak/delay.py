"""How long a document waits in the stream: alone, and behind records that are not ours."""

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bench.soak.traffic import RECORD_KINDS, bad_records
from echostream.adapters.table_keys import document_key
from echostream_cli.settings import Settings
from echostream_client.api import ApiClient

POISON = 50
MAX_WAIT = 60.0
INTERVAL = 0.02


def measure_delays(
    settings: Settings, names: Mapping[str, str], client: ApiClient, tenant: str
) -> tuple[float, float]:
    """Seconds from the response until a document is stored: alone, and behind poison.

    Raises `TimeoutError`.
    """
    dynamodb, kinesis = settings.target.client("dynamodb"), settings.target.client("kinesis")
    for _ in range(2):  # the first may wait for a worker that starts
        alone = _seconds_until_stored(dynamodb, names["TABLE_NAME"], client, tenant)
    name, now = secrets.token_hex(4), datetime.now(UTC)
    records = [bad_records(f"{name}-{n}", now)[n % RECORD_KINDS] for n in range(POISON)]
    entries = [{"Data": data, "PartitionKey": f"{n}"} for n, data in enumerate(records)]
    kinesis.put_records(StreamName=names["STREAM_NAME"], Records=entries)
    return alone, _seconds_until_stored(dynamodb, names["TABLE_NAME"], client, tenant)


def _seconds_until_stored(dynamodb: Any, table: str, client: ApiClient, tenant: str) -> float:
    name = secrets.token_hex(8)
    client.ingest([{"id": name, "text": "How long?"}])
    start = time.monotonic()
    key = document_key(tenant, name)
    while "Item" not in dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True):
        if time.monotonic() - start > MAX_WAIT:
            raise TimeoutError(f"a document was not stored within {MAX_WAIT:.0f} s")
        time.sleep(INTERVAL)
    return time.monotonic() - start
