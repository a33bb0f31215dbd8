"""The deployed API keeps to docs/openapi.yaml, whatever schemathesis thinks of."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from echostream_cli.outputs import demo_user
from echostream_cli.paths import ROOT

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
    response = case.call(base_url=sandbox["API_URL"], headers=headers)
    excluded = list(BEYOND_THE_SCHEMA)
    if names_rejected_documents(response):
        excluded.append(negative_data_rejection)
    case.validate_response(response, headers=headers, excluded_checks=excluded)


def names_rejected_documents(response) -> bool:
    """Whether a batch was taken without its bad documents, which is how the API refuses those."""
    return response.status_code == 202 and bool(response.json()["rejected"])
