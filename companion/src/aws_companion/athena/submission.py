"""What StartQueryExecution asks for, checked, with the settings of its work group applied."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from aws_companion.athena.errors import InvalidRequest, out_of_range
from aws_companion.athena.execution import Kind
from aws_companion.protocol import ServiceError

MAX_QUERY_BYTES = 262_144
"""Bytes of a statement."""
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


class ClientFactory(Protocol):
    """Where clients for the emulator's services come from."""

    def client(self, service: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Submission:
    """A statement to be run: as it was sent, and where its result goes.

    `output` is an S3 URI without a slash at its end, `limit` the bytes that it may read;
    `same_as` is what a second request with the same token must share.
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
    """A request, with what the emulator's Athena says of its work group.

    Raises `InvalidRequest`, and `ServiceError` (500) where the emulator does not answer.
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
    """What a statement seems to be by its first words, until the engine says: kind and
    substatement, the latter empty where the first word does not tell."""
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
    least, most = TOKEN_LENGTHS
    if not token:
        raise InvalidRequest("clientRequestToken is null or empty")
    if len(token) < least:
        raise out_of_range("clientRequestToken", "length greater", least)
    if len(token) > most:
        raise out_of_range("clientRequestToken", "length less", most)


def _work_group(athena: Any, name: str) -> Mapping[str, Any]:
    """The configuration of a work group that may run statements."""
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
    message = f"the emulator's Athena does not answer: {error}"
    return ServiceError("InternalServerException", message, 500)


def _result_configuration(group: Mapping[str, Any], asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result configuration that counts: the work group's where it is enforced, else the
    client's; the other one where that names no place."""
    given = [asked, group.get("ResultConfiguration") or {}]
    if group.get("EnforceWorkGroupConfiguration"):
        given.reverse()
    for one in given:
        if one.get("OutputLocation"):
            return one
    raise InvalidRequest(NO_OUTPUT)


def _output_location(results: Mapping[str, Any]) -> str:
    place: str = results["OutputLocation"]
    if not re.fullmatch(r"s3://[^/]+(/.*)?", place, re.DOTALL):
        raise InvalidRequest("outputLocation is not a valid S3 path.")
    return place.rstrip("/")


def _idempotency_key(request: Mapping[str, Any]) -> tuple[str, ...]:
    """What Athena compares, as it was sent; parameters and work group are not among it."""
    context = request.get("QueryExecutionContext") or {}
    place = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    compared = (context.get("Catalog"), context.get("Database"), place)
    return (request["QueryString"], *(value or "" for value in compared))
