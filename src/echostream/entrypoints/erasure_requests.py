"""Erasures as the API has them: what a path asks for, and the receipt."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal
from urllib.parse import unquote

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.codec import time_to_wire
from echostream.domain.erasure import (
    Erasure,
    Erasures,
    Subject,
    documents_of,
    erasure_id,
    subject_of,
)
from echostream.domain.errors import NotFound
from echostream.entrypoints import request_fields
from echostream.entrypoints.query_parameters import refuse_unknown

Kind = Literal["document", "author"]
"""What a request can erase."""
COLLECTIONS: Mapping[Kind, str] = {"document": "/documents/", "author": "/authors/"}
MAX_IDS_BODY = 1_000_000
"""Characters of a body with ids: each can have 128 characters, as an escape of 12."""
NEWEST = 50
"""Erasures in a list."""


def new_id(now: datetime) -> str:
    """The id of a new erasure."""
    return erasure_id(now, secrets.token_hex(4))


def subject_in(event: APIGatewayProxyEventV2, kind: Kind) -> Subject:
    """What the path of a request names. Raises `BadRequest`.

    An HTTP API decodes a path except for %25, so that decoding once more gives the name as sent.
    """
    return subject_of(kind, name_in(event, COLLECTIONS[kind]))


def documents_in(event: APIGatewayProxyEventV2) -> Subject:
    """The documents that the body of `POST /erasures` names. Raises `BadRequest`."""
    fields = request_fields.read(event, ("ids",), MAX_IDS_BODY)
    return documents_of(request_fields.list_of_texts(fields, "ids"))


def name_in(event: APIGatewayProxyEventV2, collection: str) -> str:
    """The name in a path after that of its collection. Raises `BadRequest`."""
    refuse_unknown(event.query_string_parameters or {}, ())
    name = event.path.removeprefix("/api").removeprefix(collection)
    return unquote(name, errors="surrogateescape")


def message_in(event: Mapping[str, Any]) -> tuple[str, str]:
    """The tenant and the id of the erasure that a message of the queue names."""
    [record] = event["Records"]
    message = json.loads(record["body"])
    return message["tenant"], message["id"]


def one(erasures: Erasures, tenant: str, name: str) -> dict[str, Any]:
    """The body of `GET /erasures/{id}`. Raises `NotFound`."""
    erasure = erasures.get(tenant, name)
    if erasure is None or _is_of_former(erasures, erasure):
        raise NotFound("unknown_erasure", "id: no erasure has it; list them with GET /erasures")
    return to_wire(erasure)


def newest(erasures: Erasures, tenant: str) -> dict[str, Any]:
    """The body of `GET /erasures`."""
    found = takewhile(lambda erasure: erasure.kind != "tenant", erasures.newest(tenant, NEWEST))
    return {"erasures": [to_wire(erasure) for erasure in found]}


def _is_of_former(erasures: Erasures, erasure: Erasure) -> bool:
    """Whether an erasure is of a deleted tenant that had the name of this one."""
    at = erasure.requested_at
    later = erasures.since(erasure.tenant, at)
    return any(one.kind == "tenant" and one.requested_at >= at for one in later)


def to_wire(erasure: Erasure) -> dict[str, Any]:
    """An erasure as JSON: no text, and no name of an author."""
    finished = erasure.finished_at
    return {
        "id": erasure.id,
        "kind": erasure.kind,
        "state": erasure.state.value,
        "requested_at": time_to_wire(erasure.requested_at),
        "finished_at": time_to_wire(finished) if finished else None,
        "erased": {
            place: {"objects": sums.objects, "documents": sums.documents}
            for place, sums in erasure.erased.items()
        },
        "unsearched": list(erasure.unsearched),
    }
