"""The questions that only AWS answers make the same calls of the sandbox, and leave nothing."""

import pytest

from echostream_cli.doctor.aws import commands, leftovers
from echostream_cli.doctor.aws.all_questions import QUESTIONS
from echostream_cli.doctor.aws.context import PREFIX, AskContext, Run
from echostream_cli.doctor.aws.leftovers import Search
from echostream_cli.doctor.fixtures import create_function
from echostream_cli.doctor.probes import DIFFERS, MISSING, WORKS

DIFFERENT = {
    "lake_formation_defaults": MISSING,  # no emulator of ours has Lake Formation
    "time_to_live": DIFFERS,  # the emulator's CloudFormation leaves it off
    "transaction_conflict": DIFFERS,  # transactions never meet there
}


@pytest.fixture
def target(settings, sandbox):
    return settings.target


def test_all_questions_are_asked(target):
    """What the emulator does as AWS is expected to, works; afterwards nothing is left."""
    answers = commands.ask_all(target, QUESTIONS)
    verdicts = {name: answer.finding.verdict for name, answer in answers.items()}
    assert verdicts == {item.name: WORKS for item in QUESTIONS} | DIFFERENT
    assert leftovers.wait_until_gone(target) == Search()


def test_run_that_was_killed_is_cleaned_up(target):
    """Its lake, and a function with its role; nothing of the sandbox."""
    run = Run(target, {})
    assert run.lake
    create_function(AskContext(run), "def handler(event, context): print(1)")
    found = leftovers.find(target).found
    kinds = {"function", "role", "Glue database", "work group", "bucket"}
    assert {one.kind for one in found} >= kinds
    assert all(PREFIX in one.name.replace("_", "-") for one in found)
    leftovers.delete(found)
    assert leftovers.wait_until_gone(target) == Search()
