"""The command line: help, errors and exit codes that every command shares."""

import json
import re
import shlex
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from echostream.domain.errors import TryAgain
from echostream_cli import command, console
from echostream_cli.__main__ import COMMANDS, PACKAGES, app
from echostream_cli.errors import UserError
from tests.make_targets import commands, variables

ACCESS_DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem")
NAMES = sorted(PACKAGES)


def run_failing_command(error):
    """The result of a command that raises an error."""
    program = typer.Typer(cls=command.Commands)
    program.callback()(lambda: None)

    @program.command()
    def fail():
        raise error

    return CliRunner().invoke(program, ["fail"])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UserError("PORT: is taken"), 1, "error: PORT: is taken\n"),
        (UserError("two\n  lines"), 1, "error: two\n  lines\n"),
        (TryAgain("lake: no answer"), 1, "error: lake: no answer\n"),
        (ACCESS_DENIED, 1, "error: An error occurred (AccessDenied)"),
        (FileNotFoundError(2, "No such file", "x.csv"), 1, "x.csv"),
        (KeyboardInterrupt(), 130, "run the same command again to continue"),
        (KeyboardInterrupt("make up continues"), 130, "\nmake up continues\n"),
    ],
)
def test_expected_error_becomes_message_and_exit_code(error, code, message):
    """The message goes to stderr, without a traceback."""
    result = run_failing_command(error)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_unexpected_error_is_not_caught():
    """Any other exception passes through the command group."""
    assert isinstance(run_failing_command(ZeroDivisionError()).exception, ZeroDivisionError)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_prints_help(name):
    """The help shows the usage and the command's summary, without a running sandbox."""
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    output = re.sub(r"\s+", " ", result.stdout)
    assert f" {name} [OPTIONS]" in output
    group: Any = typer.main.get_group(app)
    summary = group.get_command(None, name).help.splitlines()[0]
    assert len(summary) > 10
    assert summary in output


def list_commands():
    """All commands with the words that call them, without the groups."""
    group: Any = typer.main.get_group(app)
    for name in PACKAGES:
        command_or_group = group.get_command(None, name)
        commands = getattr(command_or_group, "commands", None)
        if commands is None:
            yield (name,), command_or_group
        else:
            yield from (((name, *words), inner) for words, inner in nested(commands))


def nested(commands):
    return (((name,), inner) for name, inner in commands.items())


ALL_COMMANDS = {" ".join(words): found for words, found in list_commands()}


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_help_has_examples_with_valid_options(name):
    """Each example is a line of the help, and the command's own parser accepts it."""
    found = ALL_COMMANDS[name]
    examples = [line for line in found.epilog.splitlines() if line.startswith("echostream ")]
    assert examples
    words = name.split()
    result = CliRunner().invoke(app, [*words, "--help"], terminal_width=200, env={"COLUMNS": "200"})
    printed = [line.strip() for line in result.stdout.splitlines()]
    for example in examples:
        assert example in printed
        _, *arguments = shlex.split(example)
        assert arguments[: len(words)] == words
        found.make_context(name, arguments[len(words) :])


def test_examples_are_found_in_nested_commands():
    """`member list` is a command in a group."""
    assert {"up", "member list"} <= set(ALL_COMMANDS)


@pytest.mark.parametrize("package", COMMANDS)
def test_table_of_commands_is_complete(package):
    """It names exactly the commands that each sub-package defines."""
    module = import_module(f"echostream_cli.{package}.commands")
    assert set(typer.main.get_group(module.app).commands) == set(COMMANDS[package])


def test_steps_go_to_stderr_if_stdout_is_for_json(capsys):
    """A script reads stdout as JSON; a person sees the steps."""
    with command.steps_to_stderr(json=True), console.step("sam build"):
        pass
    command.print_json({"changes": []})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"changes": []}
    assert "sam build" in err


def test_times_in_json_are_in_iso_8601(capsys):
    """As in the JSON of `status`."""
    command.print_json({"created_at": datetime(2026, 1, 31, 9, 30, tzinfo=UTC)})
    assert json.loads(capsys.readouterr().out) == {"created_at": "2026-01-31T09:30:00+00:00"}


def test_unknown_option_is_refused():
    """The exit code is 2, and the message names the option."""
    result = CliRunner().invoke(app, ["backup", "--tow", "x"])
    assert result.exit_code == 2
    assert "--tow" in result.stderr


@pytest.mark.parametrize("given", [[], variables()], ids=["bare", "with variables"])
def test_make_targets_call_commands_with_options_that_exist(given, tmp_path):
    """The parser of each command accepts the options of its target."""
    program: Any = typer.main.get_group(app)
    lines = list(commands(tmp_path, *(f"{name}=1" for name in given)))
    assert len(lines) > 20
    for name, *arguments in lines:
        assert name in NAMES
        program.get_command(None, name).make_context(name, arguments)


@pytest.mark.parametrize(
    ("arguments", "variable"),
    [
        (["seed", "--dataset", "novels"], "DATASET:"),
        (["seed", "--days", "0"], "DAYS:"),
        (["seed", "--days", "31"], "DAYS:"),
        (["query", "--sql", "SELECT 1", "--format", "xml"], "FORMAT:"),
        (["query"], "SQL:"),
        (["crawl", "--crawler", "a", "--path", "s3://b/"], "CRAWLER:"),
        (["rescore", "--engine", "oracle"], "ENGINE:"),
        (["doctor", "--engine", "floci"], "ENGINE:"),
        (["rescore", "--engine", "vader", "--tenant", "a/b"], "TENANT:"),
        (["restore", "--from", ""], "FROM:"),
        (["requeue", "--from", ""], "FROM:"),
        (["deploy", "--stage", "nowhere"], "STAGE:"),
        (["deploy", "--accept", "everything"], "ACCEPT:"),
        (["destroy", "--data", "lose"], "DATA:"),
        (["member", "invite", "ann"], "TENANT:"),
        (["backup", "--stage", "nowhere"], "STAGE:"),
        (["tenant", "list", "--stage", "nowhere"], "STAGE:"),
        (["cost", "--number", "3"], "N:"),
    ],
)
def test_invalid_value_is_refused_with_its_variable(arguments, variable):
    """The message starts with the variable of the make target."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith(f"error: {variable}")
