"""Waits until accepted documents are in the documents table."""

import time

from bench.running import Running
from echostream.adapters.table_keys import document_key
from echostream_cli.users import DEMO_TENANT

BATCH = 100
"""Keys that one `BatchGetItem` takes."""
INTERVAL = 0.05
MAX_WAIT = 120.0


def wait_until_stored(running: Running, ids: list[str]) -> None:
    """Poll until every document is stored. Raises `TimeoutError` with the number of the others."""
    missing, deadline = ids, time.monotonic() + MAX_WAIT
    while missing := _missing(running, missing):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(missing)} accepted documents are not stored")
        time.sleep(INTERVAL)


def _missing(running: Running, ids: list[str]) -> list[str]:
    """The ids from the first batch on of which a document is not stored."""
    dynamodb, table = running.settings.target.client("dynamodb"), running.outputs["TABLE_NAME"]
    for start in range(0, len(ids), BATCH):
        keys = [document_key(DEMO_TENANT, name) for name in ids[start : start + BATCH]]
        request = {table: {"Keys": keys, "ProjectionExpression": ", ".join(keys[0])}}
        if len(dynamodb.batch_get_item(RequestItems=request)["Responses"][table]) < len(keys):
            return ids[start:]
    return []
