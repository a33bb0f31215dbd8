"""The deployed API keeps to docs/openapi.yaml, whatever schemathesis thinks of."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

from localstack.outputs import demo_user
from localstack.settings import ROOT

# A schema cannot say that `to` comes after `from` or what retention keeps, and the gateway
# answers 404, not 405, where a path does not know a method.
BEYOND_THE_SCHEMA = [positive_data_acceptance, unsupported_method]
SCHEMA = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yaml")


@pytest.fixture(scope="module")
def token(settings, sandbox):
    return demo_user(settings, sandbox).token()


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_keep_to_the_contract(case, sandbox, token):
    """Every generated request is answered with a status and a body that the contract knows."""
    headers = {"Authorization": f"Bearer {token}"} if case.operation.path != "/health" else {}
    case.call_and_validate(
        base_url=sandbox["API_URL"], headers=headers, excluded_checks=BEYOND_THE_SCHEMA
    )
