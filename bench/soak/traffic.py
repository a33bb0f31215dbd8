"""What a soak sends: documents, the same again, bad ones, and records that are not ours."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]

TENANTS = ("flood", "quiet")
"""The first sends four fifths of all documents, as fast as it can."""
REFUSED = "refused by the table"
"""In a text: the proxy lets the table refuse its document."""
TWICE, BAD = 0.05, 0.01
"""Of all documents; in a small run more are bad, so that there is one of each kind."""
SOURCES = ("forum", "shop", "news")
SIZES = (1, 1, 10, 50, 100)
"""Documents of a request; each size is as frequent as the others. A small run has small ones."""
MAX_RECORD = 1_048_576
BAD_KINDS, RECORD_KINDS = 8, 8
_TEXTS = (
    "I love it",
    "I hate it",
    "It is a chair",
    "caf\u00e9 \U0001f60d great",
    "not good \u0000",
)


@dataclass(frozen=True, slots=True)
class Request:
    """Documents that a tenant sends at once."""

    tenant: str
    rows: list[Any]


@dataclass
class Traffic:
    """The requests, and the records that another program writes to the stream.

    `impossible` are records of the right form that arrived at an impossible time: their documents
    go to quarantine, the other records as a whole.
    """

    requests: list[Request] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    impossible: list[bytes] = field(default_factory=list)
    repeated: int = 0


def make_traffic(number: int, path: str, seed: int, now: datetime) -> Traffic:
    """The same traffic for the same arguments."""
    choose = random.Random(seed)  # noqa: S311
    traffic = Traffic()
    rows = {tenant: list(_rows(tenant, n, choose, now)) for tenant, n in _shares(number).items()}
    for tenant, own in rows.items():
        again = choose.sample(own, round(TWICE * len(own)))
        traffic.repeated += len(again)
        traffic.requests += _requests(tenant, [*own, *again], choose)
    choose.shuffle(traffic.requests)
    if path == "stream":
        _add_records(traffic, round(BAD * number / 2), seed, now)
    return traffic


def _shares(number: int) -> dict[str, int]:
    first, second = TENANTS
    return {first: number - number // 5, second: number // 5}


def _rows(tenant: str, number: int, choose: random.Random, now: datetime) -> Iterator[Any]:
    every = max(1, min(round(1 / BAD), number // BAD_KINDS))
    for index in range(number):
        row = {
            "id": f"{tenant}-{index}",
            "text": f"{choose.choice(_TEXTS)}, {index}",
            "source": f"only {index}" if index % 10 == 9 else choose.choice(SOURCES),
            "created_at": (now - timedelta(seconds=choose.randrange(20_000))).isoformat(),
        }
        if index % 7 == 6:
            del row["id"]
        if index % 11 == 10:
            del row["created_at"]
        is_bad = index % every == every - 1
        yield _bad_rows(row, tenant)[index // every % BAD_KINDS] if is_bad else row


def _bad_rows(row: Row, tenant: str) -> list[Any]:
    """A document with what makes it bad. The first two pass the door, and are refused later."""
    text = row["text"]
    return [
        {**row, "id": f"{tenant}-0", "text": f"another text, {text}"},
        {**row, "text": f"{REFUSED}, {text}"},
        {**row, "text": ""},
        {**row, "text": "x" * 70_000},
        {**row, "rating": 9},
        {**row, "created_at": "2990-01-01T00:00:00Z"},
        {**row, "nonsense": 1},
        text,
    ]


def _requests(tenant: str, rows: list[Any], choose: random.Random) -> Iterator[Request]:
    start = 0
    while start < len(rows):
        size = min(choose.choice(SIZES), 1 + len(rows) // 20)
        yield Request(tenant, rows[start : start + size])
        start += size


def _record(name: str, arrived_at: datetime, **changes: Any) -> bytes:
    row = {"id": name, "text": f"in a record, {name}"}
    content = {"version": 1, "tenant": "poison", "arrived_at": arrived_at.isoformat()}
    return json.dumps({**content, "documents": [row], **changes}).encode()


def bad_records(name: str, now: datetime) -> list[bytes]:
    """A record for each thing that can be wrong with one; all have the name.

    The last two are ours, from a clock that jumped and from before the retention.
    """
    return [
        f"not JSON, {name}".encode(),
        b"\xff\xfe" + name.encode(),
        _record(name, now)[:-20],
        _record(name, now, tenant="../other"),
        _record(name, now, version=2),
        json.dumps([name]).encode(),
        _record(f"{name}-tomorrow", now + timedelta(days=1)),
        _record(f"{name}-old", now - timedelta(days=40)),
    ]


def _add_records(traffic: Traffic, number: int, seed: int, now: datetime) -> None:
    traffic.records.append(f"the largest, {seed}".encode().ljust(MAX_RECORD, b"\0"))
    for index in range(max(RECORD_KINDS, number)):
        kind = index % RECORD_KINDS
        data = bad_records(f"poison-{seed}-{index}", now)[kind]
        if kind < RECORD_KINDS - 2:
            traffic.records.append(data)
        else:
            traffic.impossible.append(data)
