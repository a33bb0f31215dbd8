"""Fixtures of all browser tests. `open_page` is that of the frontend: its folder's conftest."""

import pytest

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
