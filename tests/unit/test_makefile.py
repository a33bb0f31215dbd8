"""What a user gives to `make` reaches the programs as it is: nothing evaluates it on the way."""

import os
import re
import subprocess

import pytest

from tests.make_targets import MAKE, MAKEFILE, calls, targets, variables

VALUES = {
    "of make": "$(shell touch canary) $(eval X:=$(shell touch canary)) $(error no) $(1) $@ %",
    "of make, twice": "$$(shell touch canary) $$$(shell touch canary), the $ you paid? $",
    "of the shell": "`touch canary` $(touch canary) ${HOME} $HOME ~ * ? [a-z]",
    "single quotes": "'; touch canary; ' 'a' don't",
    "double quotes": '"; touch canary; " "b"',
    "backslashes": r"\\\ \n \' \" \$(touch canary) ) ( \ ".rstrip(),
    "lines": "\n\ttouch canary\n\\\ntouch canary\n\n",
    "operators": "--help # a=b c:=d e!=touch canary; f && touch canary | touch canary > canary & g",
    "spaces and letters": "  é \t ü  日本語 👍🏽 \u2019 \u00a0 \t",
    "bytes": os.fsdecode(bytes(range(1, 256))),
}
COMMAND_LINE, ENVIRONMENT = "command line", "environment"
ALTERNATIVES = ("FILE", "DOCS_PER_DAY")
"""Variables without which a recipe passes another one, and the targets of these recipes."""
THEIR_TARGETS = ("query", "cost")


def as_make_takes(value):
    """A value on make's command line, which loses the spaces and line ends before it."""
    return value.lstrip(" \t\n\v\f\r")


def run(folder, how, values, *arguments):
    """What `make` calls, with variables on its command line or in its environment."""
    folder.mkdir()
    if how == ENVIRONMENT:
        return calls(folder, *arguments, environment=values)
    return calls(folder, *arguments, *(f"{name}={value}" for name, value in values.items()))


@pytest.fixture(scope="module", params=["all", "alternatives"])
def given(request):
    """Targets, and the variables that are given to them."""
    if request.param == "all":
        return targets(), variables()
    return THEIR_TARGETS, [name for name in variables() if name not in ALTERNATIVES]


@pytest.fixture(scope="module", params=[COMMAND_LINE, ENVIRONMENT])
def how(request):
    return request.param


@pytest.fixture(scope="module")
def pattern(given, how, tmp_path_factory):
    """What is called, with `<NAME>` for the value of each variable."""
    arguments, names = given
    folder = tmp_path_factory.mktemp("pattern") / "folder"
    return run(folder, how, {name: f"<{name}>" for name in names}, *arguments)


def fill(word, values):
    """A word of a pattern with the values in it."""
    return re.sub(r"<(\w+)>", lambda name: values[name[1]], word)


@pytest.mark.parametrize("value", VALUES.values(), ids=list(VALUES))
def test_each_target_passes_each_variable_as_it_is(given, how, pattern, value, tmp_path):
    """Each target of `make help`, all variables at once, in one run of `make`."""
    arguments, names = given
    start = value if how == ENVIRONMENT else as_make_takes(value)
    values = {name: f"{start}{name}{value}" for name in names}
    received = run(tmp_path / "folder", how, values, *arguments)
    assert received == [[fill(word, values) for word in call] for call in pattern]
    assert not (tmp_path / "folder" / "canary").exists()


def test_each_variable_of_a_macro_is_passed(tmp_path):
    """The pattern of the test above has all of them."""
    macro = r"\$\(call (?:option,[\w-]+|quoted),([A-Z_]+)"
    names = {*re.findall(macro, MAKEFILE.read_text())}
    received = run(
        tmp_path / "all", COMMAND_LINE, {name: f"<{name}>" for name in names}, *targets()
    )
    few = {name: f"<{name}>" for name in names - {*ALTERNATIVES}}
    received += run(tmp_path / "few", COMMAND_LINE, few, *THEIR_TARGETS)
    assert len(names) > 40
    assert names - {*re.findall(r"<(\w+)>", repr(received))} == set()


@pytest.mark.parametrize("value", VALUES.values(), ids=list(VALUES))
@pytest.mark.parametrize(
    "program", ["env -0 #", f"{MAKE} --silent --file=inner.mk #"], ids=["program", "inner make"]
)
@pytest.mark.parametrize("name", ["ENGINE", "UNKNOWN"])
def test_programs_get_the_command_line_in_their_environment(tmp_path, name, program, value):
    """As it was given, also through another `make`, whose command line it is not on."""
    (tmp_path / "inner.mk").write_text("all:\n\t@env -0\n")
    command = [MAKE, "--silent", f"--file={MAKEFILE}", "--old-file=environments", "site"]
    process = subprocess.run(
        [*command, f"ECHOSTREAM={program}", f"{name}={value}"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=True,
    )
    lines = process.stdout.decode(errors="surrogateescape").split("\0")
    assert f"{name}={as_make_takes(value)}" in lines
    assert [path.name for path in tmp_path.iterdir()] == ["inner.mk"]


@pytest.mark.parametrize("how", [COMMAND_LINE, ENVIRONMENT])
def test_each_variable_alone_is_not_evaluated(tmp_path, how):
    """A recipe may read it only if another one is not given."""
    value = "aws $(shell touch canary) `touch canary`; touch canary; '"
    for name in variables():
        run(tmp_path / name, how, {name: value}, "query", "doctor", "support-bundle", "test")
        assert not (tmp_path / name / "canary").exists(), name


def one_command(folder, how, values, target):
    """The arguments of `echostream` in a target."""
    [_, (_, _, _, _, *words)] = run(folder, how, values, target)
    return words


@pytest.mark.parametrize("how", [COMMAND_LINE, ENVIRONMENT])
@pytest.mark.parametrize(
    ("target", "values", "words"),
    [
        ("import", {}, ["import", "--file="]),
        ("import", {"TEXT": ""}, ["import", "--file="]),
        ("query", {"SQL": "a"}, ["query", "--sql=a"]),
        ("query", {"SQL": "a", "TENANT": ""}, ["query", "--sql=a", "--tenant="]),
        ("query", {"FILE": "f", "SQL": "a"}, ["query", "--file=f"]),
        ("query", {"ON": "aws"}, ["query", "--sql=", "--stage=staging"]),
        ("query", {"ON": "here"}, ["query", "--sql="]),
        ("recount", {"STAGE": "prod"}, ["recount", "--stage=prod"]),
        ("recount", {"ENDPOINT": "http://a"}, ["recount"]),
        ("diff-aws", {"STAGE": ""}, ["diff", "--stage=staging"]),
        ("rescore", {}, ["rescore", "--engine=comprehend"]),
        ("doctor", {"STAGE": "prod"}, ["doctor"]),
        ("doctor", {"STAGE": "prod", "AWS": "1"}, ["doctor", "--aws", "--stage=prod"]),
        ("support-bundle", {"PROBES": "off"}, ["support-bundle", "--no-probes"]),
        ("support-bundle", {"PROBES": "on"}, ["support-bundle"]),
        ("cost", {"N": "3"}, ["cost", "--number=3"]),
        ("user-aws", {"NAME": "-x"}, ["--new-tenant", "--stage=staging", "--", "-x"]),
    ],
)
def test_conditions(tmp_path, how, target, values, words):
    """An empty value is as none, except where it means something."""
    received = one_command(tmp_path / "folder", how, values, target)
    assert received[-len(words) :] == words
    assert target == "user-aws" or received == words


def test_variables_of_desktops_are_not_options(tmp_path):
    """LINES of a terminal, and the settings of sources, count on the command line only."""
    values = {"LINES": "50", "CHANNEL": "b", "TAGS": ""}
    for how, lines, settings in (
        (ENVIRONMENT, [], []),
        (COMMAND_LINE, ["--lines=50"], ["TAGS=", "CHANNEL=b"]),
    ):
        logs = one_command(tmp_path / f"logs {how}", how, values, "logs")
        live = one_command(tmp_path / f"live {how}", how, values, "live")
        assert logs == ["logs", *lines]
        assert live == ["live", "--", "rss", *settings]


@pytest.mark.parametrize(
    ("target", "before"),
    [("test", "-q "), ("test-unit", "-q --numprocesses 3 "), ("test-functions", "-q --num")],
)
def test_arguments_of_pytest_come_last(tmp_path, target, before):
    """After those of the Makefile, and of the user's environment, which they override."""
    values = {"ARGS": "-k 'a or b' -n0", "PYTEST_ADDOPTS": "-q"}
    *_, (options, *_) = run(tmp_path / "folder", COMMAND_LINE, values, target)
    assert options.startswith(before)
    assert options.endswith(" -k 'a or b' -n0")
    assert ("--cov" in options) is False
    *_, (options, *_) = run(tmp_path / "none", COMMAND_LINE, {}, target)
    assert ("--cov" in options) is (target == "test")
