"""Changes of destinations: what is checked, where credentials are, and what a removal deletes."""

from dataclasses import replace

import pytest

from echostream.domain.alerts.destination_administration import DestinationAdministration
from echostream.domain.alerts.destinations import MAX_DESTINATIONS, Kind
from echostream.domain.errors import BadRequest, Conflict, Forbidden, NotFound, TryAgain
from tests.destinations_contract import destination
from tests.memory_alerts import MemoryDestinations, MemoryMail, MemorySecrets

HOOK = destination(name="hook", kind=Kind.WEBHOOK, address="")
CHAT = destination(name="chat", kind=Kind.SLACK, address="")
MAIL = destination(name="mail", kind=Kind.EMAIL, address="")
ADDRESSES = {
    "hook": "https://hooks.example/secret?token=secret",
    "chat": "https://hooks.slack.com/services/secret",
    "mail": "ann@example.org",
}


@pytest.fixture
def manage():
    hosts = frozenset(("hooks.example",))
    return DestinationAdministration(
        MemoryDestinations(), MemorySecrets(), MemoryMail(), lambda: hosts
    )


def add(manage, one, address=None):
    """Check a destination and add it, as the function does; the key of its signatures."""
    address = ADDRESSES[one.name] if address is None else address
    return manage.add(manage.check(one, address), address)[1]


def test_credentials_of_a_webhook_are_in_a_secret(manage):
    """Its whole address and the key, which is returned once."""
    key = add(manage, HOOK)
    stored = manage.find("acme", "hook").destination
    assert stored == replace(HOOK, address="https://hooks.example", secret=stored.secret)
    assert manage.secrets.read(stored.secret) == {"address": ADDRESSES["hook"], "key": key}
    assert key.startswith("whsec_")


def test_slack_has_an_address_and_no_key(manage):
    assert add(manage, CHAT) == ""
    stored = manage.find("acme", "chat").destination
    assert stored.address == "hooks.slack.com"
    assert manage.secrets.read(stored.secret) == {"address": ADDRESSES["chat"]}


def test_email_address_is_subscribed(manage):
    """It is no credential, and has none."""
    assert add(manage, MAIL) == ""
    stored = manage.find("acme", "mail").destination
    assert stored.address == "ann@example.org"
    assert manage.mail.addresses == {stored.subscription: "ann@example.org"}
    assert manage.secrets.stored == {}


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "a/b", "-a", "a\r\n", "a\n", "ä", "a" * 64, "a#b", "../a"]
)
def test_name_of_another_form_is_refused(manage, name):
    """Destinations have the names that live sources may have."""
    with pytest.raises(BadRequest, match="name: must have 1 to 63 lower-case letters"):
        add(manage, replace(MAIL, name=name), "ann@example.org")
    assert manage.list("acme") == []


@pytest.mark.parametrize(
    ("one", "address", "error", "message"),
    [
        (HOOK, "https://other.example/", Forbidden, r"other\.example is no allowed host"),
        (HOOK, "http://hooks.example/", BadRequest, "must begin with https://"),
        (CHAT, "https://hooks.example/", BadRequest, r"must begin with https://hooks\.slack"),
        (MAIL, "ann", BadRequest, "must be one e-mail address"),
    ],
)
def test_refused_address_leaves_nothing(manage, one, address, error, message):
    with pytest.raises(error, match=message):
        add(manage, one, address)
    assert (manage.list("acme"), manage.secrets.stored, manage.mail.addresses) == ([], {}, {})


def test_sandbox_accepts_http(manage):
    local = replace(manage, allows_private=True)
    add(local, HOOK, "http://hooks.example/a")
    assert local.find("acme", "hook").destination.address == "http://hooks.example"


def test_second_destination_of_a_name_leaves_no_secret(manage):
    """Also if both are added at once: the first one works on."""
    add(manage, HOOK)
    with pytest.raises(Conflict, match="acme has a destination hook already"):
        manage.check(HOOK, ADDRESSES["hook"])
    with pytest.raises(Conflict, match="acme has a destination hook already"):
        manage.add(HOOK, ADDRESSES["hook"])
    assert list(manage.secrets.stored) == [manage.find("acme", "hook").destination.secret]


def test_number_of_destinations_is_limited(manage):
    """Of a tenant; a removed one makes room."""
    for number in range(MAX_DESTINATIONS):
        add(manage, replace(CHAT, name=f"c{number}"), ADDRESSES["chat"])
    with pytest.raises(Conflict, match="acme has 10 destinations, the most"):
        add(manage, CHAT)
    add(manage, replace(CHAT, tenant="globex"))
    manage.remove(manage.find("acme", "c3").destination)
    add(manage, CHAT)


def test_removed_destinations_leave_nothing(manage):
    """Of one tenant: those of others stay."""
    for one in (HOOK, CHAT, MAIL, replace(HOOK, tenant="acme-b")):
        add(manage, one)
    assert manage.remove_all("acme") == 3
    assert (manage.list("acme"), manage.mail.addresses) == ([], {})
    [other] = manage.list("acme-b")
    assert list(manage.secrets.stored) == [other.destination.secret]


def test_removal_is_repeated_after_a_failure(manage):
    """The destination is listed until all of it is deleted."""
    add(manage, HOOK)
    stored = manage.find("acme", "hook").destination
    remove, manage.destinations.remove = manage.destinations.remove, _raise
    with pytest.raises(TryAgain):
        manage.remove(stored)
    manage.destinations.remove = remove
    manage.remove(manage.find("acme", "hook").destination)
    assert (manage.list("acme"), manage.secrets.stored) == ([], {})


def _raise(*_):
    raise TryAgain("table: throttled")


def test_unknown_destination_is_not_found(manage):
    """Nor is one of another tenant."""
    add(manage, MAIL)
    for tenant, name in (("acme", "chat"), ("acme-b", "mail")):
        with pytest.raises(NotFound, match="has no destination of this name"):
            manage.find(tenant, name)
