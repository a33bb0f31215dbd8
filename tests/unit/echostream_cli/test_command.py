"""The command line: help, errors and exit codes that every command shares."""

import re
from importlib import import_module

import pytest
import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from echostream.domain.errors import TryAgain
from echostream_cli import command
from echostream_cli.__main__ import COMMANDS, PACKAGES, app
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT

REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetItem")
NAMES = sorted(PACKAGES)


def ending(error):
    """How a command ends that raises an error."""
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
        (REFUSED, 1, "error: An error occurred (AccessDenied)"),
        (FileNotFoundError(2, "No such file", "x.csv"), 1, "x.csv"),
        (KeyboardInterrupt(), 130, "the same command continues"),
        (KeyboardInterrupt("make up continues"), 130, "\nmake up continues\n"),
    ],
)
def test_an_expected_error_is_a_message(error, code, message):
    """It goes to stderr, without a traceback, and the exit code says what happened."""
    result = ending(error)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_fault_of_ours_is_not_hidden():
    """Any other exception leaves the command as it is."""
    assert isinstance(ending(ZeroDivisionError()).exception, ZeroDivisionError)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(name):
    """The help says what the command does, and needs nothing that runs."""
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert f" {name} [OPTIONS]" in re.sub(r"\s+", " ", result.stdout).replace("root", "echostream")


@pytest.mark.parametrize("package", COMMANDS)
def test_the_table_of_commands_is_complete(package):
    """It names exactly the commands that each sub-package defines."""
    module = import_module(f"echostream_cli.{package}.commands")
    assert set(typer.main.get_group(module.app).commands) == set(COMMANDS[package])


def test_wrong_arguments():
    """An option that does not exist ends with exit code 2 and names it."""
    result = CliRunner().invoke(app, ["backup", "--tow", "x"])
    assert result.exit_code == 2
    assert "--tow" in result.stderr


def test_make_targets_call_commands_that_exist():
    """Each target of the Makefile that runs `echostream` names one of its commands."""
    called = set(re.findall(r"\$\(ECHOSTREAM\) ([a-z-]+)", (ROOT / "Makefile").read_text()))
    assert len(called) > 20
    assert called <= set(NAMES)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["seed", "--dataset", "novels"], "DATASET:"),
        (["import", "--file", ""], "FILE:"),
        (["query", "--sql", "SELECT 1", "--format", "xml"], "FORMAT:"),
        (["query"], "SQL:"),
        (["crawl", "--crawler", "a", "--path", "s3://b/"], "CRAWLER:"),
        (["rescore", "--engine", "oracle"], "ENGINE:"),
        (["rescore", "--engine", "vader", "--tenant", "a/b"], "TENANT:"),
        (["rotate", "--who", "nobody"], "WHO:"),
        (["restore", "--from", ""], "FROM:"),
        (["deploy", "--stage", "nowhere"], "STAGE:"),
        (["deploy", "--accept", "everything"], "ACCEPT:"),
        (["destroy", "--data", "lose"], "DATA:"),
        (["user", "--name", "ann"], "TENANT:"),
        (["backup", "--stage", "nowhere"], "STAGE:"),
        (["cost", "--number", "3"], "N:"),
    ],
)
def test_bad_values_are_named(arguments, named):
    """The message names the variable of the make target, before anything is started."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith(f"error: {named}")
