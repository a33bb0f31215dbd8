"""The list of probes, and running one."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError, WaiterError
from botocore.parsers import ResponseParserError

from echostream_cli.doctor.probe_context import (
    Differs,
    Endpoint,
    Missing,
    NotStarted,
    ProbeContext,
)

WORKS, DIFFERS, MISSING, NOT_RUN = "works", "differs", "missing", "not run"
ABSENT_CODES = (
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperationException",
    "UnsupportedOperation",
    "InvalidAction",
    "UnknownService",
)
ABSENT_PHRASES = (
    "not included in your current license",
    "not included within your localstack license",
    "not yet implemented",
    "not implemented",
    "not supported",
    "service unavailable",
    "unable to download",
    "is not enabled",
    "could not connect",
)


@dataclass(frozen=True, slots=True)
class Probe:
    """A behaviour of AWS and a function that tests it with real calls.

    `needed_for` is the part of EchoStream that needs the behaviour; `workaround` is how EchoStream
    runs on an engine without it.
    """

    service: str
    behaviour: str
    needed_for: str
    workaround: str
    call: Callable[[ProbeContext], None]

    @property
    def name(self) -> str:
        """The function's name, which identifies the probe in saved runs."""
        return self.call.__name__


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a probe: a verdict and, unless it is `works`, the reason.

    `not run` means that a resource which the probe needs did not start.
    """

    verdict: str
    detail: str = ""


PROBES: list[Probe] = []


def probe(
    service: str, behaviour: str, *, needed_for: str, workaround: str = ""
) -> Callable[[Callable[[ProbeContext], None]], Callable[[ProbeContext], None]]:
    """Decorator that adds a function to the list of probes."""

    def add(call: Callable[[ProbeContext], None]) -> Callable[[ProbeContext], None]:
        PROBES.append(Probe(service, behaviour, needed_for, workaround, call))
        return call

    return add


def run(item: Probe, engine: Endpoint) -> Finding:
    """Run a probe on an engine. An error of the engine is a finding, not an exception."""
    try:
        with ProbeContext(engine) as context:
            item.call(context)
    except Differs as difference:
        return Finding(DIFFERS, _short(str(difference)))
    except ClientError as error:
        return _finding_of(error)
    except (NotStarted, WaiterError, ReadTimeoutError) as error:
        return Finding(NOT_RUN, _short(str(error)))
    except (Missing, BotoCoreError, OSError, HTTPException) as error:
        return Finding(MISSING, _short(str(error)))
    except (ResponseParserError, LookupError, ValueError, TypeError, AttributeError) as error:
        return Finding(DIFFERS, _short(f"the response is not as documented: {error!r}"))
    return Finding(WORKS)


def _finding_of(error: ClientError) -> Finding:
    details = error.response["Error"]
    text = _short(f"{error.operation_name}: {details.get('Message') or details.get('Code')}")
    code = str(details.get("Code", ""))
    if "exception while calling" in text:  # an internal failure of the engine
        return Finding(NOT_RUN, text)
    # boto3 uses the HTTP status as the code if the body is not an error of the service.
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    is_missing = (
        status == HTTPStatus.NOT_IMPLEMENTED
        or is_absent(code)
        or any(phrase in text.lower() for phrase in ABSENT_PHRASES)
    )
    return Finding(MISSING if is_missing else DIFFERS, text)


def is_absent(code: str) -> bool:
    """Whether an error's code means that the engine does not have the operation.

    boto3 uses the HTTP status as the code if the body is not an error of the service.
    """
    return code in ABSENT_CODES or code.isdigit()


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:117] + "..."
