"""Addresses of destinations: what is accepted, what is shown, and what a refusal repeats."""

import pytest

from echostream.domain.alerts.destination_addresses import shown_address
from echostream.domain.alerts.destinations import Kind
from echostream.domain.errors import BadRequest, Forbidden

HOSTS = {"hooks.example", "xn--bcher-kva.example", "10.0.0.1"}


@pytest.mark.parametrize("address", ["ann@example.org", "a+b@x", "ä@bücher.example", "o'n@a.b"])
def test_email_address_is_shown(address):
    assert shown_address(Kind.EMAIL, address, set()) == address
    long = "a" * 252
    assert shown_address(Kind.EMAIL, f"{long}@x", set()) == f"{long}@x"


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "@example.org", "ann@", "a@b@c", "ann @example.org", "ann@example.org "),
        *("ann@example.org\n", "ann@example.org\r\nBcc: b@x", "a\x00@x", "a@\u200bx", "a@\u2028x"),
        *("\ud800@x", "a\u00a0@x", "a" * 253 + "@x"),
    ],
)
def test_invalid_email_address_is_refused(address):
    """Spaces of any kind, control and invisible characters, and more than 254 characters."""
    with pytest.raises(BadRequest, match="address: must be one e-mail address such as"):
        shown_address(Kind.EMAIL, address, HOSTS)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hooks.example/catch/secret?token=secret", "https://hooks.example"),
        ("https://Hooks.Example:8443/", "https://hooks.example:8443"),
        ("https://xn--bcher-kva.example#secret", "https://xn--bcher-kva.example"),
        ("https://hooks.slack.com/services/secret", "https://hooks.slack.com"),
    ],
)
def test_only_the_host_of_a_webhook_is_shown(address, shown):
    """Its path and its query may be credentials."""
    assert shown_address(Kind.WEBHOOK, address, HOSTS) == shown


@pytest.mark.parametrize(
    "address",
    [
        *("", "hooks.example/a", "ftp://hooks.example/", "file:///etc/passwd", "https://"),
        *("//hooks.example/a", "javascript:alert(1)", "https://[bad/", "https:///a"),
        *("https://hooks.example:99999/", "https://hooks.example:0/", "https://hooks.example:x/"),
        *("https://hooks.example/a b", "https://hooks.example/\r\nHost: x", "https://a\x00b/"),
        *("https://bücher.example/", "https://hooks.example/\u200b", "https://hooks.example\t/"),
        *("https://user:secret@hooks.example/", "https://@hooks.example/", "https://a\\@b/"),
        "https://hooks.example/" + "a" * 2000,
    ],
)
def test_invalid_address_is_refused(address):
    """By webhooks and Slack; the message does not repeat what may be a credential."""
    for kind in (Kind.WEBHOOK, Kind.SLACK):
        with pytest.raises(BadRequest, match="address: ") as caught:
            shown_address(kind, address, HOSTS, allows_private=True)
        assert caught.value.status == 400
        assert "secret" not in caught.value.message


def test_webhook_has_https():
    """Or http where private addresses are allowed, as in the sandbox."""
    with pytest.raises(BadRequest, match="must begin with https://"):
        shown_address(Kind.WEBHOOK, "http://10.0.0.1/a", HOSTS)
    shown = shown_address(Kind.WEBHOOK, "http://10.0.0.1:80/a", HOSTS, allows_private=True)
    assert shown == "http://10.0.0.1:80"


@pytest.mark.parametrize(
    "host", ["other.example", "hooks.example.evil", "evil-hooks.example", "127.0.0.1", "[::1]"]
)
def test_host_of_a_webhook_is_allowed_by_an_operator(host):
    """Private addresses too."""
    with pytest.raises(Forbidden, match="is no allowed host; ask the operator to allow it"):
        shown_address(Kind.WEBHOOK, f"https://{host}/secret", HOSTS, allows_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("http://hooks.slack.com/a", "https://slack.com/a", "https://hooks.slack.com.evil/a"),
        *("https://hooks.slack.com:8443/a", "https://hooks.example/a"),
    ],
)
def test_host_of_slack_is_slacks(address):
    """With https, whatever an operator allows."""
    with pytest.raises(BadRequest, match=r"must begin with https://hooks\.slack\.com/"):
        shown_address(Kind.SLACK, address, HOSTS, allows_private=True)
    shown = shown_address(Kind.SLACK, "https://hooks.slack.com/services/T/B/secret", set())
    assert shown == "hooks.slack.com"
