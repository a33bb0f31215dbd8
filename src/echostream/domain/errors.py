"""The errors of EchoStream.

    EchoStreamError
    ├── ConfigError                a setting is missing or malformed; names the variable
    ├── BadRequest           400   the caller must change the request
    │   ├── BadDocument      400   one document of a batch; the others are accepted
    │   ├── Unauthorized     401   the token does not say who is calling
    │   ├── Forbidden        403   the member may not do this
    │   ├── NotFound         404
    │   ├── Conflict         409   the request does not fit what is stored
    │   │   └── DestinationFailed      a message could not be sent to a destination for alerts
    │   ├── PayloadTooLarge  413
    │   ├── QuotaExceeded    429   the tenant has used up a quota; a later request can succeed
    │   ├── QueryRefused     400   a statement over the lake failed or may not be run
    │   └── UnsupportedMedia 415
    ├── TryAgain             503   a dependency failed; the caller can repeat the request
    ├── Overtaken                  another worker continues the same erasure
    ├── TenantDeleted              the tenant that an erasure deletes is deleted already
    ├── TooEarly                   a step of an erasure must wait for other functions to end
    └── CallRefused          500   a dependency refused a call; a repeat fails too

The numbers are the HTTP statuses of the responses.
"""


class EchoStreamError(Exception):
    """The root of the tree."""


class ConfigError(EchoStreamError):
    """A setting is missing or malformed. The message names the environment variable."""


class BadRequest(EchoStreamError):
    """The caller must change the request. `message` names the field and the fix."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadDocument(BadRequest):
    """One document is refused; the others of its batch are accepted."""


class Unauthorized(BadRequest):
    """The token names no user, or has no expiry."""

    status = 401


class Forbidden(BadRequest):
    """The user is signed in, but is a member of no tenant, or lacks the role."""

    status = 403


class NotFound(BadRequest):
    """The request names something that does not exist."""

    status = 404


class Conflict(BadRequest):
    """The request does not fit what is stored: it exists already, or was changed meanwhile."""

    status = 409


class DestinationFailed(Conflict):
    """A message could not be sent to a destination for alerts.

    The message names the host and the reason, never the address, which may be a credential.
    """

    def __init__(self, message: str) -> None:
        super().__init__("destination_failed", message)


class PayloadTooLarge(BadRequest):
    """The request body is larger than the limit."""

    status = 413


class QuotaExceeded(BadRequest):
    """The tenant has used up a quota, which the message names, for `wait` more seconds."""

    status = 429

    def __init__(self, code: str, message: str, wait: int) -> None:
        super().__init__(code, message)
        self.wait = wait


class QueryRefused(BadRequest):
    """A statement over the lake that failed, or that the caller may not run."""


class UnsupportedMedia(BadRequest):
    """The request body has an encoding that is not supported."""

    status = 415


class TryAgain(EchoStreamError):
    """A dependency did not respond or throttled the call. The call can be repeated."""

    status = 503


class CallRefused(EchoStreamError):
    """A dependency refused a call, and refuses each repeat. The message names the operation.

    An operator has to act: a permission or a resource is missing, or the code has a fault.
    """

    status = 500


class Overtaken(EchoStreamError):
    """Another worker has continued the same erasure."""


class TenantDeleted(EchoStreamError):
    """The tenant that an erasure deletes is deleted already, and may be another tenant now."""


class TooEarly(EchoStreamError):
    """A step of an erasure must wait until functions that run now have ended."""
