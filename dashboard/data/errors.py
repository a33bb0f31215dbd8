"""Errors between the dashboard and the services, with messages for the viewer."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from dashboard.data.messages import (
    ERROR_OF_CODE,
    ERROR_OF_STATUS,
    PERMANENT_ERRORS,
    error_message,
)
from echostream.domain.errors import CallRefused, TryAgain
from echostream_cli.errors import UserError
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed


class ServiceError(Exception):
    """A request that failed.

    `kind` is a key of `messages.ERRORS`, `wait` the seconds to wait before a retry. The message is
    Markdown for the viewer.
    """

    def __init__(
        self, kind: str, detail: str = "", status: int | None = None, wait: float = 0.0
    ) -> None:
        super().__init__(error_message(kind, detail, status))
        self.kind = kind
        self.wait = wait

    @property
    def message(self) -> str:
        """The message for the viewer."""
        return str(self)

    @property
    def is_permanent(self) -> bool:
        """Whether a retry fails again until the viewer does something."""
        return self.kind in PERMANENT_ERRORS


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raises the errors of the services and of their clients as `ServiceError`."""
    try:
        yield
    except UserError as error:
        if lacks_credentials(error.__cause__):
            raise ServiceError("no_credentials") from error
        raise ServiceError("no_sandbox", str(error)) from error
    except SignInFailed as error:
        raise ServiceError(error.kind, error.detail) from error
    except ApiFailed as error:
        raise of_api(error) from error
    except (TryAgain, CallRefused, ClientError, BotoCoreError) as error:
        is_denied = lacks_credentials(error) or lacks_credentials(error.__cause__)
        raise ServiceError("no_credentials" if is_denied else "unreachable") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceError("unreadable") from error


def of_api(error: ApiFailed) -> ServiceError:
    """The error of a failed call of the API."""
    wait = error.wait or 0.0
    if error.status is None:
        return ServiceError("late" if error.code == "late" else "unreachable", wait=wait)
    if error.code in ("not_json", "not_an_object") and error.status < 300:
        return ServiceError("unreadable")
    kind = ERROR_OF_CODE.get(error.code) or ERROR_OF_STATUS.get(error.status, "failed")
    detail = error.message.removeprefix(f"HTTP {error.status}: ")
    return ServiceError(kind, detail, error.status, wait)


DENIED = ("AccessDenied", "UnrecognizedClient", "InvalidClientTokenId", "ExpiredToken")
"""Prefixes of AWS's error codes for missing, wrong or insufficient credentials."""


def lacks_credentials(error: BaseException | None) -> bool:
    """Whether a call to AWS failed because credentials are missing, wrong or insufficient."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "")).startswith(DENIED)
    return isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError)
