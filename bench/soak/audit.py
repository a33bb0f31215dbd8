"""Counts what became of documents, in table, lake and quarantine.

Independent of the code that it checks: boto3, gzip and JSON only.
"""

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str]
"""A tenant and the id of a document."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A document that the API accepted."""

    tenant: str
    id: str
    row: Row


@dataclass
class Audit:
    """The documents of the table, and what became of the accepted ones.

    `stored` ones are in the table, and in the lake as sent and with their score. `missing` are
    neither stored nor in quarantine; `strangers` are in the table, and nobody sent them.
    """

    table: Mapping[Key, Row]
    accepted: int = 0
    stored: int = 0
    quarantined: int = 0
    missing: list[Key] = field(default_factory=list)
    strangers: list[Key] = field(default_factory=list)
    missing_records: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class Stores:
    """The table and the bucket of a deployment."""

    def __init__(self, dynamodb: Any, s3: Any, table: str, bucket: str) -> None:
        self._dynamodb, self._s3 = dynamodb, s3
        self._table, self._bucket = table, bucket

    def documents(self) -> dict[Key, Row]:
        """The documents of the table."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table, ConsistentRead=True
        )
        rows = {}
        for page in pages:
            for item in page["Items"]:
                kind, _, rest = item["pk"]["S"].partition("#")
                if kind == "doc":
                    tenant, _, name = rest.partition("#")
                    rows[tenant, name] = json.loads(item["document"]["S"])
        return rows

    def raw(self, tenants: Sequence[str]) -> set[tuple[str, str]]:
        """The documents in raw/, each with its tenant, as text."""
        return {(tenant, _text(row)) for tenant, row in self._rows("raw", tenants)}

    def scored(self, tenants: Sequence[str]) -> set[tuple[str, str, str]]:
        """Tenant, id and text of the documents in enriched/."""
        rows = self._rows("enriched", tenants)
        return {(tenant, row["id"], row["text"]) for tenant, row in rows}

    def _rows(self, zone: str, tenants: Sequence[str]) -> Iterator[tuple[str, Row]]:
        for tenant in tenants:
            for body in self._objects(f"{zone}/tenant_id={tenant}/"):
                for line in gzip.decompress(body).splitlines():
                    yield tenant, json.loads(line)

    def quarantine(self) -> list[Row]:
        """The items of the quarantine, with their payloads as bytes."""
        items = [json.loads(body) for body in self._objects("quarantine/items/")]
        for item in items:
            payload = item["payload"]
            is_text = item["encoding"] == "utf-8"
            item["payload"] = payload.encode() if is_text else base64.b64decode(payload)
        return items

    def _objects(self, prefix: str) -> Iterator[bytes]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        for page in pages:
            for one in page.get("Contents", []):
                response = self._s3.get_object(Bucket=self._bucket, Key=one["Key"])
                yield response["Body"].read()


def audit(
    stores: Stores,
    accepted: Sequence[Accepted],
    records: Sequence[bytes] = (),
    impossible: Sequence[bytes] = (),
) -> Audit:
    """Compare what was accepted, or written to the stream by others, with what is stored.

    `records` must be in quarantine, of `impossible` ones the documents.
    """
    tenants = sorted({one.tenant for one in accepted})
    table = {key: row for key, row in stores.documents().items() if key[0] in tenants}
    raw, scored, items = stores.raw(tenants), stores.scored(tenants), stores.quarantine()
    documents = {
        (item["tenant"], _text(json.loads(item["payload"])))
        for item in items
        if item["kind"] == "document"
    }
    unique = {(one.tenant, one.id, one.row["text"]): one for one in accepted}
    result = Audit(table, len(unique), reasons=Counter(item["reason"] for item in items))
    for one in unique.values():
        row, text = (one.tenant, _text(one.row)), one.row["text"]
        is_stored = table.get((one.tenant, one.id), {}).get("text") == text
        if is_stored and row in raw and (one.tenant, one.id, text) in scored:
            result.stored += 1
        elif row in documents:
            result.quarantined += 1
        else:
            result.missing.append((one.tenant, one.id))
    sent = {(one.tenant, one.id) for one in unique.values()}
    result.strangers = [key for key in table if key not in sent]
    payloads = {item["payload"] for item in items if item["kind"] == "record"}
    poison = {text for _, text in documents}
    rows = [row for record in impossible for row in json.loads(record)["documents"]]
    result.missing_records = sum(record not in payloads for record in records)
    result.missing_records += sum(_text(row) not in poison for row in rows)
    return result


def _text(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def recount(table: Mapping[Key, Row], tenant: str) -> dict[str, Row]:
    """What `GET /stats?bucket=hour` must return, by the start of the hour."""
    hours: dict[str, list[Row]] = {}
    for (owner, _), row in table.items():
        if owner == tenant:
            moment = datetime.fromisoformat(row["created_at"].replace("Z", "+00:00"))
            hours.setdefault(f"{moment:%Y-%m-%dT%H}:00:00Z", []).append(row)
    return {hour: _count(rows) for hour, rows in hours.items()}


def recount_sources(table: Mapping[Key, Row], tenant: str) -> Counter[str]:
    """The documents of each source."""
    return Counter(row["source"] for (owner, _), row in table.items() if owner == tenant)


def _count(rows: Sequence[Row]) -> Row:
    labels = Counter(
        "unscored" if row.get("unscored") else row["sentiment"].lower() for row in rows
    )
    total = round(sum(round(row["compound"], 4) for row in rows), 4)
    kinds = ("positive", "negative", "neutral", "mixed", "unscored")
    scored = len(rows) - labels["unscored"]
    mean = round(total / scored, 4) if scored else None
    return {"total": len(rows), **{kind: labels[kind] for kind in kinds}, "mean_compound": mean}
