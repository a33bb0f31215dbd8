"""The spend on paid engines this month, and its caps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.data.auth import Member
from dashboard.data.deployment import Deployment
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.domain.prices import COMPREHEND_DOLLARS_PER_UNIT
from echostream.domain.spend import ALL_TENANTS, account_of, month_of
from echostream_cli.target import Target


@dataclass(frozen=True, slots=True)
class Spend:
    """Paid units of this month and their cap. `scope` names the tenants that it covers."""

    scope: str
    units: int
    cap: int

    @property
    def dollars(self) -> float:
        return self.units * COMPREHEND_DOLLARS_PER_UNIT

    @property
    def cap_dollars(self) -> float:
        return self.cap * COMPREHEND_DOLLARS_PER_UNIT


def spend_of(deployment: Deployment, member: Member, now: datetime) -> list[Spend]:
    """The units that the spend guard has reserved this month, and the deployed caps."""
    caps, table = caps_of(deployment.target), deployment.target.outputs()["TableName"]
    ledger, month = DynamoDBLedger(deployment.target.client("dynamodb"), table), month_of(now)
    tenant = member.tenant
    own = Spend("Your tenant", ledger.spent(account_of(tenant), month), caps["TenantSpendCap"])
    if not deployment.shows_operations(tenant):
        return [own]
    return [own, Spend("All tenants", ledger.spent(ALL_TENANTS, month), caps["SpendCap"])]


def caps_of(target: Target) -> dict[str, int]:
    """The deployed caps, in units per month. Raises `UserError`."""
    stack: dict[str, Any] = target.stack() or {}
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    return {name: int(parameters[name]) for name in ("TenantSpendCap", "SpendCap")}


def spend_table(spend: list[Spend]) -> pd.DataFrame:
    """A row per cap: its use this month, in dollars and in units."""
    return pd.DataFrame(
        {
            "Scope": [one.scope for one in spend],
            "Dollars": [one.dollars for one in spend],
            "Cap, dollars": [one.cap_dollars for one in spend],
            "Used": [100 * one.units / one.cap for one in spend],
            "Units": [one.units for one in spend],
            "Cap, units": [one.cap for one in spend],
        }
    )
