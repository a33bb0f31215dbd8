"""Errors of AWS: which of them a repeat can mend."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError

from echostream.adapters.athena import Athena
from echostream.adapters.aws_errors import translated
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_ledger import DynamoDBLedger
from echostream.adapters.dynamodb_store import DynamoDBStore
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_quarantine import S3Quarantine
from echostream.domain.document_store import PartitionQuery, TimePartition
from echostream.domain.errors import BadDocument, CallRefused, TryAgain
from echostream.domain.lake import Batch
from echostream.domain.members import ALL_ROLES, Identity, Member
from echostream.domain.quarantine import document_item
from tests.builders import NOW, RETENTION, SHARDS, scored

PARTITION = TimePartition(NOW.replace(minute=0), 0)
ITEM = document_item("acme", {"text": "a"}, BadDocument("conflict", "id: exists"), NOW, NOW)

URL = {"endpoint_url": "http://x"}


def client_error(code: str, status: int = 400) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "reason"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "PutItem")


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException"),
        client_error("ThrottlingError"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("RequestLimitExceeded"),
        client_error("TransactionConflictException"),
        client_error("ConditionalRequestConflict", 409),
        client_error("TooManyRequestsException"),
        client_error("anything", 429),
        client_error("InternalServerError", 500),
        client_error("SlowDown", 503),
        client_error("anything", 502),
        client_error("RequestTimeout"),
        client_error("ExpiredTokenException"),
        exceptions.EndpointConnectionError(**URL),
        exceptions.ConnectTimeoutError(**URL),
        exceptions.ReadTimeoutError(**URL),
        exceptions.ConnectionClosedError(**URL),
        exceptions.ResponseStreamingError(error="cut"),
        exceptions.CredentialRetrievalError(provider="x", error_msg="late"),
    ],
    ids=lambda error: str(error)[:60],
)
def test_repeat_can_mend_transient_errors(error):
    """Throttles, 5xx, timeouts, lost connections, conflicts."""
    assert isinstance(translated("table", error), TryAgain)


@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException"),
        client_error("AccessDeniedException"),
        client_error("AccessDenied", 403),
        client_error("NoSuchBucket", 404),
        client_error("ResourceNotFoundException"),
        client_error("UnrecognizedClientException"),
        client_error("not yet known"),
        exceptions.NoCredentialsError(),
        exceptions.ParamValidationError(report="x"),
        exceptions.NoRegionError(),
    ],
    ids=lambda error: str(error)[:60],
)
def test_repeat_cannot_mend_other_errors(error):
    """Invalid requests, missing permissions and resources; the reason is kept."""
    result = translated("table", error)
    assert isinstance(result, CallRefused)
    assert str(result) == f"table: {error}"


class Failing:
    """A client whose calls all fail."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        names = ("ConditionalCheckFailed", "TransactionCanceled", "TransactionInProgress")
        unused = {f"{name}Exception": type(name, (Exception,), {}) for name in names}
        self.exceptions = SimpleNamespace(**unused)

    def __getattr__(self, name: str) -> Any:
        def fail(**_: Any) -> None:
            raise self._error

        return fail


ANN = Identity("person", "pool_1", "ann")


@pytest.mark.parametrize(
    ("code", "expected"), [("AccessDeniedException", CallRefused), ("Throttling", TryAgain)]
)
@pytest.mark.parametrize(
    "call",
    [
        lambda client: S3Lake(client, "lake").write("raw", Batch("acme", NOW, "b"), []),
        lambda client: DynamoDBLedger(client, "t").reserve("a", "2026-05", 1, 5),
        lambda client: DynamoDBLedger(client, "t").release("a", "2026-05", 1),
        lambda client: DynamoDBLedger(client, "t").spent("a", "2026-05"),
        lambda client: store(client).put("acme", [scored("a")], NOW),
        lambda client: store(client).get_many("acme", ["a"]),
        lambda client: list(store(client).time_partitions("acme", NOW, "2026-05-21")),
        lambda client: store(client).newest("acme", [PartitionQuery(PARTITION, "3", 5)]),
        lambda client: store(client).mark_received("acme", NOW),
        lambda client: DynamoDBDirectory(client, "t").access(ANN, "acme"),
        lambda client: DynamoDBDirectory(client, "t").member(ANN),
        lambda client: DynamoDBDirectory(client, "t").tenants(),
        lambda client: DynamoDBDirectory(client, "t").create_tenant("acme", NOW),
        lambda client: DynamoDBDirectory(client, "t").add(Member(ANN, "acme", ALL_ROLES, "a", NOW)),
        lambda client: store(client).check(),
        lambda client: Athena(client, "w", "d").query("SELECT 1"),
        lambda client: S3Quarantine(client, "lake").add(ITEM),
    ],
    ids=[
        "lake",
        "reserve",
        "release",
        "spent",
        "put",
        "get",
        "partitions",
        "newest",
        "received",
        "access",
        "member",
        "tenants",
        "tenant",
        "add",
        "check",
        "sql",
        "quarantine",
    ],
)
def test_adapters_sort_errors(call, code, expected):
    """Each call of a service; the message names the operation."""
    with pytest.raises(expected, match="PutItem"):
        call(Failing(client_error(code)))


def store(client: Any) -> DynamoDBStore:
    return DynamoDBStore(client, "t", RETENTION, SHARDS, sleep=lambda _: None)
