"""Fixtures of all browser tests. `open_page` is that of the frontend: its folder's conftest."""

import uuid

import pytest

from tests import two_tenants
from tests.accounts import Account
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip(NO_CHROMIUM)
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


@pytest.fixture(scope="session")
def tenants(settings, sandbox):
    """Two tenants with the same ids; the name of the second begins with that of the first."""
    return two_tenants.make(settings, sandbox, f"t{uuid.uuid4().hex[:8]}")


@pytest.fixture(params=["first", "second"])
def both(request, tenants):
    """The tenant that attacks, and the other one: each in turn."""
    return tenants if request.param == "first" else tenants[::-1]
