"""What went wrong between the dashboard and the services, with the words for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from dashboard.data.messages import PROBLEMS
from echostream.domain.errors import TryAgain
from echostream_cli.errors import UserError
from echostream_client.api import ApiFailed
from echostream_client.cognito import SignInFailed


class ServiceError(Exception):
    """Why there is no answer. `kind` is one of PROBLEMS; `wait` the seconds to leave it alone."""

    def __init__(
        self, kind: str, detail: str = "", status: int | None = None, wait: float = 0.0
    ) -> None:
        super().__init__(PROBLEMS[kind](detail, status))
        self.kind = kind
        self.wait = wait

    @property
    def words(self) -> str:
        """For people."""
        return str(self)

    @property
    def is_permanent(self) -> bool:
        """Whether translate_errors again cannot help until somebody does something."""
        return self.kind in ("ended", "forbidden", "refused")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turns what may go wrong between here and the services into a `ServiceError`."""
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
    except (TryAgain, ClientError, BotoCoreError) as error:
        is_denied = lacks_credentials(error) or lacks_credentials(error.__cause__)
        raise ServiceError("no_credentials" if is_denied else "unreachable") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ServiceError("unreadable") from error


def of_api(error: ApiFailed) -> ServiceError:
    """What the API's answer means to a person."""
    wait = error.wait or 0.0
    if error.status is None:
        return ServiceError("late" if error.code == "late" else "unreachable", wait=wait)
    if error.code in ("not_json", "not_an_object") and error.status < 300:
        return ServiceError("unreadable")
    kinds = {400: "refused", 401: "ended", 403: "forbidden", 429: "busy"}
    kind = kinds.get(error.status, "failed")
    detail = error.message.removeprefix(f"HTTP {error.status}: ")
    return ServiceError(kind, detail, error.status, wait)


DENIED = ("AccessDenied", "UnrecognizedClient", "InvalidClientTokenId", "ExpiredToken")
"""How AWS's error codes begin where credentials are missing, wrong or not allowed to do this."""


def lacks_credentials(error: BaseException | None) -> bool:
    """Whether a call to AWS failed for want of credentials that may make it."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "")).startswith(DENIED)
    return isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError)
