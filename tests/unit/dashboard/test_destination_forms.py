"""The destinations on the page Alerts, in Streamlit's AppTest."""

import pytest

from echostream_client.api import ApiFailed
from tests.unit.dashboard.alert_responses import Api, alerts
from tests.unit.dashboard.destination_responses import SECRET, destination
from tests.unit.dashboard.theme_pages import page_of, texts
from tests.unit.dashboard.theme_responses import returned

HOSTILE = "**bold** <script>alert(1)</script> [x](http://x) $a$ :red[b]"
ADMIN, READER = ("reader", "admin"), ("reader",)
ADDRESSES = {
    "email": ("E-mail address", "ann@example.org"),
    "webhook": ("Address of the webhook", "https://hooks.example/x"),
    "slack": ("Address of Slack's incoming webhook", "https://hooks.slack.com/services/x"),
}


class NotListed(Api):
    """Lists no destinations: the request fails."""

    def destinations(self):
        return returned(ApiFailed(503, "oops", "HTTP 503: oops"))


def api_of(*stored):
    """An API without alerts, whose destinations are the only table of the page."""
    api = Api(alerts())
    api.stored = {one["name"]: one for one in stored}
    return api


def page_with(api, roles=ADMIN):
    return page_of(api, "alerts", roles)


def named(elements, label):
    return next(one for one in elements if one.label == label)


def press(page, label):
    named(page.button, label).click().run()
    assert not page.exception
    return page


def fill(page, kind, name, sends=("alerts",), with_texts=False):
    """Fill in the form for a new destination of a kind, and submit it."""
    label, address = ADDRESSES[kind]
    named(page.selectbox, "Kind").select(kind).run()
    named(page.text_input, "Name of the destination").input(name)
    named(page.text_input, label).input(address)
    named(page.multiselect, "What is sent").set_value(list(sends))
    named(page.checkbox, "Quote documents, masked").set_value(with_texts)
    return press(page, "Add")


def shown(page):
    """What the page says, without the escapes of Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning", "error")
    return "\n".join(texts(getattr(page, kind)) for kind in kinds).replace("\\", "")


def test_reader_sees_the_list_and_no_forms():
    """Below the history, with an explanation of the states."""
    page = page_with(api_of(destination(state="pending")), READER)
    assert [header.value for header in page.header] == ["Destinations"]
    assert list(page.dataframe[0].value["State"]) == ["pending"]
    assert "the address must confirm the message from AWS" in shown(page)
    assert not [*page.text_input, *page.selectbox, *page.button, *page.subheader]


@pytest.mark.parametrize("roles", [READER, ADMIN])
def test_empty_list_says_what_destinations_are(roles):
    """Admins have the form that adds one, and none that tests or removes one."""
    page = page_with(api_of(), roles)
    assert "it has no destination. A destination is" in shown(page)
    assert not page.dataframe
    headings = ["Add a destination"] if roles == ADMIN else []
    assert [one.value for one in page.subheader] == headings


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("email", "AWS sends a message to the address first."),
        ("webhook", "`echostream source allow HOST`. Requests are signed as [Standard Webhooks]"),
        ("slack", "It begins with `https://hooks.slack.com/`."),
    ],
)
def test_admin_adds_each_kind(kind, about):
    """The form says what the address is. By default alerts are sent, and no text is quoted."""
    api = api_of()
    page = page_with(api)
    named(page.selectbox, "Kind").select(kind).run()
    assert about in shown(page)
    assert named(page.multiselect, "What is sent").value == ["alerts"]
    assert not named(page.checkbox, "Quote documents, masked").value
    fill(page, kind, " new-one ")
    wanted = {"kind": kind, "name": "new-one", "address": ADDRESSES[kind][1]}
    assert api.destination_calls == [("add", {**wanted, "sends": ["alerts"], "with_texts": False})]
    assert "new-one is added." in shown(page)
    assert list(page.dataframe[0].value["Name"]) == ["new-one"]
    assert named(page.text_input, "Name of the destination").value == ""


def test_admin_chooses_what_is_sent():
    """Reports too, and whether messages quote documents."""
    api = api_of()
    fill(page_with(api), "email", "mail", sends=("daily", "weekly"), with_texts=True)
    [(_, wanted)] = api.destination_calls
    assert (wanted["sends"], wanted["with_texts"]) == (["daily", "weekly"], True)


def test_destination_that_gets_nothing_is_refused():
    """The page says that something must be chosen."""
    api = api_of()
    page = fill(page_with(api), "email", "mail", sends=())
    assert "Nothing was changed. What is sent: choose at least one." in shown(page)
    assert api.destination_calls == []


def test_addresses_that_are_credentials_are_hidden():
    """Those of webhooks and of Slack, while they are typed."""
    page = page_with(api_of())
    hidden = {}
    for kind, (label, _) in ADDRESSES.items():
        named(page.selectbox, "Kind").select(kind).run()
        field = named(page.text_input, label).proto
        hidden[kind] = field.type == field.PASSWORD
    assert hidden == {"email": False, "webhook": True, "slack": True}


def test_signing_secret_is_shown_once():
    """Until the admin hides it; neither the list nor another run has it."""
    page = fill(page_with(api_of()), "webhook", "hook")
    assert [one.value for one in page.code] == [SECRET]
    assert "Copy this now." in shown(page)
    press(page, "Hide")
    assert not page.code
    page.run()
    assert not [*page.code, *page.success]


def test_signing_secret_ends_with_the_next_change():
    """Which has its own message."""
    page = fill(page_with(api_of()), "webhook", "hook")
    press(page, "Send a test message")
    assert "A test message was sent to hook." in shown(page)
    assert not page.code


def test_refused_address_keeps_the_form():
    """The reason names the field, once."""
    api = api_of()
    api.refusal = ApiFailed(
        403, "host_not_allowed", "HTTP 403: address: hooks.example is no allowed host"
    )
    page = fill(page_with(api), "webhook", "hook")
    assert "Nothing was changed. address: hooks.example is no allowed host" in shown(page)
    assert "may have been made" not in shown(page)
    assert named(page.text_input, "Name of the destination").value == "hook"
    page.run()
    assert not page.error


def test_change_without_a_response_may_have_been_made():
    """A webhook whose secret nobody has seen must be added again."""
    api = api_of()
    api.refusal = ApiFailed(None, "late", "no response")
    page = fill(page_with(api), "webhook", "hook")
    assert "remove the webhook and add it again" in shown(page)


def test_test_message_is_sent():
    """The list is fresh afterwards."""
    page = press(page_with(api_of(destination())), "Send a test message")
    assert "A test message was sent to mail." in shown(page)
    assert list(page.dataframe[0].value["State"]) == ["ok"]


def test_failing_test_message_has_the_reason():
    """That of the destination; it does not say that nothing was changed."""
    api = api_of(destination("hook", "webhook"))
    api.refusal = ApiFailed(409, "destination_failed", "HTTP 409: hooks.example: HTTP 500")
    page = press(page_with(api), "Send a test message")
    assert "The test message was not sent. hooks.example: HTTP 500" in shown(page)
    assert "may have been made" not in shown(page)


def test_removal_is_confirmed():
    """The chosen destination is removed, and no other."""
    api = api_of(destination("hook", "webhook"), destination())
    page = page_with(api)
    named(page.selectbox, "Destination").select("mail").run()
    press(page, "Remove the destination")
    assert "Remove mail? It gets no more messages." in shown(page)
    press(page, "Cancel")
    assert api.destination_calls == []
    press(press(page, "Remove the destination"), "Yes, remove mail")
    assert api.destination_calls == [("remove", "mail")]
    assert list(page.dataframe[0].value["Name"]) == ["hook"]
    assert "mail is removed." in shown(page)


def test_last_removal_leaves_the_empty_list():
    """And the form that adds a destination."""
    page = press(page_with(api_of(destination())), "Remove the destination")
    press(page, "Yes, remove mail")
    assert "it has no destination." in shown(page)
    assert [one.value for one in page.subheader] == ["Add a destination"]


def test_texts_of_others_are_shown_as_text():
    """An address and an error are in the table only; a refusal is escaped."""
    api = api_of(destination(address=HOSTILE, error=HOSTILE, state="failing"))
    api.refusal = ApiFailed(409, "destination_failed", f"HTTP 409: {HOSTILE}")
    page = press(page_with(api), "Send a test message")
    assert HOSTILE in shown(page)
    kinds = ("markdown", "caption", "info", "error")
    assert not any(HOSTILE in texts(getattr(page, kind)) for kind in kinds)


def test_failed_list_leaves_the_history():
    """The page says what failed, and offers to try again; it has no forms."""
    page = page_with(NotListed())
    assert "HTTP 503" in texts(page.error)
    assert len(page.dataframe) == 1
    assert "Try again" in [button.label for button in page.button]
    assert not page.text_input
