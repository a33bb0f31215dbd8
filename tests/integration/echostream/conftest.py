"""The table of the sandbox, with a tenant, a time and a lake of its own for each test."""

from datetime import UTC, datetime

import pytest

from tests.integration.echostream.lake import Lake


@pytest.fixture
def lake(settings, sandbox, name):
    return Lake(settings, sandbox, name)


@pytest.fixture
def table(settings, sandbox):
    """A client of DynamoDB, and the name of the table."""
    return settings.target.client("dynamodb"), sandbox["TABLE_NAME"]


@pytest.fixture
def tenant(name):
    return name


@pytest.fixture
def at():
    """A time near now, with a fraction of a second."""
    return datetime.now(UTC).replace(minute=30, second=0, microsecond=123456)
