"""The shape of the code: what may import what, and names that match."""

import ast
import re

import pytest
import yaml

from echostream_cli.paths import ROOT
from echostream_cli.sandbox import compose


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


def test_lambdas_import_what_the_layers_hold():
    """The layers have no sqlglot and no pandas, so no function imports what needs them."""
    imported = {
        node.module
        for path in (ROOT / "lambdas").glob("*/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    ours = {name for name in imported if name.startswith("echostream_c")}
    assert ours == {"echostream_client.api", "echostream_client.cognito"}
