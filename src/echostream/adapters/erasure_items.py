"""Erasures as items of the documents table, to and from DynamoDB's attribute values.

pk           sk             item
erasure#T    <erasure id>   an erasure, as JSON
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from echostream.adapters.table_keys import PARTITION, SORT, Key, Query
from echostream.domain.codec import time_from_wire, time_to_wire, to_json
from echostream.domain.erasure import Erased, Erasure, State, Subject, erasure_id

PSEUDONYM = "pseudonym_digest"
"""The attribute with the hash of the author's pseudonym, if there is one."""
MORE, MORE_DIGESTS = "more_ids", "more_digests"
"""The attributes with the ids of further documents, until the erasure is done, and their hashes."""
_TIMES = ("requested_at", "covers_to", "due_at", "finished_at")


def erasure_key(tenant: str, name: str) -> Key:
    return {PARTITION: {"S": f"erasure#{tenant}"}, SORT: {"S": name}}


def erasures_query(tenant: str, moment: datetime | None) -> Query:
    """Selects the erasures that were requested from a time on, or all."""
    first = erasure_id(moment, "") if moment else "0"
    return {
        "KeyConditionExpression": f"{PARTITION} = :pk AND {SORT} >= :first",
        "ExpressionAttributeValues": {":pk": {"S": f"erasure#{tenant}"}, ":first": {"S": first}},
    }


def erasure_item(erasure: Erasure) -> dict[str, Any]:
    wire = asdict(erasure)
    wire["key"] = erasure.key.hex()
    for name in _TIMES:
        wire[name] = time_to_wire(wire[name]) if wire[name] else None
    del wire["tenant"], wire["id"], wire["version"]
    del wire["pseudonym_digest"], wire["more_digests"]
    subject = wire["subject"] or {}
    more = subject.pop("more", ())
    if not erasure.pseudonym_digest:
        subject.pop("pseudonym", None)
    hidden = _beside(erasure, more)
    key = erasure_key(erasure.tenant, erasure.id)
    version = {"N": str(erasure.version)}
    return {**key, "erasure": {"S": to_json(wire)}, "version": version, **hidden}


def _beside(erasure: Erasure, more: Iterable[str]) -> dict[str, Any]:
    """The attributes beside the JSON, where older versions ignore them; none if empty."""
    sets = {MORE: sorted(more), MORE_DIGESTS: erasure.more_digests}
    hidden: dict[str, Any] = {name: {"SS": list(texts)} for name, texts in sets.items() if texts}
    if erasure.pseudonym_digest:
        hidden[PSEUDONYM] = {"S": erasure.pseudonym_digest}
    return hidden


def new_erasure(item: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a put of a new erasure."""
    return {"Item": item, "ConditionExpression": f"attribute_not_exists({PARTITION})"}


def next_version(item: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a put in place of the version before."""
    return {
        "Item": item,
        "ConditionExpression": "version = :former",
        "ExpressionAttributeValues": {":former": {"N": str(int(item["version"]["N"]) - 1)}},
    }


def erasure_from_item(item: Mapping[str, Any]) -> Erasure:
    wire: dict[str, Any] = json.loads(item["erasure"]["S"])
    for name in _TIMES:
        wire[name] = time_from_wire(name, wire[name]) if wire[name] else None
    subject = wire.pop("subject")
    return Erasure(
        tenant=str(item[PARTITION]["S"]).split("#", 1)[1],
        id=str(item[SORT]["S"]),
        subject=Subject(**subject, more=_texts(item, MORE)) if subject else None,
        key=bytes.fromhex(wire.pop("key")),
        state=State(wire.pop("state")),
        erased={place: Erased(**sums) for place, sums in wire.pop("erased").items()},
        days=tuple(wire.pop("days")),
        unsearched=tuple(wire.pop("unsearched")),
        version=int(item["version"]["N"]),
        pseudonym_digest=item.get(PSEUDONYM, {}).get("S", ""),
        more_digests=tuple(sorted(_texts(item, MORE_DIGESTS))),
        **wire,
    )


def _texts(item: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(item.get(name, {}).get("SS", ()))
