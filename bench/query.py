"""`GET /query` for 50 documents over its floor, by the clock and by the CPU of all processes.

The floor is an empty function behind the same API and JWT check with one bare DynamoDB query for 50
items, decoded and returned as JSON; see bench/floor/query.py.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bench.documents import make_documents
from bench.floor import deployment
from bench.floor.deployment import Floor
from bench.report import Goal, Row
from bench.rounds import Prepare
from bench.running import Running
from echostream.adapters.table_keys import BY_TIME, TIME_PARTITION
from echostream_cli.console import progress, step
from echostream_client.api import ApiClient
from echostream_client.send import send

LIMIT = 50
DOCUMENTS = 4000
"""Sent before the measurement."""
CALLS = 20
"""Queries of one measurement."""
GOAL = Goal("at most", 1.5)


def bench(running: Running) -> None:
    """Send documents, and measure both queries."""
    send_history(running.client)
    with step("floor of queries"):
        floor = deploy_floor(running).api(LIMIT)
    running.report.section(f"Query of {LIMIT} documents, over its floor")
    kinds: dict[str, Prepare] = {
        "ours": lambda: partial(query_often, running.client),
        "floor": lambda: partial(query_often, floor),
    }
    for prepare in kinds.values():
        prepare()()
    timings = running.take_turns("queries", kinds)
    ours, bare = timings["ours"], timings["floor"]
    for unit, one, other in (
        ("ms", ours.seconds, bare.seconds),
        ("CPU ms", ours.cpu_seconds, bare.cpu_seconds),
    ):
        row = Row("a page", unit, one / CALLS * 1e3, "floor", other / CALLS * 1e3, GOAL)
        running.report.add(row)


def send_history(client: ApiClient) -> None:
    """Send documents that cover the last hours."""
    documents = make_documents(DOCUMENTS, secrets.token_hex(4), datetime.now(UTC))
    with progress("documents to query", "documents", DOCUMENTS) as advance:
        send(client, documents, advance)


def deploy_floor(running: Running) -> Floor:
    """The floor, which queries the newest partition of the index that has a page of documents."""
    items = list(_scan(running))
    partition = newest_of(Counter(json.dumps(item[TIME_PARTITION]) for item in items))
    item = next(one for one in items if json.dumps(one[TIME_PARTITION]) == partition)
    arguments = {
        "TableName": running.outputs["TABLE_NAME"],
        "IndexName": BY_TIME,
        "KeyConditionExpression": f"{TIME_PARTITION} = :partition",
        "ExpressionAttributeValues": {":partition": json.loads(partition)},
        "ScanIndexForward": False,
        "Limit": LIMIT,
    }
    return deployment.deploy_query(running.settings, running.outputs, arguments, item)


def newest_of(sizes: Mapping[str, int]) -> str:
    """The newest partition with at least a page of documents; the names begin with the tenant.

    Raises `RuntimeError` if no partition has as many.
    """
    full = [name for name, number in sizes.items() if number >= LIMIT]
    if not full:
        raise RuntimeError(f"no partition of the index has {LIMIT} documents")
    return max(full)


def query_often(client: ApiClient) -> None:
    """Query several times. Raises `RuntimeError` if a page is not full."""
    for _ in range(CALLS):
        number = len(client.query(limit=LIMIT)["documents"])
        if number != LIMIT:
            raise RuntimeError(f"a page of {number} documents, expected {LIMIT}")


def _scan(running: Running) -> Iterator[dict[str, Any]]:
    """The items of the index."""
    dynamodb = running.settings.target.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=running.outputs["TABLE_NAME"], IndexName=BY_TIME
    )
    for page in pages:
        yield from page["Items"]
