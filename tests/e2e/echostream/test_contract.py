"""The deployed API conforms to docs/openapi.yaml, for requests that schemathesis generates."""

import uuid

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
)

from echostream_cli.paths import ROOT
from tests.accounts import Account

# A schema cannot express that `to` follows `from`, nor the start of the retention. For a method
# that a path does not support, the gateway returns 404 instead of 405.
EXCLUDED_CHECKS = [positive_data_acceptance, unsupported_method]
TOO_LARGE = 413
"""A rejection that schemathesis does not expect of invalid data; it can generate large bodies."""
SCHEMA = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.yaml")


@pytest.fixture(scope="module")
def token(settings, sandbox):
    """Of an admin of a tenant of its own, whose members and machine users the requests change."""
    name = f"contract-{uuid.uuid4().hex[:8]}"
    account = Account(settings, sandbox, name, tenant=name).with_password()
    return account.user.token()


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_responses_conform_to_the_contract(case, sandbox, token):
    """Every generated request gets a status and a body that the contract defines."""
    headers = {"Authorization": f"Bearer {token}"} if case.operation.path != "/health" else {}
    response = case.call(base_url=sandbox["API_URL"], headers=headers)
    excluded = list(EXCLUDED_CHECKS)
    if has_rejected_documents(response) or response.status_code == TOO_LARGE:
        excluded.append(negative_data_rejection)
    case.validate_response(response, headers=headers, excluded_checks=excluded)


def has_rejected_documents(response):
    """Whether a batch was accepted without its invalid documents, as the contract allows."""
    return response.status_code == 202 and bool(response.json().get("rejected"))
