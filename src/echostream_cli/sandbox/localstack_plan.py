"""Which services LocalStack offers with the user's token, asked with a cheap read of each.

LocalStack refuses a service with status 501 and a sentence, of which there are several for each
reason (localstack/aws/catalog_exceptions.py in its source; older versions have sentences of their
own). The plans are those of its page "Licensing & Tiers", https://docs.localstack.cloud/aws/licensing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from echostream_cli.emulators import read_json
from echostream_cli.errors import UserError
from echostream_cli.target import Target

FREE, BASE, ULTIMATE = "every plan", "Base or Ultimate", "Ultimate"
HEAD = ("service", "needed for", "plan that has it", "LocalStack answers")


@dataclass(frozen=True, slots=True)
class Service:
    """A service that a deployment needs, and the call that asks for it. `name` is boto3's."""

    name: str
    needed_for: str
    plan: str
    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


SERVICES = (
    Service("apigatewayv2", "the API", BASE, "get_apis"),
    Service("cognito-idp", "sign-in", BASE, "list_user_pools", {"MaxResults": 1}),
    Service("cloudfront", "the page", BASE, "list_distributions"),
    Service("glue", "tables of the lake", ULTIMATE, "get_databases"),
    Service("athena", "work groups of queries", ULTIMATE, "list_work_groups"),
    Service("cloudformation", "sam deploy", FREE, "list_stacks"),
    Service("lambda", "all functions", FREE, "list_functions"),
    Service("iam", "roles", FREE, "list_roles"),
    Service("dynamodb", "documents and counts", FREE, "list_tables"),
    Service("s3", "the lake", FREE, "list_buckets"),
    Service("sqs", "erasures, dead letters", FREE, "list_queues"),
    Service("sns", "messages, alarms", FREE, "list_topics"),
    Service("kinesis", "INGEST=stream", FREE, "list_streams"),
    Service("events", "schedules", FREE, "list_rules"),
    Service("logs", "make logs", FREE, "describe_log_groups"),
    Service("cloudwatch", "alarms", FREE, "describe_alarms"),
    Service("secretsmanager", "passwords", FREE, "list_secrets"),
    Service("sts", "sessions of tenants", FREE, "get_caller_identity"),
)
REASONS = (
    ("not included within your localstack license", "not in your plan"),
    ("not supported with your localstack license", "not in your plan"),
    ("upgrade to the latest stable version", "only in a newer version of LocalStack"),
    ("not currently supported by localstack", "not emulated"),
    ("not included in your current license plan", "not in your plan, or not emulated"),
    ("not available in your current license plan", "not in your plan, or not emulated"),
    ("not yet implemented or pro feature", "not in your plan, or not emulated"),
)
"""Parts of LocalStack's sentences in lower case, and what they mean."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A service that a deployment would lack, and why."""

    service: Service
    reason: str

    def row(self) -> tuple[str, ...]:
        return self.service.name, self.service.needed_for, self.service.plan, self.reason


def find_refusals(target: Target, services: Sequence[Service] = SERVICES) -> list[Refusal]:
    """The services that LocalStack refuses; the companion is not asked, as stacks do not use it."""
    emulator = replace(target, service_endpoints={})
    return [
        Refusal(service, reason)
        for service in services
        if (reason := _ask(emulator, service)) is not None
    ]


def _ask(target: Target, service: Service) -> str | None:
    """Why LocalStack refuses a service; None if it answers the call, or refuses only the call."""
    try:
        getattr(target.client(service.name), service.call)(**service.arguments)
    except ClientError as error:
        return _reason(error)
    except (BotoCoreError, ResponseParserError) as error:
        return f"no answer: {error}"
    return None


def _reason(error: ClientError) -> str | None:
    if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_IMPLEMENTED:
        return None
    message = str(error.response["Error"].get("Message", ""))
    known = next((meaning for part, meaning in REASONS if part in message.lower()), None)
    return known or message


def describe(endpoint: str) -> str:
    """LocalStack's version, edition and license, as it says of itself."""
    info = read_json(f"{endpoint}/_localstack/info")
    license_state = "activated" if info.get("is_license_activated") else "NOT activated"
    version, edition = info.get("version", "unknown"), info.get("edition", "unknown")
    return f"LocalStack {version}, edition {edition}, license {license_state}"


def require(target: Target) -> str:
    """A note if LocalStack offers all that a deployment needs. Raises `UserError` with a table."""
    refusals = find_refusals(target)
    if not refusals:
        return f"all {len(SERVICES)} are there"
    table = "\n".join(_aligned([HEAD, *(refusal.row() for refusal in refusals)]))
    raise UserError(
        f"{describe(str(target.endpoint))}: it lacks services, so nothing was deployed.\n{table}\n"
        "Without LOCALSTACK_AUTH_TOKEN the sandbox runs MiniStack, which has them all."
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()
