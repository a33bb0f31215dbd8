"""Sign-in to the dashboard, in Streamlit's AppTest, against a sandbox."""

from dashboard.data.auth import enter
from dashboard.data.errors import ServiceError
from echostream_client.api import ApiFailed
from tests.accounts import PASSWORD, Account
from tests.e2e.dashboard.app_actions import button, total_of


def test_pages_require_sign_in(app, tweets):
    """Before sign-in and after sign-out the dashboard shows the form only."""
    app.run()
    assert not app.exception
    assert not app.metric
    app.text_input[0].input("demo")
    app.text_input[1].input("wrong")
    button(app, "Sign in").click().run()
    assert app.error[0].value == "The user name or the password is incorrect."
    button(app, "Sign in as the demo user").click().run()
    assert not app.exception
    assert total_of(app) >= len(tweets)
    button(app, "Sign out").click().run()
    assert not app.metric
    assert "You are signed out." in [element.value for element in app.markdown]


def test_each_tab_shows_the_tenant_of_its_user(page_of, account, tweets):
    """Two users in two tabs see the numbers of their own tenants."""
    account.send("I love it")
    theirs = page_of("live", enter(account.username, PASSWORD)).run()
    ours = page_of("live").run()
    assert total_of(theirs) == 1
    assert total_of(ours) >= len(tweets)


def test_temporary_password_must_be_replaced(app, settings, sandbox, name):
    """The form requests a new password; the page follows."""
    Account(settings, sandbox, name, tenant=name)
    app.run()
    app.text_input[0].input(name)
    app.text_input[1].input(PASSWORD)
    button(app, "Sign in").click().run()
    assert app.text_input[0].label == "New password"
    app.text_input[0].input("Another-password-2")
    button(app, "Sign in").click().run()
    assert not app.exception
    assert total_of(app) == 0


def test_expired_password_change_returns_to_sign_in(app, settings, sandbox, name, monkeypatch):
    """The pool accepts the new password for some minutes; later the form says why it is back."""
    Account(settings, sandbox, name, tenant=name)
    app.run()
    app.text_input[0].input(name)
    app.text_input[1].input(PASSWORD)
    button(app, "Sign in").click().run()
    monkeypatch.setattr("dashboard.sign_in.answer", fail_as_expired)
    app.text_input[0].input("Another-password-2")
    button(app, "Sign in").click().run()
    assert not app.exception
    assert app.text_input[0].label == "User name"
    assert any("The sign-in timed out." in element.value for element in app.markdown)


def fail_as_expired(*_):
    raise ServiceError("wrong")


def test_user_without_a_tenant_gets_advice(page_of, settings, sandbox, name):
    """A page of the API and one of the lake say how to get a tenant."""
    Account(settings, sandbox, name, tenant=None).with_password()
    member = enter(name, PASSWORD)
    assert "add it to a tenant" in page_of("live", member).run().error[0].value
    history = page_of("history", member).run()
    button(history, "Run").click().run()
    assert "add it to a tenant" in history.error[0].value


def test_session_end_keeps_data_and_filters(app, monkeypatch, tweets):
    """The form opens above the loaded data; after a new sign-in the page continues."""
    app.run()
    button(app, "Sign in as the demo user").click().run()
    app.selectbox(key="filter.source").select("bluesky").run()
    total_before = total_of(app)
    with monkeypatch.context() as expiry:
        expiry.setattr("echostream_client.api.ApiClient.stats", fail_as_unauthorized)
        app.session_state["poll.live"].refresh()
        app.run()
        assert "Your session has ended" in [header.value for header in app.header]
        assert total_of(app) == total_before
    button(app, "Sign in as the demo user").click().run()
    assert "Your session has ended" not in [header.value for header in app.header]
    assert app.selectbox(key="filter.source").value == "bluesky"
    assert total_of(app) == total_before
    assert not app.exception


def fail_as_unauthorized(*_, **__):
    raise ApiFailed(401, "http_error", "HTTP 401: Unauthorized")
