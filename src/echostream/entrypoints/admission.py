"""Admits requests: who calls, and the quotas of the tenant. A part of the composition root."""

import random
from datetime import datetime, timedelta
from functools import cache

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_quotas import DynamoDBQuotaLedger
from echostream.domain.members import Role, TenantState
from echostream.domain.quotas import QuotaCheck
from echostream.entrypoints import audit, wiring
from echostream.entrypoints.access import AccessCheck, Caller
from echostream.entrypoints.config import AccessSettings, UsageSettings
from echostream.entrypoints.usage import Usage


@cache
def directory() -> DynamoDBDirectory:
    return DynamoDBDirectory(wiring.client("dynamodb"), wiring.table_settings().name)


def active_tenants() -> list[str]:
    """The tenants that are served, for a schedule: in another order each time.

    If the time is short, it is not for the same ones.
    """
    names = [one.name for one in directory().tenants() if one.state is TenantState.ACTIVE]
    return random.sample(names, len(names))


@cache
def access() -> AccessCheck:
    settings = AccessSettings.read()
    return AccessCheck(directory(), audit.log(), settings.seconds, settings.quotas)


@cache
def quotas() -> QuotaCheck:
    return QuotaCheck(quota_ledger(), count_stored)


@cache
def quota_ledger() -> DynamoDBQuotaLedger:
    return DynamoDBQuotaLedger(wiring.client("dynamodb"), wiring.table_settings().name)


@cache
def usage() -> Usage:
    settings = UsageSettings.read()
    caps = settings.tenant_cap, settings.model_cap
    retention = wiring.table_settings().retention
    return Usage(quota_ledger(), wiring.ledger(), count_stored, *caps, retention)


def count_stored(tenant: str, now: datetime) -> int:
    """The number of a tenant's documents in the table, as far as they are counted."""
    start, tomorrow = now - wiring.table_settings().retention, now + timedelta(days=1)
    days = wiring.counters_of(tenant).days(tenant, start.date(), tomorrow.date())
    return sum(count.total for count in days)


def admit(event: APIGatewayProxyEventV2, needs: Role) -> Caller:
    """The caller of a request, which counts against the tenant's quota.

    Raises `Unauthorized`, `Forbidden` and `QuotaExceeded`.
    """
    caller = access()(event, needs)
    quotas().request(caller.tenant, caller.quotas, wiring.now())
    return caller


def count_documents(caller: Caller, number: int) -> None:
    """Count the documents of a request, all or none. Raises `QuotaExceeded`."""
    quotas().documents(caller.tenant, caller.quotas, number, wiring.now())
