"""The companion as a package of its own: what the project and the companion have in common."""

import ast
import re
import tomllib

import pytest

from aws_companion.app import MODEL_HEADER
from echostream.adapters import comprehend
from echostream_cli.paths import ROOT

COMPANION = ROOT / "companion"
PROJECT = {"bench", "costs", "dashboard", "deployment", "echostream", "lambdas", "localstack"}
PROJECT |= {"echostream_cli", "echostream_client", "notebooks", "operations", "seed", "tests"}
SOURCES = sorted([*COMPANION.rglob("src/**/*.py"), *COMPANION.glob("tests/*.py")])


def imported_packages(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_companion_imports_nothing_of_the_project(path):
    """It is installed alone, so neither its code nor its tests import the rest."""
    assert not PROJECT & set(imported_packages(path))


def test_the_model_header_is_the_one_that_the_adapter_reads():
    """The companion names its model in the header that the Comprehend adapter looks for."""
    assert MODEL_HEADER == comprehend.MODEL_HEADER


def test_the_image_has_the_dependencies_of_the_package():
    """requirements/companion.in lists the dependencies of companion/pyproject.toml, extras too."""
    project = tomllib.loads((COMPANION / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [
        *project["dependencies"],
        *extras["athena"],
        *extras["crawler"],
        *extras["comprehend"],
    ]
    lines = (ROOT / "requirements" / "companion.in").read_text().splitlines()
    names = [re.match(r"[\w-]+", line) for line in (*needed, *lines)]
    assert {name[0] for name in names[: len(needed)]} == {
        name[0] for name in names[len(needed) :] if name
    }
