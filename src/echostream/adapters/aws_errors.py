"""Errors of AWS: a repeat of the call can succeed, or it never will."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
)
from botocore.exceptions import ConnectionError as ConnectionFailed

from echostream.domain.errors import CallRefused, EchoStreamError, TryAgain

_TRANSIENT_CODES = {
    "ConditionalRequestConflict",
    "ExpiredToken",
    "ExpiredTokenException",
    "OperationAborted",
    "PriorRequestNotComplete",
    "ReplicatedWriteConflictException",
    "RequestTimeout",
    "RequestTimeoutException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_THROTTLED_CODES = {
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
}
_TRANSIENT = (
    HTTPClientError,
    ConnectionFailed,
    IncompleteReadError,
    CredentialRetrievalError,
    MetadataRetrievalError,
)


def translated(dependency: str, error: ClientError | BotoCoreError) -> EchoStreamError:
    """`TryAgain` if a repeat of the call can succeed, otherwise `CallRefused`.

    A repeat can succeed after a throttled call, an error of the service (5xx), a timeout, a lost
    connection and a conflict. It cannot after an invalid request or a missing permission.
    """
    reason = f"{dependency}: {error}"
    return TryAgain(reason) if _is_transient(error) else CallRefused(reason)


@contextmanager
def translating(dependency: str) -> Iterator[None]:
    """Raises errors of AWS as `translated` has them."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise translated(dependency, error) from error


def is_transient_code(code: str) -> bool:
    """Whether a repeat can succeed after an error with this code."""
    is_failure = code.startswith(("InternalServer", "InternalError", "ServiceUnavailable"))
    return is_throttle_code(code) or is_failure or code in _TRANSIENT_CODES


def is_throttle_code(code: str) -> bool:
    """Whether an error with this code means that there were too many calls."""
    return "Throttl" in code or "TooManyRequests" in code or code in _THROTTLED_CODES


def _is_transient(error: ClientError | BotoCoreError) -> bool:
    if not isinstance(error, ClientError):
        return isinstance(error, _TRANSIENT)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response.get("Error", {}).get("Code", "")
    return status >= 500 or status == 429 or is_transient_code(code)
