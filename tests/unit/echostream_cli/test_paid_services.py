"""Checks before a deployment: regions of Comprehend and Bedrock, and Comprehend's quotas."""

from dataclasses import replace

import pytest

from echostream_cli import stages
from echostream_cli.deploy import paid_services, preflight
from echostream_cli.deploy.paid_services import NEEDED, QUOTAS, TIMEOUT, check_engine
from echostream_cli.errors import UserError
from echostream_cli.target import Target
from tests.unit.echostream_cli.fake_target import NOTHING_ACCEPTED, FakeTarget, client_error
from tests.unit.test_architecture import TEMPLATE


def stage(**parameters):
    return replace(stages.load("staging"), parameters=parameters)


def target(*quotas, region="us-east-1"):
    """A stage whose account has these quotas, in their order."""
    responses = [one if isinstance(one, Exception) else {"Quota": {"Value": one}} for one in quotas]
    made = FakeTarget(service_quotas={"get_service_quota": responses})
    object.__setattr__(made, "region", region)
    return made


def test_free_engine_needs_no_quota():
    """No call of Service Quotas is made, in any region."""
    assert check_engine(stage(), target(region="us-east-1"), NOTHING_ACCEPTED) == "vader"
    assert check_engine(stage(DigestModel=""), target(region="eu-north-1"), NOTHING_ACCEPTED)


@pytest.mark.parametrize("engine", ["comprehend", "cascade"])
def test_quota_of_both_operations_is_read(engine):
    """The note has both numbers."""
    note = check_engine(stage(Engine=engine), target(10.0, 2.0), NOTHING_ACCEPTED)
    assert note == (
        f"{engine}; BatchDetectSentiment 10 times a second;"
        " BatchDetectDominantLanguage 2 times a second"
    )


@pytest.mark.parametrize("quotas", [(1.0, 10.0), (10.0, 1.0)])
def test_quota_that_a_large_request_exceeds_is_refused(quotas):
    """The message names the parameter, its value, and the command for more; it can be accepted."""
    with pytest.raises(UserError, match=r"Engine=vader.*request-service-quota.*ACCEPT=quota"):
        check_engine(stage(Engine="cascade"), target(*quotas), NOTHING_ACCEPTED)
    assert "1 times" in check_engine(stage(Engine="cascade"), target(*quotas), frozenset({"quota"}))


def test_command_requests_the_quota_of_the_operation():
    """Each operation has a code of its own."""
    for operation, code in QUOTAS.items():
        with pytest.raises(UserError, match=f"call {operation} 1 times.*--quota-code {code}"):
            paid_services.check_rate(target(NEEDED - 1), operation, code, NOTHING_ACCEPTED)


def test_quota_that_cannot_be_read_is_reported():
    """The deployment continues."""
    errors = client_error("AccessDeniedException"), client_error("NoSuchResourceException")
    note = check_engine(stage(Engine="comprehend"), target(*errors), NOTHING_ACCEPTED)
    assert "BatchDetectSentiment not checked (AccessDeniedException)" in note
    assert "BatchDetectDominantLanguage not checked (NoSuchResourceException)" in note


@pytest.mark.parametrize("engine", ["comprehend", "cascade"])
def test_region_without_comprehend_is_refused(engine):
    """The message has the parameters and the regions to choose from; it can be accepted."""
    far = target(10.0, region="eu-north-1")
    message = rf"Engine={engine} .* eu-north-1 .*Engine=vader.*eu-west-1.*ACCEPT=engine"
    with pytest.raises(UserError, match=message):
        check_engine(stage(Engine=engine), far, NOTHING_ACCEPTED)
    assert check_engine(stage(Engine=engine), far, frozenset({"engine"})).startswith(engine)


@pytest.mark.parametrize(
    ("region", "service", "has"),
    [
        ("eu-central-1", "comprehend", True),
        ("eu-north-1", "comprehend", False),
        ("us-gov-west-1", "comprehend", True),
        ("eu-central-1", "bedrock", True),
        ("cn-north-1", "bedrock", False),
    ],
)
def test_regions_are_those_of_the_partition(region, service, has):
    """From botocore's list of endpoints, without a call."""
    assert (region in paid_services.regions_of(service, region)) is has


def test_region_without_bedrock_is_noted():
    """Rules write digests there; that is no reason to refuse."""
    china = target(region="cn-north-1")
    assert "DigestModel" in check_engine(stage(), china, NOTHING_ACCEPTED)
    assert "DigestModel" not in check_engine(stage(DigestModel=""), china, NOTHING_ACCEPTED)


def test_emulator_is_not_checked():
    """It has no regions and no quotas."""
    emulated = Target("s", "staging", "eu-north-1", "http://localhost:4566")
    assert "cascade" in check_engine(stage(Engine="cascade"), emulated, NOTHING_ACCEPTED)


def test_needed_quota_follows_the_time_out_of_the_function():
    """29 s without the stream, which has more time."""
    timeout = TEMPLATE["Resources"]["ProcessorFunction"]["Properties"]["Timeout"]
    assert timeout == ["HasStream", 120, TIMEOUT]
    assert NEEDED == 2


def test_engine_is_checked_before_a_deployment(monkeypatch, tmp_path):
    """After the account's quotas, before the template is validated."""

    def fail(*_):
        raise AssertionError("the engine was not checked")

    monkeypatch.setattr(preflight, "check_credentials", lambda *_: "me")
    monkeypatch.setattr(preflight, "check_region", lambda *_: "here")
    monkeypatch.setattr(preflight, "check_quotas", lambda *_: "enough")
    monkeypatch.setattr(preflight, "validate_template", fail)
    with pytest.raises(UserError, match="Engine=cascade needs"):
        preflight.run_checks(
            stage(Engine="cascade"), target(region="eu-north-1"), "", NOTHING_ACCEPTED, tmp_path
        )
