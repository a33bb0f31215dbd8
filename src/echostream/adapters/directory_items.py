"""Items of the directory of members, to and from DynamoDB's attribute values."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from echostream.adapters.table_items import Item
from echostream.adapters.table_keys import (
    former_member_key,
    member_key,
    membership_key,
    subject_of,
    tenant_key,
)
from echostream.domain.members import (
    Access,
    Identity,
    Member,
    Role,
    Tenant,
    TenantState,
    format_roles,
    parse_roles,
)
from echostream.domain.model import sort_time
from echostream.domain.privacy import Privacy, PrivacyOptions, new_key
from echostream.domain.quotas import Quotas

Write = dict[str, Any]
"""A write of a transaction, or the arguments of one."""
QUOTAS = {f"quota_{field.name}": field.name for field in fields(Quotas)}
"""The attributes of a tenant's quotas, with the names of the fields."""
_FLAGS, _DAYS = ("pseudonyms", "redact"), ("table_days", "lake_days")
PSEUDONYM_KEY = "pseudonym_key"
"""The attribute with the key of a tenant's pseudonyms. It stays when the option is turned off."""


def member_from_item(item: Mapping[str, Any]) -> Member | None:
    """The member of an item, also of the list of members."""
    identity = Identity.parse(item["identity"]["S"])
    if identity is None:
        return None
    return Member(
        identity,
        item["tenant_id"]["S"],
        parse_roles(item["roles"]["S"]),
        item["label"]["S"],
        datetime.fromisoformat(item["added_at"]["S"]),
    )


def tenant_from_item(item: Mapping[str, Any]) -> Tenant:
    return Tenant(
        item["sk"]["S"],
        TenantState(item["status"]["S"]),
        int(item["admins"]["N"]),
        datetime.fromisoformat(item["created_at"]["S"]),
        Quotas(*(_number(item, name) for name in QUOTAS)),
        _options(item),
    )


def privacy_from_item(item: Mapping[str, Any]) -> Privacy:
    """The options of a tenant's item, with the key. Nothing else reads the key."""
    key = item[PSEUDONYM_KEY]["S"] if PSEUDONYM_KEY in item else ""
    return Privacy(_options(item), bytes.fromhex(key))


def _options(item: Mapping[str, Any]) -> PrivacyOptions:
    pseudonyms, redact = (item.get(name, {}).get("BOOL", False) for name in _FLAGS)
    return PrivacyOptions(pseudonyms, redact, *(_number(item, name) for name in _DAYS))


def privacy_update(options: PrivacyOptions) -> Write:
    """The expression of an update that replaces the options of a tenant.

    The first option that needs a key makes it; of two updates at once, the first makes it.
    """
    parts = ["pseudonyms = :pseudonyms", "redact = :redact"]
    values: Item = {
        ":pseudonyms": {"BOOL": options.pseudonyms},
        ":redact": {"BOOL": options.redact},
    }
    if options.needs_key:
        parts.append(f"{PSEUDONYM_KEY} = if_not_exists({PSEUDONYM_KEY}, :key)")
        values[":key"] = {"S": new_key()}
    days = {name: getattr(options, name) for name in _DAYS}
    parts += [f"{name} = :{name}" for name, number in days.items() if number is not None]
    values |= {f":{name}": {"N": str(n)} for name, n in days.items() if n is not None}
    removed = [name for name, number in days.items() if number is None]
    remove = f" REMOVE {', '.join(removed)}" if removed else ""
    return {
        "UpdateExpression": f"SET {', '.join(parts)}{remove}",
        "ExpressionAttributeValues": values,
    }


def _number(item: Mapping[str, Any], name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def quotas_update(quotas: Quotas) -> Write:
    """The expression of an update that replaces the quotas of a tenant."""
    given = {name: getattr(quotas, field) for name, field in QUOTAS.items()}
    to_set = {name: value for name, value in given.items() if value is not None}
    to_remove = [name for name in QUOTAS if name not in to_set]
    parts = ["SET " + ", ".join(f"{name} = :{name}" for name in to_set)] if to_set else []
    parts += ["REMOVE " + ", ".join(to_remove)] if to_remove else []
    values = {f":{name}": {"N": str(value)} for name, value in to_set.items()}
    return {"UpdateExpression": " ".join(parts), "ExpressionAttributeValues": values}


def access_of(member: Member | None, of_tenant: Item | None) -> Access | None:
    """The access of a member, from the item of the tenant."""
    tenant = tenant_from_item(of_tenant) if of_tenant else None
    if not member or not of_tenant or not tenant or member.tenant != tenant.name:
        return None
    options = (tenant.quotas, privacy_from_item(of_tenant), tenant.created_at)
    return Access(tenant.name, member.roles, tenant.state, *options)


def member_items(member: Member) -> list[Item]:
    """The member's own item, and the one in the list of the tenant's members."""
    values = {
        "identity": {"S": str(member.identity)},
        "tenant_id": {"S": member.tenant},
        "roles": {"S": format_roles(member.roles)},
        "label": {"S": member.label},
        "added_at": {"S": sort_time(member.added_at)},
    }
    keys = member_key(member.identity), membership_key(member.tenant, member.identity)
    return [{**key, **values} for key in keys]


def tenant_item(name: str, at: datetime, admins: int = 0) -> Item:
    return {
        **tenant_key(name),
        "status": {"S": TenantState.ACTIVE},
        "admins": {"N": str(admins)},
        "created_at": {"S": sort_time(at)},
    }


def is_same_tenant(tenant: Tenant) -> dict[str, Any]:
    """The condition that an item is of this tenant, and not of a later one of its name."""
    return {
        "ConditionExpression": "created_at = :created",
        "ExpressionAttributeValues": {":created": {"S": sort_time(tenant.created_at)}},
    }


def former_member_item(subject: str, tenant: str) -> Item:
    """A member as in version 1.0: under Cognito's `sub`, without roles."""
    return {**former_member_key(subject), "tenant_id": {"S": tenant}}


def former_member_from_item(item: Mapping[str, Any]) -> tuple[str, str]:
    """The `sub` and the tenant of a member of version 1.0."""
    return subject_of(item), str(item["tenant_id"]["S"])


def is_unchanged(member: Member) -> dict[str, Any]:
    """The condition that a member still has the tenant and the roles that were read."""
    return {
        "ConditionExpression": "tenant_id = :tenant AND #roles = :roles",
        "ExpressionAttributeNames": {"#roles": "roles"},
        "ExpressionAttributeValues": {
            ":tenant": {"S": member.tenant},
            ":roles": {"S": format_roles(member.roles)},
        },
    }


def admins_update(tenant: str, before: frozenset[Role], after: frozenset[Role]) -> Write:
    """Counts the admins of a tenant, as a part of each change of a member from roles to roles.

    The condition keeps an admin, and new members out of a tenant that is being deleted.
    """
    change = (Role.ADMIN in after) - (Role.ADMIN in before)
    condition = "attribute_exists(pk)"
    values: Item = {":change": {"N": str(change)}}
    if not before:
        condition += " AND #status <> :deleting"
    elif change < 0:
        condition += " AND (admins > :one OR #status = :deleting)"
        values[":one"] = {"N": "1"}
    arguments: Write = {}
    if ":deleting" in condition:
        values[":deleting"] = {"S": TenantState.DELETING}
        arguments = {"ExpressionAttributeNames": {"#status": "status"}}
    return {
        "Key": tenant_key(tenant),
        "UpdateExpression": "ADD admins :change",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
        **arguments,
    }


def tenant_and_time(item: Mapping[str, Any]) -> tuple[str, datetime] | None:
    """The tenant of an item of the directory or of a live source, and when it was written.

    None for other items.

    Members of version 1.0 have no time, and get the earliest.
    """
    time = item.get("added_at") or item.get("created_at")
    at = datetime.fromisoformat(time["S"]) if time else datetime.min.replace(tzinfo=UTC)
    if item["pk"]["S"] == tenant_key("")["pk"]["S"]:
        return item["sk"]["S"], at
    return (item["tenant_id"]["S"], at) if "tenant_id" in item else None


def as_deleting(item: Mapping[str, Any]) -> Item:
    """The item of a tenant, with the state `deleting`."""
    return {**item, "status": {"S": TenantState.DELETING}}
