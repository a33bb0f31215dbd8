"""The companion is a package of its own that agrees with the project where they meet."""

import ast
import tomllib

import pytest
from packaging.requirements import Requirement

from aws_companion.responses import MODEL_HEADER
from echostream.adapters import paid_calls
from echostream_cli.paths import ROOT

COMPANION = ROOT / "companion"
PROJECT = {"bench", "dashboard", "echostream", "echostream_cli", "echostream_client"}
PROJECT |= {"lambdas", "notebooks", "seed", "tests"}
SOURCES = sorted([*COMPANION.rglob("src/**/*.py"), *COMPANION.glob("tests/*.py")])


def imported_packages(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_companion_imports_no_module_of_the_project(path):
    """It is installed alone, so neither its code nor its tests may import the project."""
    assert not PROJECT & set(imported_packages(path))


def test_companion_and_adapter_use_the_same_model_header():
    """The companion names its model in the header that the Comprehend adapter reads."""
    assert MODEL_HEADER == paid_calls.MODEL_HEADER


def test_image_has_the_dependencies_of_the_package():
    """requirements/companion.in lists the dependencies of companion/pyproject.toml, with extras."""
    project = tomllib.loads((COMPANION / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    dependencies = [
        *project["dependencies"],
        *extras["athena"],
        *extras["crawler"],
        *extras["comprehend"],
    ]
    lines = (ROOT / "requirements" / "companion.in").read_text().splitlines()
    assert package_names(dependencies) == package_names(lines)


def package_names(requirements):
    """The names in requirements without their versions; comments and empty lines have none."""
    lines = (line.partition("#")[0].strip() for line in requirements)
    return {Requirement(line).name for line in lines if line}
