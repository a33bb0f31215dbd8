"""Checks before a deployment: credentials, account, region, quotas, monthly cost."""

from dataclasses import replace

import pytest
from botocore.exceptions import NoCredentialsError

from echostream_cli import stages
from echostream_cli.deploy import (
    estimate,
    preflight,
)
from echostream_cli.errors import UserError
from echostream_cli.paths import ROOT
from echostream_cli.target import Target
from tests.unit.echostream_cli.fake_target import NOTHING_ACCEPTED, FakeTarget, client_error


def test_endpoint_variable_of_the_shell_is_ignored(monkeypatch):
    """AWS_ENDPOINT_URL of a sandbox's shell does not redirect a deployment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    target = Target("s", "prod", "eu-central-1")
    assert target.client("sts").meta.endpoint_url == "https://sts.eu-central-1.amazonaws.com"
    assert "AWS_ENDPOINT_URL" not in target.environment()
    emulated = Target("s", "prod", "eu-central-1", "http://localhost:2")
    assert emulated.client("sts").meta.endpoint_url == "http://localhost:2"
    assert emulated.environment()["AWS_ENDPOINT_URL"] == "http://localhost:2"


def test_missing_credentials_are_refused_with_how_to_sign_in():
    """The message names AWS_PROFILE."""
    target = FakeTarget(sts={"get_caller_identity": NoCredentialsError()})
    with pytest.raises(UserError, match=r"no valid credentials.*AWS_PROFILE"):
        preflight.check_credentials(target, "")


def test_wrong_account_is_refused():
    """The message names both accounts."""
    identity = {"Account": "111111111111", "Arn": "arn:me"}
    target = FakeTarget(sts={"get_caller_identity": identity})
    assert "111111111111" in preflight.check_credentials(target, "111111111111")
    with pytest.raises(UserError, match=r"account 111111111111.*222222222222"):
        preflight.check_credentials(target, "222222222222")


def test_region_of_the_shell_that_differs_is_refused():
    """An old variable must not lead to a second deployment in another region."""
    target = FakeTarget()
    assert preflight.check_region(target, {}) == "us-east-1"
    with pytest.raises(UserError, match="shell's region is eu-west-1"):
        preflight.check_region(target, {"AWS_DEFAULT_REGION": "eu-west-1"})


def test_low_quota_is_refused_unless_accepted():
    """The message contains the command that requests a higher quota."""
    settings = {"AccountLimit": {"ConcurrentExecutions": 10}}
    target = FakeTarget(**{"lambda": {"get_account_settings": settings}})
    with pytest.raises(UserError, match=r"request-service-quota-increase.*ACCEPT=quota"):
        preflight.check_quotas(target, NOTHING_ACCEPTED)
    assert preflight.check_quotas(target, frozenset({"quota"})) == "10 functions at once"


def test_unknown_quota_is_reported_as_not_checked():
    """The deployment continues, and the note contains the error code."""
    target = FakeTarget(**{"lambda": {"get_account_settings": client_error("AccessDenied")}})
    assert (
        preflight.check_quotas(target, NOTHING_ACCEPTED)
        == "not checked (Lambda returned AccessDenied)"
    )


def test_estimate_over_the_budget_is_refused_unless_accepted(capsys):
    """The estimate is printed first; the message contains both amounts."""
    stage = stages.load("staging")
    busy = type(stage)(
        stage.name, stage.stack_name, stage.region, {"MonthlyBudget": "1"}, "", 10_000_000
    )
    with pytest.raises(UserError, match=r"over MonthlyBudget=\$1.00.*ACCEPT=budget"):
        estimate.print_estimate(busy, {}, NOTHING_ACCEPTED)
    assert "10,000,000 documents a day" in capsys.readouterr().out
    estimate.print_estimate(busy, {}, frozenset({"budget"}))
    assert "ACCEPTED (budget)" in capsys.readouterr().out


def test_estimate_uses_the_parameters_of_the_stage(capsys):
    """A stage's SpendCap overrides the template's; README.md quotes the total of staging."""
    stage = stages.load("staging")
    estimate.print_estimate(stage, {}, NOTHING_ACCEPTED)
    output = capsys.readouterr().out
    [total] = [line for line in output.splitlines() if "free tier" in line]
    assert total in (ROOT / "README.md").read_text()
    assert "set AlarmEmail in samconfig.toml" in output
    busy = replace(
        stage,
        parameters={"SpendCap": "5000000", "MonthlyBudget": "25"},
        documents_per_day=100_000,
    )
    with pytest.raises(UserError, match=r"estimate of \$5\d\d\.\d\d is over"):
        estimate.print_estimate(busy, {"Engine": "comprehend"}, NOTHING_ACCEPTED)
