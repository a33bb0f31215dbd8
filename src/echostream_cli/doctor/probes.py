"""The list of probes, and how one is run."""

from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError, WaiterError

from echostream_cli.doctor.probe_context import Differs, Endpoint, ProbeContext

WORKS, DIFFERS, MISSING, NOT_RUN = "works", "differs", "missing", "not run"
ABSENT = (
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperationException",
    "UnsupportedOperation",
    "InvalidAction",
    "UnknownService",
)
ABSENT_WORDS = (
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
    """One thing that AWS does, as a real call; what leans on it, and what we do without it."""

    service: str
    claim: str
    leans: str
    without: str
    act: Callable[[ProbeContext], None]

    @property
    def name(self) -> str:
        """By which runs are compared: the function's name."""
        return self.act.__name__


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a probe: a verdict, and how so.

    `not run` is said where something that the probe needs first did not come up.
    """

    verdict: str
    detail: str = ""


PROBES: list[Probe] = []


def probe(
    service: str, claim: str, *, leans: str, without: str = ""
) -> Callable[[Callable[[ProbeContext], None]], Callable[[ProbeContext], None]]:
    """Put a function on the list."""

    def add(act: Callable[[ProbeContext], None]) -> Callable[[ProbeContext], None]:
        PROBES.append(Probe(service, claim, leans, without, act))
        return act

    return add


def run(one: Probe, engine: Endpoint) -> Finding:
    """Try a probe on an engine. Never raises for what the engine does."""
    try:
        with ProbeContext(engine) as scene:
            one.act(scene)
    except Differs as how:
        return Finding(DIFFERS, _short(str(how)))
    except ClientError as error:
        return _of_error(error)
    except (WaiterError, ReadTimeoutError) as error:
        return Finding(NOT_RUN, _short(str(error)))
    except (BotoCoreError, OSError, HTTPException) as error:
        return Finding(MISSING, _short(str(error)))
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        return Finding(DIFFERS, _short(f"the answer is not as documented: {error!r}"))
    return Finding(WORKS)


def _of_error(error: ClientError) -> Finding:
    found = error.response["Error"]
    text = _short(f"{error.operation_name}: {found.get('Message') or found.get('Code')}")
    code = str(found.get("Code", ""))
    if "exception while calling" in text:  # the engine's own failure, not the service's answer
        return Finding(NOT_RUN, text)
    # An answer that is no error of the service at all comes with its HTTP status for a code.
    absent = code in ABSENT or code.isdigit() or any(w in text.lower() for w in ABSENT_WORDS)
    return Finding(MISSING if absent else DIFFERS, text)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:117] + "..."
