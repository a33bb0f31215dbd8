"""Calls of the user pool without AWS credentials, and the errors they raise."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream_client.cognito import SignInFailed

KINDS = {
    "CodeMismatchException": "code",
    "EnableSoftwareTokenMFAException": "code",
    "ExpiredCodeException": "code",
    "InvalidPasswordException": "weak",
    "LimitExceededException": "locked",
    "NotAuthorizedException": "wrong",
    "PasswordResetRequiredException": "reset",
    "TooManyRequestsException": "busy",
    "UserNotConfirmedException": "reset",
    "UserNotFoundException": "wrong",
}
"""The `kind` of each error of the user pool. The page in `site/` has the same mapping."""


def call(operation: Callable[..., Any], **arguments: Any) -> Mapping[str, Any]:
    """The response of an operation. Raises `SignInFailed`, whose `kind` is of `KINDS` or failed."""
    try:
        response: Mapping[str, Any] = operation(**arguments)
    except ClientError as error:
        details = error.response.get("Error", {})
        message = str(details.get("Message", ""))
        kind = KINDS.get(str(details.get("Code")), "failed")
        if "attempts exceeded" in message.lower():
            kind = "locked"
        raise SignInFailed(f"the user pool refused: {error}", kind, message) from error
    except BotoCoreError as error:
        raise SignInFailed(f"the user pool did not respond: {error}", "unreachable") from error
    return response
