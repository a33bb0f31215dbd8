"""`make erase`: what it waits for, what it prints, what it refuses."""

from dataclasses import replace

import pytest

from echostream.domain.erasure import Erased, State, subject_of
from echostream_cli.erasure_jobs import report, wait
from echostream_cli.errors import UserError
from echostream_cli.operate import erase_commands
from tests.builders import NOW
from tests.fakes import MemoryErasures


@pytest.fixture
def erasures():
    return MemoryErasures(lambda: NOW)


@pytest.fixture
def erasure(erasures):
    return erasures.create("acme", "e1", subject_of("author", "Ann O'Hara"), NOW)


def test_command_waits_for_the_first_round(erasures, erasure):
    """The second round takes place later, without the command."""
    states = iter([State.RUNNING, State.SETTLING])

    def sleep(_):
        erasures.save(replace(erasures.get("acme", "e1"), state=next(states)))

    assert wait(erasures, "acme", "e1", sleep, lambda _: None).state is State.SETTLING
    assert next(states, None) is None


def test_command_that_waits_too_long_names_the_erasure(erasures, erasure):
    """It continues by itself; the message says where to look."""
    with pytest.raises(UserError, match="e1 still runs"):
        wait(erasures, "acme", "e1", lambda _: None, lambda _: None)


def test_report_has_places_numbers_and_no_name(erasure):
    """An operator may pass it on."""
    erased = {"table": Erased(2, 2), "raw": Erased(1, 3), "compacted": Erased(4, 0)}
    done = replace(erasure, state=State.DONE, erased=erased, unsearched=("raw/broken",))
    lines = report(done)
    assert lines[:3] == [
        "erasure e1: done",
        "  table       2 items, 2 documents",
        "  raw         1 objects, 3 documents",
    ]
    assert "  compacted   4 days compacted again" in lines
    assert "  not searched, because it cannot be read: raw/broken" in lines
    assert "O'Hara" not in str(lines)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"document": "a", "author": "b"}, {"author": "b", "resume": "c"}],
)
def test_command_needs_one_subject(arguments):
    """Nothing is erased by a command that can be read in two ways."""
    with pytest.raises(UserError, match="one of ID="):
        erase_commands.erase(**arguments)
