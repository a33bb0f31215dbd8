"""The list of questions, asking one, and what is recorded of an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import EchoStreamError, QueryRefused
from echostream_cli.doctor.aws.context import AskContext, NotDeployed, Run
from echostream_cli.doctor.aws.redaction import redact
from echostream_cli.doctor.probe_context import Differs
from echostream_cli.doctor.probes import DIFFERS, MISSING, NOT_RUN, WORKS, Finding, is_absent
from echostream_cli.errors import UserError

ERROR = "error"
"""The verdict of a question that could not be asked."""
UNEXPECTED = (
    *(BotoCoreError, EchoStreamError, UserError, OSError, HTTPException),
    *(LookupError, ValueError, TypeError, AttributeError),
)
"""Errors that say nothing about AWS: of the connection, of the user, and of our own code."""
MOST_CHARACTERS = 200
"""Of a recorded detail."""


@dataclass(frozen=True, slots=True)
class Question:
    """A behaviour of AWS on which EchoStream relies, and a function that observes it.

    `remedy` is what to do if AWS differs. `creates` names the resources, which are deleted; empty:
    none.
    `usage` has the most that the question uses, by the names of `prices.yaml`. `call` returns what
    it observed.
    """

    service: str
    behaviour: str
    remedy: str
    creates: str
    usage: Mapping[str, float]
    call: Callable[[AskContext], str]

    @property
    def name(self) -> str:
        """The function's name, which identifies the question in recorded answers."""
        return self.call.__name__


@dataclass(frozen=True, slots=True)
class Answer:
    """A finding that can be shared, and the full message for the person who asked."""

    finding: Finding
    message: str = field(default="", repr=False)


QUESTIONS: list[Question] = []


def question(
    service: str, behaviour: str, *, remedy: str, creates: str, **usage: float
) -> Callable[[Callable[[AskContext], str]], Callable[[AskContext], str]]:
    """Decorator that adds a function to the list of questions."""

    def add(call: Callable[[AskContext], str]) -> Callable[[AskContext], str]:
        QUESTIONS.append(Question(service, behaviour, remedy, creates, usage, call))
        return call

    return add


def ask(item: Question, run: Run) -> Answer:
    """Ask one question. An error of AWS is an answer, not an exception."""
    try:
        with AskContext(run) as context:
            return _answer(WORKS, item.call(context), run)
    except (Differs, QueryRefused) as difference:
        return _answer(DIFFERS, str(difference), run)
    except NotDeployed as error:
        return _answer(NOT_RUN, str(error), run)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        verdict = MISSING if is_absent(code) else ERROR
        return Answer(Finding(verdict, f"{error.operation_name}: {code}"), str(error))
    except UNEXPECTED as error:
        return Answer(Finding(ERROR, type(error).__name__), f"{type(error).__name__}: {error}")


def _answer(verdict: str, message: str, run: Run) -> Answer:
    line = " ".join(redact(message, run.private_names).split())
    short = line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 3] + "..."
    return Answer(Finding(verdict, short), message)
