"""A lake of its own for each test."""

import pytest

from tests.integration.echostream.lake import Lake


@pytest.fixture
def lake(settings, sandbox, name):
    return Lake(settings, sandbox, name)
