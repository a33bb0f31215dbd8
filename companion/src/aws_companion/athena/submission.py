"""Validates StartQueryExecution and applies the settings of the work group."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aws_companion.athena.errors import InvalidRequest, out_of_range
from aws_companion.athena.execution import Kind
from aws_companion.protocol import ServiceError

MAX_QUERY_BYTES = 262_144
"""The largest statement, in bytes of UTF-8."""
TOKEN_LENGTHS = 32, 128
DEFAULT_WORK_GROUP = "primary"
DEFAULT_DATABASE = "default"
NO_OUTPUT = (
    "No output location provided. An output location is required either through the Workgroup "
    "result configuration setting or as an API input."
)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_CTAS = re.compile(r"CREATE\s+TABLE\b.*\bAS\s*(\(|(SELECT|WITH|VALUES|TABLE)\b)", re.DOTALL)
_FIRST_WORDS: Mapping[str, tuple[Kind, str]] = {
    "SELECT": ("DML", "SELECT"),
    "WITH": ("DML", "SELECT"),
    "VALUES": ("DML", "SELECT"),
    "TABLE": ("DML", "SELECT"),
    "(": ("DML", "SELECT"),
    "EXPLAIN": ("DML", "EXPLAIN"),
    "INSERT": ("DML", "INSERT"),
    "UNLOAD": ("DML", "UNLOAD"),
    "EXECUTE": ("DML", ""),
    "SHOW": ("UTILITY", ""),
    "DESCRIBE": ("UTILITY", "DESCRIBE_TABLE"),
    "DESC": ("UTILITY", "DESCRIBE_TABLE"),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """A statement as sent, and the location of its result.

    `output` is an S3 URI without a trailing slash, `limit` the bytes that it may scan. A second
    request with the same token must have the same `idempotency_key`.
    """

    sql: str
    work_group: str
    context: Mapping[str, str]
    parameters: tuple[str, ...]
    results: Mapping[str, Any]
    output: str
    limit: int | None
    token: str
    idempotency_key: tuple[str, ...]

    @property
    def database(self) -> str:
        return self.context.get("Database", DEFAULT_DATABASE)


def parse_submission(request: Mapping[str, Any], athena: Any) -> Submission:
    """A submission from a request and the emulator's definition of its work group.

    Raises `InvalidRequest`, and `ServiceError` (500) if the emulator does not respond.
    """
    sql, token = request["QueryString"], request.get("ClientRequestToken") or ""
    _check_query(sql)
    _check_token(token)
    name = request.get("WorkGroup") or DEFAULT_WORK_GROUP
    group = _work_group(athena, name)
    results = _result_configuration(group, request.get("ResultConfiguration") or {})
    context = request.get("QueryExecutionContext") or {}
    return Submission(
        sql=sql,
        work_group=name,
        context={key: value for key, value in context.items() if value is not None},
        parameters=tuple(request.get("ExecutionParameters") or ()),
        results=results,
        output=_output_location(results),
        limit=int(limit) if (limit := group.get("BytesScannedCutoffPerQuery")) else None,
        token=token,
        idempotency_key=_idempotency_key(request),
    )


def kind_of(sql: str) -> tuple[Kind, str]:
    """Kind and substatement (may be empty) by a statement's first words.

    Used until the engine reports them.
    """
    words = _COMMENT.sub(" ", sql).lstrip().upper()
    if _CTAS.match(words):
        return "DDL", "CREATE_TABLE_AS_SELECT"
    first = re.match(r"\(|\w+", words)
    return _FIRST_WORDS.get(first.group() if first else "", ("DDL", ""))


def _check_query(sql: str) -> None:
    if not sql.strip():
        raise InvalidRequest("queryString is null or empty", "MALFORMED_QUERY")
    if len(sql.encode()) > MAX_QUERY_BYTES:
        raise out_of_range("queryString", "length less", MAX_QUERY_BYTES)


def _check_token(token: str) -> None:
    minimum, maximum = TOKEN_LENGTHS
    if not token:
        raise InvalidRequest("clientRequestToken is null or empty")
    if len(token) < minimum:
        raise out_of_range("clientRequestToken", "length greater", minimum)
    if len(token) > maximum:
        raise out_of_range("clientRequestToken", "length less", maximum)


def _work_group(athena: Any, name: str) -> Mapping[str, Any]:
    """The configuration of an enabled work group."""
    try:
        group = athena.get_work_group(WorkGroup=name).get("WorkGroup")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "InvalidRequestException":
            raise _unreachable(error) from error
        group = None
    except BotoCoreError as error:
        raise _unreachable(error) from error
    if not group:
        raise InvalidRequest("WorkGroup is not found.")
    if group.get("State") == "DISABLED":
        raise InvalidRequest("WorkGroup is disabled.")
    configuration: Mapping[str, Any] = group.get("Configuration") or {}
    return configuration


def _unreachable(error: Exception) -> ServiceError:
    message = f"the emulator's Athena does not respond: {error}"
    return ServiceError("InternalServerException", message, 500)


def _result_configuration(
    group: Mapping[str, Any], requested: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The effective result configuration.

    The work group's if it is enforced, otherwise the client's; the other one if that has no
    location.
    """
    configurations = [requested, group.get("ResultConfiguration") or {}]
    if group.get("EnforceWorkGroupConfiguration"):
        configurations.reverse()
    for configuration in configurations:
        if configuration.get("OutputLocation"):
            return configuration
    raise InvalidRequest(NO_OUTPUT)


def _output_location(results: Mapping[str, Any]) -> str:
    location: str = results["OutputLocation"]
    if not re.fullmatch(r"s3://[^/]+(/.*)?", location, re.DOTALL):
        raise InvalidRequest("outputLocation is not a valid S3 path.")
    return location.rstrip("/")


def _idempotency_key(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that Athena compares; parameters and work group are not among them."""
    context = request.get("QueryExecutionContext") or {}
    location = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    compared = (context.get("Catalog"), context.get("Database"), location)
    return (request["QueryString"], *(value or "" for value in compared))
