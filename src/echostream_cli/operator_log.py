"""Records what operators do with commands, in the audit logs of the tenants that it concerns."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.dynamodb_audit import DynamoDBAudit
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.domain.audit import Action, AuditLog, new_event
from echostream_cli.errors import UserError
from echostream_cli.target import Target

DEFAULT_DAYS = 365
"""Of a stack that was deployed before it had an audit log."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs a command: `operator#` and the ARN of the caller, as STS has it."""

    log: AuditLog
    actor: str

    def record(self, tenant: str, action: Action, subject: str = "", /, **details: str) -> datetime:
        """Record what the command is about to do; the time of the event.

        Raises `TryAgain` and `BadRequest`.
        """
        event = new_event(tenant, datetime.now(UTC), self.actor, action, subject, **details)
        self.log.record(event)
        return event.at


def audit_log(target: Target) -> DynamoDBAudit:
    """The audit log of a deployment, with an operator's credentials."""
    client, table = target.client("dynamodb"), target.outputs()["TableName"]
    return DynamoDBAudit(client, table, kept(target))


def kept(target: Target) -> timedelta:
    """The time for which a deployment keeps events."""
    stack = target.stack() or {}
    parameters = {one["ParameterKey"]: one for one in stack.get("Parameters", [])}
    days = parameters.get("AuditDays", {}).get("ParameterValue", DEFAULT_DAYS)
    return timedelta(days=int(days))


def operator(target: Target) -> Operator:
    """The caller of a command. Raises `UserError` if STS does not name them."""
    try:
        arn = target.client("sts").get_caller_identity()["Arn"]
    except (ClientError, BotoCoreError) as error:
        message = f"cannot find out who runs this command: {target.unreachable(error)}"
        raise UserError(message) from error
    return Operator(audit_log(target), f"operator#{arn}")


def record_for_all(target: Target, action: Action, subject: str = "", /, **details: str) -> None:
    """Record an operation on the data of all tenants in the log of each."""
    caller, table = operator(target), target.outputs()["TableName"]
    for tenant in DynamoDBDirectory(target.client("dynamodb"), table).tenants():
        caller.record(tenant.name, action, subject, **details)
