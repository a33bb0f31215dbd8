"""The directory of members in the documents table.

A member has two items: one under the identity, which sign-in reads, and one in the list of the
tenant's members. A transaction writes both, and counts the tenant's admins.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import dynamodb_reads, dynamodb_writes, table_keys
from echostream.adapters.aws_errors import translated
from echostream.adapters.directory_items import (
    Write,
    access_of,
    admins_update,
    is_same_tenant,
    is_unchanged,
    member_from_item,
    member_items,
    privacy_from_item,
    privacy_update,
    quotas_update,
    tenant_from_item,
    tenant_item,
)
from echostream.domain.errors import Conflict, NotFound, TryAgain
from echostream.domain.members import (
    PRODUCER,
    Access,
    Identity,
    Member,
    Role,
    Tenant,
    TenantState,
    check_tenant_name,
    producer_of,
)
from echostream.domain.privacy import PLAIN, Privacy, PrivacyOptions
from echostream.domain.quotas import Quotas

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOBODY: frozenset[Role] = frozenset()


def read_privacy(client: "DynamoDBClient", table: str, tenant: str) -> Privacy:
    """The privacy options of a tenant, as they are now. Raises `TryAgain`."""
    keys = [table_keys.tenant_key(tenant)]
    items = list(dynamodb_reads.get_many(client, table, keys, is_consistent=True))
    return privacy_from_item(items[0]) if items else PLAIN


class DynamoDBDirectory:
    """A `Directory` in a DynamoDB table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def access(self, identity: Identity, tenant: str) -> Access | None:
        own, of_tenant = table_keys.member_key(identity), table_keys.tenant_key(tenant)
        keys = [of_tenant] if identity == PRODUCER else [own, of_tenant]
        found = dynamodb_reads.get_many(self._client, self._table, keys)
        items = {table_keys.partition_value(item): item for item in found}
        item = items.get(table_keys.partition_value(own))
        member = member_from_item(item) if item else None
        if identity == PRODUCER:
            member = producer_of(tenant)
        return access_of(member, items.get(table_keys.partition_value(of_tenant)))

    def member(self, identity: Identity) -> Member | None:
        item = self._get(table_keys.member_key(identity))
        return member_from_item(item) if item else None

    def members(self, tenant: str) -> list[Member]:
        query = table_keys.members_query(tenant)
        items = dynamodb_reads.query(self._client, self._table, ConsistentRead=True, **query)
        members = filter(None, map(member_from_item, items))
        return sorted(members, key=lambda member: (member.label, str(member.identity)))

    def add(self, member: Member) -> None:
        check_tenant_name(member.tenant)
        puts: list[Write] = [
            {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
            for item in member_items(member)
        ]
        counted = {"Update": admins_update(member.tenant, _NOBODY, member.roles)}
        if not self._transact([*puts, counted]):
            self._check_added(member)

    def _check_added(self, member: Member) -> None:
        """Find out why a member was not added. Raises `NotFound` and `Conflict`."""
        found = self.member(member.identity)
        if found is None:
            self._require_usable(member.tenant)
            raise Conflict("changed", f"{member.label}: was changed meanwhile; repeat the request")
        if found.tenant != member.tenant:
            message = f"name: {member.label} belongs to another tenant; choose another name"
            raise Conflict("other_tenant", message)
        if found.roles != member.roles:
            message = f"name: {member.label} is a member already; change the roles instead"
            raise Conflict("exists", message)

    def _require_usable(self, name: str) -> None:
        tenant = self.tenant(name)
        if tenant is None:
            raise NotFound("unknown_tenant", f"tenant: {name} does not exist; create it first")
        if tenant.is_deleting:
            raise Conflict("deleting", f"tenant: {name} is being deleted")

    def set_roles(self, member: Member, roles: frozenset[Role]) -> None:
        changed = Member(member.identity, member.tenant, roles, member.label, member.added_at)
        own, listed = member_items(changed)
        writes: list[Write] = [
            {"Put": {"Item": own, **is_unchanged(member)}},
            {"Put": {"Item": listed}},
        ]
        self._change(member, roles, writes)

    def remove(self, member: Member) -> None:
        writes: list[Write] = [
            {"Delete": {"Key": table_keys.member_key(member.identity), **is_unchanged(member)}},
            {"Delete": {"Key": table_keys.membership_key(member.tenant, member.identity)}},
        ]
        self._change(member, _NOBODY, writes)

    def _change(self, member: Member, roles: frozenset[Role], writes: list[Write]) -> None:
        counted = {"Update": admins_update(member.tenant, member.roles, roles)}
        if self._transact([*writes, counted]):
            return
        tenant = self.tenant(member.tenant)
        is_last = tenant is not None and tenant.admins <= 1
        if is_last and Role.ADMIN in member.roles - roles:
            raise Conflict(
                "last_admin",
                f"{member.label}: is the last admin of {member.tenant};"
                " give another member the role admin first",
            )
        raise Conflict("changed", f"{member.label}: was changed meanwhile; repeat the request")

    def create_tenant(self, name: str, at: datetime) -> None:
        check_tenant_name(name)
        if not self._put_if_absent(tenant_item(name, at)):
            raise Conflict("exists", f"tenant: {name} exists already")

    def tenant(self, name: str) -> Tenant | None:
        item = self._get(table_keys.tenant_key(name))
        return tenant_from_item(item) if item else None

    def tenants(self) -> list[Tenant]:
        items = dynamodb_reads.query(self._client, self._table, **table_keys.tenants_query())
        return [tenant_from_item(item) for item in items]

    def set_state(self, name: str, state: TenantState) -> None:
        values = {":state": {"S": state}}
        expression = {"UpdateExpression": "SET #status = :state"}
        self._update_tenant(name, {**expression, "ExpressionAttributeValues": values})

    def begin_deletion(self, tenant: Tenant) -> None:
        condition = is_same_tenant(tenant)
        condition["ExpressionAttributeValues"][":deleting"] = {"S": TenantState.DELETING}
        if not dynamodb_writes.update(
            self._client,
            self._table,
            Key=table_keys.tenant_key(tenant.name),
            UpdateExpression="SET #status = :deleting",
            ExpressionAttributeNames={"#status": "status"},
            **condition,
        ):
            raise Conflict("changed", f"tenant: {tenant.name} was deleted or created meanwhile")

    def delete_tenant(self, tenant: Tenant) -> None:
        condition = is_same_tenant(tenant)
        condition["ConditionExpression"] += " AND #status = :deleting"
        condition["ExpressionAttributeValues"][":deleting"] = {"S": TenantState.DELETING}
        dynamodb_writes.delete(
            self._client,
            self._table,
            Key=table_keys.tenant_key(tenant.name),
            ExpressionAttributeNames={"#status": "status"},
            **condition,
        )

    def set_quotas(self, name: str, quotas: Quotas) -> None:
        self._update_tenant(name, quotas_update(quotas))

    def set_privacy(self, name: str, options: PrivacyOptions) -> None:
        self._update_tenant(name, privacy_update(options))

    def privacy(self, name: str) -> Privacy:
        return read_privacy(self._client, self._table, name)

    def _update_tenant(self, name: str, update: Write) -> None:
        """Update a tenant that is not being deleted. Raises `NotFound` and `Conflict`."""
        values = update["ExpressionAttributeValues"]
        is_updated = dynamodb_writes.update(
            self._client,
            self._table,
            Key=table_keys.tenant_key(name),
            UpdateExpression=update["UpdateExpression"],
            ConditionExpression="attribute_exists(pk) AND #status <> :deleting",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={**values, ":deleting": {"S": TenantState.DELETING}},
        )
        if not is_updated:
            self._require_usable(name)

    def _get(self, key: table_keys.Key) -> dict[str, Any] | None:
        return dynamodb_reads.get(self._client, self._table, key, is_consistent=True)

    def _put_if_absent(self, item: dict[str, Any]) -> bool:
        condition = "attribute_not_exists(pk)"
        return dynamodb_writes.put(
            self._client, self._table, Item=item, ConditionExpression=condition
        )

    def _transact(self, writes: Sequence[Write]) -> bool:
        """Perform all writes or none. Returns False if a condition does not hold."""
        items: Any = [
            {kind: {"TableName": self._table, **arguments} for kind, arguments in write.items()}
            for write in writes
        ]
        try:
            self._client.transact_write_items(TransactItems=items)
        except self._client.exceptions.TransactionCanceledException as error:
            codes = {reason.get("Code") for reason in error.response["CancellationReasons"]}
            if "ConditionalCheckFailed" in codes:
                return False
            raise TryAgain(f"directory: {error}") from error
        except (ClientError, BotoCoreError) as error:
            raise translated("directory", error) from error
        return True
