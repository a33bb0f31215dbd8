"""The dashboard's pages for members of two tenants in one process: each sees its own only."""

import pytest

from dashboard.data.auth import enter
from tests.accounts import PASSWORD
from tests.e2e.dashboard.app_actions import button, total_of

PAGES = ("live", "explore", "themes", "alerts", "sources", "history", "tenant")
SQL = "SELECT text, author, tenant_id FROM documents ORDER BY text"


@pytest.fixture
def members(environment, tenants):
    """A signed-in member of each tenant."""
    return [enter(tenant.username, PASSWORD) for tenant in tenants]


def content(page):
    """All that a page sends to the browser: texts, tables, and the data of charts."""
    elements = [element for element in page._tree if hasattr(element, "proto")]
    protos = [element.proto for element in elements if element.proto is not None]
    return b"\n".join(proto.SerializeToString() for proto in protos)


def names(tenant):
    """What no page of another tenant has: the mark of the texts, and the tenant's own name.

    The name of one tenant is the beginning of the other's, so that an end follows each.
    """
    return [tenant.mark.encode(), *(f"{tenant.name}{end}".encode() for end in ("-member", ". "))]


def open_page(page_of, name, member):
    page = page_of(name, member).run()
    if name == "history":
        page.text_area[0].input(SQL).run()
        button(page, "Run").click().run()
    assert not page.exception
    assert not page.error
    return page


@pytest.mark.parametrize("name", PAGES)
def test_page_shows_the_own_tenant(page_of, members, tenants, name):
    """One after the other, and the first again: no text, author or name of the other tenant."""
    for index in (0, 1, 0):
        own, other = tenants[index], tenants[1 - index]
        shown = content(open_page(page_of, name, members[index]))
        assert not any(text in shown for text in names(other))
        if name in ("live", "explore", "history"):
            assert own.mark.encode() in shown
        if name == "tenant":
            assert f"Tenant {own.name}. ".encode() in shown


def test_numbers_are_those_of_the_own_tenant(page_of, members, tenants):
    """Of Live, Sources and Tenant, as recounted from what was sent."""
    for tenant, member in zip(tenants, members, strict=True):
        live = page_of("live", member)
        live.session_state["filter.period"] = "Last 7 days"
        assert total_of(live.run()) == len(tenant.documents)
        sources = page_of("sources", member)
        sources.session_state["filter.period"] = "Last 7 days"
        table = sources.run().dataframe[0].value.set_index("Source")["Documents"]
        assert table.to_dict() == tenant.recount_sources()
        quotas = open_page(page_of, "tenant", member).dataframe[0].value.set_index("Quota")
        assert quotas.loc["Stored documents", "Used"] == len(tenant.documents)


def sign_in(app, tenant):
    app.text_input[0].input(tenant.username)
    app.text_input[1].input(PASSWORD)
    button(app, "Sign in").click().run()
    assert not app.exception


@pytest.mark.parametrize("is_signed_out", [True, False], ids=["signed out", "session ended"])
def test_tab_of_a_former_viewer_shows_nothing_of_them(app, tenants, is_signed_out):
    """In the same tab, after a sign-out, and after the end of a session."""
    app.run()
    sign_in(app, tenants[0])
    assert tenants[0].mark.encode() in content(app)
    app.session_state["explore.search"] = tenants[0].mark
    if is_signed_out:
        button(app, "Sign out").click().run()
    else:
        app.session_state["ended"] = True
        app.run()
    sign_in(app, tenants[1])
    shown = content(app)
    assert tenants[1].mark.encode() in shown
    assert not any(text in shown for text in names(tenants[0]))
    assert "explore.search" not in app.session_state
