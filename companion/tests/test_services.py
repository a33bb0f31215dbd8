"""Services by extra: installed ones load; for the others, errors name the extra."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from aws_companion import services
from aws_companion.app import Companion
from aws_companion.emulator import Emulator
from aws_companion.protocol import service_model
from aws_companion.services import EXTRAS, Options, load_services

EMULATOR = Emulator("http://127.0.0.1:9", "us-east-1")


@pytest.fixture
def not_installed(monkeypatch):
    """A set of modules; each module in it appears to be not installed."""
    modules: set[str] = set()
    monkeypatch.setattr(
        services, "find_spec", lambda name: None if name in modules else find_spec(name)
    )
    return modules


def load(tmp_path):
    return load_services(EMULATOR, Options(tmp_path))


def test_installed_services_load(tmp_path):
    """With every extra installed, nothing is missing."""
    installed, missing = load(tmp_path)
    names = {service.model.service_name for service in installed}
    assert names == {"athena", "bedrock-runtime", "comprehend", "glue"}
    assert missing == []


WITH_PACKAGES = [extra for extra in EXTRAS if extra.modules]
"""The extras that can be not installed."""


@pytest.mark.parametrize("extra", WITH_PACKAGES, ids=lambda extra: extra.name)
def test_missing_service_names_its_extra(tmp_path, not_installed, extra):
    """The other services load; the readiness route and an error name the extra."""
    not_installed.add(extra.modules[-1])
    installed, missing = load(tmp_path)
    assert extra.service not in {service.model.service_name for service in installed}
    with TestClient(
        Companion(installed, EMULATOR, missing).app(), base_url="http://localhost"
    ) as http:
        ready = http.get("/_companion/ready").json()
        assert any(f"aws-companion[{extra.name}]" in line for line in ready["not_installed"])
        prefix = service_model(extra.service).metadata["targetPrefix"]
        response = http.post("/", content=b"{}", headers={"X-Amz-Target": f"{prefix}.Anything"})
    assert response.status_code == 400
    assert response.json()["__type"] == "UnsupportedOperationException"
    assert f"no module {extra.modules[-1]}" in response.json()["message"]


def test_extras_have_the_packages_of_their_modules():
    """pyproject.toml lists a package for each module of an extra, and no other."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    for extra in EXTRAS:
        requirements = project["optional-dependencies"][extra.name]
        packages = {re.split(r"[^\w-]", line)[0].replace("-", "_") for line in requirements}
        assert packages == set(extra.modules)
