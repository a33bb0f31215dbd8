"""Copies the members of version 1.0, which are stored under Cognito's `sub`, to the directory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from echostream.adapters import dynamodb_reads, dynamodb_writes, table_keys
from echostream.adapters.cognito_pool import CognitoPool
from echostream.adapters.directory_items import former_member_from_item
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.domain.errors import Conflict
from echostream.domain.members import ALL_ROLES, Member
from echostream_cli.target import Target


def copy_former_members(target: Target) -> int:
    """Add the members of version 1.0 to the directory, once; the number of those added.

    They get all roles, because version 1.0 had none. Their items stay, for a rollback. The first
    call reads the whole table.
    """
    outputs, client = target.outputs(), target.client("dynamodb")
    table = outputs["TableName"]
    if dynamodb_reads.get(client, table, table_keys.copied_key(), is_consistent=True):
        return 0
    pool = CognitoPool(target.client("cognito-idp"), outputs["UserPoolId"])
    identities = {person.subject: person.identity for person in pool.people()}
    directory, now, number = DynamoDBDirectory(client, table), datetime.now(UTC), 0
    for subject, tenant in _former_members(client, table):
        if subject not in identities:
            continue
        _ensure_tenant(directory, tenant, now)
        identity = identities[subject]
        number += _add(directory, Member(identity, tenant, ALL_ROLES, identity.name, now))
    dynamodb_writes.put(client, table, Item=table_keys.copied_key())
    return number


def _former_members(client: Any, table: str) -> Iterator[tuple[str, str]]:
    """The `sub` and the tenant of each member of version 1.0."""
    for page in client.get_paginator("scan").paginate(
        TableName=table, **table_keys.former_members_scan()
    ):
        yield from map(former_member_from_item, page["Items"])


def _ensure_tenant(directory: DynamoDBDirectory, name: str, at: datetime) -> None:
    try:
        directory.create_tenant(name, at)
    except Conflict:
        return


def _add(directory: DynamoDBDirectory, member: Member) -> bool:
    """Add a member, unless the directory has them already."""
    if directory.member(member.identity):
        return False
    directory.add(member)
    return True
