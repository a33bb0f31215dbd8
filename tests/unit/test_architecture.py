"""The shape of the code: what may import what, and names that match."""

import ast
import re

import pytest
import yaml

from echostream_cli.paths import ROOT
from echostream_cli.sandbox import compose
from echostream_cli.target import FUNCTIONS


class Loader(yaml.SafeLoader):
    """Reads a template, leaving CloudFormation's short forms as plain values."""


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
TEMPLATE = yaml.load((ROOT / "template.yaml").read_text(), Loader)  # noqa: S506


def functions():
    return {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def test_functions_are_named_after_their_folders():
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
def test_handlers_translate_and_nothing_else(path):
    """A handler is short, with short functions."""
    assert len(path.read_text().splitlines()) <= 60
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 15


def test_every_setting_has_a_line_in_the_example():
    """What the Makefile passes on and the settings or containers read is in .env.example."""
    source = (ROOT / "src" / "echostream_cli" / "settings.py").read_text()
    read = {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("text", "number", "choice")
        and isinstance(node.args[0], ast.Constant)
    }
    for file in (compose.FILE, compose.LOCALSTACK_FILE):
        read |= set(re.findall(r"\$\{([A-Z_]+)", file.read_text())) - {"CASSETTES"}
    example = (ROOT / ".env.example").read_text()
    assert read == {line.split("=")[0] for line in example.splitlines() if line[:1].isupper()}
    exported = (ROOT / "Makefile").read_text().split("export ")[1].split("\n\n")[0]
    assert read <= set(exported.replace("\\", "").split()) | {"AWS_REGION"}


def imported_by(path):
    """The modules that a file imports by their full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "lambdas").glob("*/*.py")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_lambdas_import_what_the_layers_hold(path):
    """Functions are no package, so import-linter does not see them: echostream and, in the
    producer, the client's modules that need no package outside the layers."""
    allowed = {"echostream"}
    if path.parent.name == "producer":
        allowed |= {"echostream_client.api", "echostream_client.cognito"}
    project = {"bench", "dashboard", "notebooks", "seed", "aws_companion"}
    for module in imported_by(path):
        top = module.split(".")[0]
        if top.startswith("echostream") or top in project:
            assert top in allowed or module in allowed, module


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "src" / "echostream").rglob("*.py")),
    ids=lambda path: "/".join(path.parts[-2:]),
)
def test_the_environment_is_read_in_one_place(path):
    """Only config.py reads the environment; the domain and the adapters are given values."""
    names = {
        node.attr if isinstance(node, ast.Attribute) else node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.alias)
    }
    if path.name != "config.py":
        assert not names & {"environ", "getenv", "environb"}
