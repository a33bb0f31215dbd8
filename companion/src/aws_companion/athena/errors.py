"""Athena's errors: refused requests, and the `AthenaError` of failed executions."""

from typing import Any

from aws_companion.protocol import ServiceError

BAD_STATE = "INVALID_QUERY_EXECUTION_STATE"


class InvalidRequest(ServiceError):
    """InvalidRequestException, with `AthenaErrorCode` (`INVALID_INPUT`)."""

    def __init__(self, message: str, code: str = "INVALID_INPUT") -> None:
        super().__init__("InvalidRequestException", message)
        self.athena_code = code

    def body(self) -> dict[str, str]:
        return {
            **super().body(),
            "AthenaErrorCode": self.athena_code,
            "ErrorCode": self.athena_code,
        }


def unknown_execution_error(name: str) -> InvalidRequest:
    return InvalidRequest(f"QueryExecution {name} was not found", "QUERY_EXECUTION_NOT_FOUND")


def out_of_range(member: str, bound: str, value: int) -> InvalidRequest:
    """The validation error for a bound, such as `value greater` than or equal to 1."""
    problem = f"Value at '{member}' failed to satisfy constraint: Member must have"
    return InvalidRequest(
        f"1 validation error detected: {problem} {bound} than or equal to {value}"
    )


def athena_error(category: int, kind: int, retryable: bool, message: str) -> dict[str, Any]:
    """`Status.AthenaError`. Category 1 is a system error, 2 a user error."""
    return {
        "ErrorCategory": category,
        "ErrorType": kind,
        "Retryable": retryable,
        "ErrorMessage": message,
    }


SYSTEM, USER = 1, 2
INTERNAL, NOT_WRITTEN, OTHER = 200, 401, 1000
ERROR_TYPES = {
    "CATALOG_NOT_FOUND": 1006,
    "COLUMN_NOT_FOUND": 1006,
    "DIVISION_BY_ZERO": 1001,
    "FUNCTION_NOT_FOUND": 1303,
    "INVALID_CAST_ARGUMENT": 1100,
    "NOT_SUPPORTED": 1200,
    "SCHEMA_NOT_FOUND": 1301,
    "TABLE_NOT_FOUND": 1301,
    "TYPE_MISMATCH": 1002,
}
"""`ErrorType` by the name at the start of a message, as measured on AWS."""


def user_error(message: str) -> dict[str, Any]:
    """The `AthenaError` of a failed statement, from the name at the start of its message."""
    name = message.partition(":")[0]
    return athena_error(USER, ERROR_TYPES.get(name, OTHER), False, message)
