"""Requests of a tenant's admins: what a body and a path name. Members as JSON."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.codec import time_to_wire
from echostream.domain.errors import BadRequest
from echostream.domain.members import Member, Role, format_roles
from echostream.domain.validation import printable
from echostream.entrypoints import request_fields
from echostream.entrypoints.erasure_requests import name_in

ROTATE = "/rotate"
"""The end of the path that rotates a machine user."""


def name_and_roles(event: APIGatewayProxyEventV2) -> tuple[str, frozenset[Role]]:
    """The name and the roles in the body of a request. Raises `BadRequest`."""
    fields = request_fields.read(event, ("name", "roles"))
    return request_fields.text(fields, "name"), _roles(fields)


def name_of_member(event: APIGatewayProxyEventV2) -> str:
    """The name in the path of a request. Raises `BadRequest`."""
    return name_in(event, "/members/")


def name_of_machine(event: APIGatewayProxyEventV2) -> str:
    """The name in the path of a request, also of one that rotates. Raises `BadRequest`."""
    return name_in(event, "/machines/").removesuffix(ROTATE)


def roles(event: APIGatewayProxyEventV2) -> frozenset[Role]:
    """The roles in the body of a request. Raises `BadRequest`."""
    return _roles(request_fields.read(event, ("roles",)))


def is_now(event: APIGatewayProxyEventV2) -> bool:
    """Whether the last credentials end at once: `now` in the body, which may be empty.

    Raises `BadRequest`.
    """
    value = request_fields.read(event, ("now",)).get("now", False) if event.get("body") else False
    if not isinstance(value, bool):
        raise BadRequest("invalid_type", "now: must be true or false")
    return value


def to_wire(member: Member) -> dict[str, Any]:
    """A member as JSON."""
    is_machine = member.identity.kind == "machine"
    return {
        "name": member.label,
        "kind": member.identity.kind,
        "roles": format_roles(member.roles).split(),
        "added_at": time_to_wire(member.added_at),
        **({"client_id": member.identity.name} if is_machine else {}),
    }


def _roles(fields: Mapping[str, Any]) -> frozenset[Role]:
    names, known = fields.get("roles"), ", ".join(Role)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRequest("invalid_type", f"roles: is required, as a list of {known}")
    unknown = [name for name in names if name not in set(Role)]
    if unknown or not names:
        given = f"{printable(unknown[0])} is unknown" if unknown else "none is given"
        raise BadRequest("invalid_value", f"roles: must be of {known}; {given}")
    return frozenset(map(Role, names))
