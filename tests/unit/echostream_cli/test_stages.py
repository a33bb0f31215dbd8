"""The stages of samconfig.toml, and the template's parameters that follow from them."""

from dataclasses import replace

import pytest

from echostream_cli import lambda_platform, stages
from echostream_cli.deploy import (
    parameters,
)
from echostream_cli.errors import UserError
from echostream_cli.lambda_platform import LambdaPlatform, own_runtime

SAMCONFIG = """
[staging.global.parameters]
stack_name = "s"
region = "eu-west-1"
[staging.deploy.parameters]
parameter_overrides = ["Stage=staging", "MonthlyBudget=10"]
[staging.echostream.parameters]
documents_per_day = 1000
account = "123456789012"
"""


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_stages_of_the_repository_are_valid(name):
    """Each stage has its own stack, and a budget."""
    stage = stages.load(name)
    assert stage.stack_name == f"echostream-{name}"
    assert stage.parameters["Stage"] == name
    assert float(stage.parameters["MonthlyBudget"]) > 0


def test_valid_samconfig_is_read(tmp_path):
    """The file that the next test invalidates line by line is valid."""
    file = tmp_path / "samconfig.toml"
    file.write_text(SAMCONFIG)
    assert stages.load("staging", file).account == "123456789012"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"s"', '""', "[staging.global.parameters] stack_name"),
        ("1000", '"many"', "documents_per_day must be a number"),
        ("123456789012", "12345", "account must be twelve digits"),
        ("Stage=staging", "Stage=prod", 'must hold "Stage=staging"'),
        ('["Stage', '[3, "Stage', 'must be a list of "Name=value"'),
        ('["Stage', '["BudgetScope=stack", "Stage', 'tags must contain "stack=s"'),
    ],
)
def test_invalid_line_of_samconfig_is_named(tmp_path, old, new, message):
    """The error contains the section, the key and the expected value."""
    file = tmp_path / "samconfig.toml"
    assert SAMCONFIG.count(old) == 1
    file.write_text(SAMCONFIG.replace(old, new))
    with pytest.raises(UserError) as error:
        stages.load("staging", file)
    assert message in str(error.value)


def test_unknown_stage_is_refused_with_the_valid_names():
    """STAGE=production does not exist."""
    with pytest.raises(UserError, match="staging, prod"):
        stages.load("production")


def test_parameters_are_those_of_the_stage_plus_the_emulators_with_an_endpoint():
    """Without an endpoint nothing is added; a malformed endpoint is an error."""
    stage = stages.load("staging")
    assert parameters.resolve(stage, stage.target(), {}) == stage.parameters
    target = stage.target("http://localhost:4999")
    values = parameters.resolve(stage, target, {"AWS_ENDPOINT_URL_ATHENA": "http://x:1"})
    assert values["EmulatorPort"] == "4999"
    assert values["AthenaEndpoint"] == "http://x:1"
    assert values["RetentionDays"] == stage.parameters["RetentionDays"]
    with pytest.raises(UserError, match="ENDPOINT: must be like"):
        parameters.resolve(stage, stage.target("localhost"), {})


@pytest.mark.parametrize(
    ("runtime", "architecture", "wheels"),
    [
        ("python3.11", "arm64", "aarch64-manylinux_2_17"),
        ("python3.11", "x86_64", "x86_64-manylinux_2_17"),
        ("python3.13", "arm64", "aarch64-manylinux_2_28"),
        ("python3.13", "x86_64", "x86_64-manylinux_2_28"),
    ],
)
def test_layers_on_aws_are_built_for_the_functions(runtime, architecture, wheels):
    """For runtime and architecture of the stage; this machine and its Python do not matter."""
    target = stages.load("prod").target()
    values = {"Runtime": runtime, "Architecture": architecture}
    assert parameters.get_platform(values, target) == LambdaPlatform(runtime, architecture, wheels)


def test_layers_on_aws_are_built_for_the_templates_defaults():
    """A stage need not set them."""
    platform = parameters.get_platform({}, stages.load("prod").target())
    assert platform == lambda_platform.on_aws("python3.11", "arm64")


def test_layers_on_an_emulator_are_built_for_its_interpreter():
    """It runs the functions, whatever the stage says; the parameters say what it is."""
    stage = stages.load("prod")
    target = stage.target("http://localhost:4999")
    values = {**stage.parameters, "Runtime": "python3.13", "Architecture": "arm64"}
    platform = parameters.get_platform(values, target)
    assert platform == lambda_platform.on_this_host()
    resolved = parameters.resolve(replace(stage, parameters=values), target, {})
    assert resolved["Runtime"] == platform.runtime == own_runtime()
    assert resolved["Architecture"] == platform.architecture


def test_runtime_without_layers_is_refused():
    """Before the build."""
    with pytest.raises(UserError, match=r"Runtime: must be one of python3.11, python3.13, is"):
        parameters.get_platform({"Runtime": "python3.12"}, stages.load("prod").target())


def test_runtime_without_its_python_is_refused():
    """Its byte code cannot be compiled."""
    with pytest.raises(UserError, match=r"Python 3\.2, which is not installed"):
        LambdaPlatform("python3.2", "arm64", "").find_python()
