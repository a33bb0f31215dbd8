"""The part of the page Tenant for admins, in Streamlit's AppTest and in a browser."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.data.auth import enter
from echostream.domain.members import Role
from echostream_client.api import ApiFailed
from echostream_client.challenges import NewPassword
from tests.accounts import PASSWORD, Account
from tests.e2e.dashboard.app_actions import button
from tests.e2e.dashboard.page_actions import open_view, sign_in
from tests.polling import wait_until


@pytest.fixture
def tenant_page(page_of, account):
    """The page of an admin."""
    page = page_of("tenant", enter(account.username, PASSWORD)).run()
    assert not page.exception
    return page


def field(page, label):
    """The element for text, a choice or several choices with a label."""
    fields = [*page.text_input, *page.multiselect, *page.selectbox]
    return next(one for one in fields if one.label == label)


def submit(page, label):
    button(page, label).click().run()
    assert not page.exception
    return page


def members_of(page):
    return page.dataframe[1].value.set_index("Name")


def test_members_without_the_role_see_no_members(page_of, settings, sandbox, name):
    """The page has their quotas only."""
    roles = frozenset({Role.READER, Role.WRITER})
    account = Account(settings, sandbox, name, name, roles).with_password()
    page = page_of("tenant", enter(account.username, PASSWORD)).run()
    assert not page.exception
    assert [header.value for header in page.header] == ["Quotas"]
    assert len(page.dataframe) == 1
    assert not page.text_input


def test_person_is_invited_changed_and_removed(tenant_page, account, sandbox):
    """The password is shown once; a removal has to be confirmed."""
    page, person = tenant_page, f"{account.username}-bob"
    field(page, "Name of a new member").input(f" {person} ")
    submit(page, "Invite")
    address, user_name, password = (code.value for code in page.code)
    assert (address, user_name) == (sandbox["SITE_URL"], person)
    assert isinstance(enter(person, password), NewPassword)
    assert members_of(page).loc[person, "Roles"] == "reader"
    submit(page, "Hide")
    assert not page.code
    field(page, "Person").select(person).run()
    field(page, "Roles").set_value(["writer", "admin"]).run()
    submit(page, "Change roles")
    assert members_of(page).loc[person, "Roles"] == "writer, admin"
    field(page, "Person").select(person).run()
    submit(page, "Remove the person")
    assert "They can no longer sign in" in page.warning[0].value
    submit(page, "Cancel")
    assert not page.warning
    submit(page, "Remove the person")
    yes = next(one for one in page.button if one.label.startswith("Yes, remove"))
    yes.click().run()
    assert not page.exception
    assert list(members_of(page).index) == [account.username]


def test_machine_user_is_created_rotated_and_removed(tenant_page, account):
    """Its credentials are shown once; without any the page says so."""
    page = tenant_page
    assert "no machine users" in page.info[0].value
    field(page, "Name of a new machine user").input("importer")
    submit(page, "Create")
    url, client_id, secret, scope = (code.value for code in page.code)
    assert (url.endswith("/oauth2/token"), scope) == (True, "echostream/writer")
    assert members_of(page).loc["importer", "Client id"] == client_id
    page.checkbox[0].check()
    submit(page, "Make new credentials")
    assert page.code[2].value != secret
    assert members_of(page).loc["importer", "Client id"] == page.code[1].value
    submit(page, "Remove the machine user")
    submit(page, "Yes, remove importer")
    assert "importer" not in members_of(page).index
    assert not page.code
    assert "no machine users" in page.info[0].value


def test_refused_change_is_explained(tenant_page, account):
    """With the reason of the API; the lists stay."""
    page = tenant_page
    field(page, "Name of a new member").input("a b")
    submit(page, "Invite")
    assert page.error[0].value.startswith("Nothing was changed. name")
    assert "begins with a letter or a digit" in page.error[0].value
    submit(page, "Remove the person")
    yes = next(one for one in page.button if one.label.startswith("Yes, remove"))
    yes.click().run()
    assert "is the last admin" in page.error[0].value
    assert list(members_of(page).index) == [account.username]


def test_change_without_a_response_may_have_been_made(tenant_page, monkeypatch):
    """The page says that the list shows it."""

    def fail(*_, **__):
        raise ApiFailed(None, "late", "no response")

    monkeypatch.setattr("echostream_client.api.ApiClient.create_machine", fail)
    field(tenant_page, "Name of a new machine user").input("importer")
    submit(tenant_page, "Create")
    assert "takes too long" in tenant_page.error[0].value
    assert "Check the list before you try again" in tenant_page.error[0].value


def test_author_is_erased(tenant_page, account):
    """The name has to be typed twice; the list shows the erasure, without the name."""
    page, author = tenant_page, "Ann O'Hara"
    account.send("a text", author=author)
    assert any("Nothing was erased yet." in info.value for info in page.info)
    for repeated in ("Ann", author):
        field(page, "Name of the author, or id of the document").input(author)
        field(page, "Repeat the name or id to confirm").input(repeated)
        submit(page, "Erase permanently")
        if repeated != author:
            assert "The two entries differ" in page.error[0].value
            assert len(account.api.query()["documents"]) == 1
    assert wait_until(lambda: account.api.query()["documents"] == [])
    table = page.dataframe[2].value
    assert list(table["What"]) == ["Author"]
    assert author not in str(table)
    assert account.api.erasures()["erasures"][0]["kind"] == "author"


def test_admin_manages_members_in_a_browser(environment, page, account):
    """Invites a person, sees the password once, changes the roles, removes the person."""
    person = f"{account.username}-bob"
    sign_in(page, account)
    open_view(page, "Tenant")
    page.get_by_label("Name of a new member", exact=True).fill(person)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("Copy this now.")).to_be_visible()
    password = page.get_by_test_id("stCode").nth(2).inner_text().strip()
    assert isinstance(enter(person, password), NewPassword)
    page.get_by_role("button", name="Hide", exact=True).click()
    expect(page.get_by_text(password)).to_have_count(0)
    page.get_by_role("combobox", name=re.compile("Person")).click()
    page.get_by_role("option", name=person, exact=True).click()
    page.locator(f".st-key-roles-{person}-reader").get_by_role("combobox").click()
    page.get_by_role("option", name="writer", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Change roles").click()
    expect(page.get_by_text("are changed. They take effect within a minute")).to_be_visible()
    stored = {m["name"]: m["roles"] for m in account.api.members()["members"]}
    assert stored[person] == ["reader", "writer"]
    page.get_by_role("button", name="Remove the person").click()
    page.get_by_role("button", name=f"Yes, remove {person}").click()
    expect(page.get_by_text("is removed. Access ends within a minute")).to_be_visible()
    assert [m["name"] for m in account.api.members()["members"]] == [account.username]
