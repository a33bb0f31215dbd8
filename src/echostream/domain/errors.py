"""Every error that EchoStream raises on purpose.

    EchoStreamError
    ├── ConfigError                a setting is missing or malformed; names the variable
    ├── BadRequest           400   the caller must change something before trying again
    │   ├── BadDocument      400   one document of a batch; costs only itself
    │   ├── Unauthorized     401   the token does not say who is calling
    │   ├── Forbidden        403   the caller is nobody's member
    │   ├── PayloadTooLarge  413
    │   ├── QueryRefused     400   a statement over the lake failed or may not be run
    │   └── UnsupportedMedia 415
    └── TryAgain             503   nothing is wrong with the input; a repeat is harmless

The numbers are the HTTP statuses that `echostream.entrypoints.http` answers with.
"""


class EchoStreamError(Exception):
    """The root of the tree."""


class ConfigError(EchoStreamError):
    """A setting is missing or malformed. The message names the environment variable."""


class BadRequest(EchoStreamError):
    """The caller must change something. `message` names the field and the fix."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadDocument(BadRequest):
    """One document cannot be taken; the others of its batch can."""


class Unauthorized(BadRequest):
    """The token does not say who is calling, or never expires."""

    status = 401


class Forbidden(BadRequest):
    """The caller is signed in but belongs to no tenant."""

    status = 403


class PayloadTooLarge(BadRequest):
    """The request body is past the limit."""

    status = 413


class QueryRefused(BadRequest):
    """A statement over the lake that is wrong, reads too much, or is not the caller's to run."""


class UnsupportedMedia(BadRequest):
    """The request body is encoded in a way that is not read."""

    status = 415


class TryAgain(EchoStreamError):
    """A service that we lean on did not answer or asked us to slow down."""

    status = 503
