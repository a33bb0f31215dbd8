"""The structure of the code: permitted imports, matching names, complete lists of settings."""

import ast
import dataclasses
import re

import pytest
import yaml
from dotenv import dotenv_values

from echostream_cli import settings
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import compose
from echostream_cli.target import FUNCTIONS


class Loader(yaml.CSafeLoader):
    """Reads files with tags; the argument of a short form such as !Ref becomes a plain value."""


Loader.add_multi_constructor(
    "!",
    lambda loader, _, node: (
        loader.construct_mapping(node)
        if isinstance(node, yaml.MappingNode)
        else loader.construct_sequence(node)
        if isinstance(node, yaml.SequenceNode)
        else loader.construct_scalar(node)
    ),
)


def load(path):
    """A YAML file with tags, such as a template or a file of Compose."""
    return yaml.load(path.read_text(), Loader)  # noqa: S506


TEMPLATE = load(ROOT / "template.yaml")
COMPOSE_FILES = [load(path) for path in (compose.FILE, compose.LOCALSTACK_FILE)]


def functions():
    """The properties of each function in the template, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def statements(policies, has_stream=False, has_sender=False):
    """The statements of policies, with a stream and an address that sends reports, or without."""
    for entry in (entry for policy in policies for entry in policy["Statement"]):
        if isinstance(entry, list):
            condition, with_it, without = entry
            assert condition in ("HasStream", "HasAuditLock", "HasReportSender")
            assert without == "AWS::NoValue"
            if {"HasStream": has_stream, "HasReportSender": has_sender}.get(condition):
                yield with_it
        else:
            yield entry


def test_functions_have_the_names_of_their_folders():
    """lambdas/query/ is QueryFunction, with a log group of its own."""
    folders = {path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py")}
    assert {name.removesuffix("Function").lower() for name in functions()} == folders
    assert set(FUNCTIONS) == folders
    for name, properties in functions().items():
        verb = name.removesuffix("Function")
        assert properties["CodeUri"] == f"lambdas/{verb.lower()}"
        assert f"{verb}Logs" in TEMPLATE["Resources"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "lambdas").glob("*/handler.py")), ids=lambda path: path.parent.name
)
def test_handlers_are_short(path):
    """A handler only translates: at most 60 lines, and 15 lines a function."""
    assert len(path.read_text().splitlines()) <= 60
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno
            assert node.end_lineno - node.lineno < 15


EXAMPLE = ROOT / ".env.example"
CONTAINER_SETTINGS = {
    "EMULATOR_MEMORY",
    "COMPANION_MEMORY",
    "JUPYTER_PORT",
    "JUPYTER_TOKEN",
    "LOCALSTACK_IMAGE",
}
"""Settings that only the Compose files read."""


def setting_names():
    """The variables of the settings, without those that a command sets, never a user."""
    names = {field.name.upper() for field in dataclasses.fields(settings.Settings)}
    return names - {"METER_URL", "EMULATOR", "EMULATOR_SECRET"}


def test_example_lists_every_setting():
    """.env.example has a line for each setting, and no other line."""
    assert dotenv_values(EXAMPLE).keys() == setting_names() | CONTAINER_SETTINGS


def test_example_shows_the_defaults(tmp_path):
    """A copy of .env.example as .env changes no setting."""
    assert settings.load({}, EXAMPLE) == settings.load({}, tmp_path / "none")


def test_compose_files_read_known_settings():
    """Each variable is a setting, except CASSETTES and API_ID, which the command sets."""
    variables = set(re.findall(r"\$\{([A-Z_]+)", str(COMPOSE_FILES))) - {"CASSETTES", "API_ID"}
    assert CONTAINER_SETTINGS <= variables <= CONTAINER_SETTINGS | setting_names()


def imported_modules(path):
    """The full names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "lambdas").glob("*/*.py")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_functions_import_modules_of_the_layers_only(path):
    """Of this project: echostream and live sources; in the producer how documents are sent.

    The folders in lambdas/ are no packages, so import-linter does not check them.
    """
    allowed = {"echostream"}
    if path.parent.name in ("alerts", "destinations", "digest", "producer", "sources"):
        allowed |= {"echostream_sources"}
    if path.parent.name == "producer":
        allowed |= {f"echostream_client.{name}" for name in ("api", "ingest_function", "send")}
    project = {"bench", "dashboard", "notebooks", "seed", "aws_companion"}
    for module in imported_modules(path):
        top = module.split(".")[0]
        if top.startswith("echostream") or top in project:
            assert top in allowed or module in allowed, module


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "src" / "echostream").rglob("*.py")),
    ids=lambda path: "/".join(path.parts[-2:]),
)
def test_only_config_reads_the_environment(path):
    """The domain and the adapters receive values from entrypoints/config.py."""
    names = {
        node.attr if isinstance(node, ast.Attribute) else node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.alias)
    }
    if path.name != "config.py":
        assert not names & {"environ", "getenv", "environb"}
