"""Changes of sources: what is checked, and what a crash leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.secrets_manager import SecretsManager
from echostream.domain.errors import BadRequest, Conflict, Forbidden, NotFound
from echostream.domain.live_sources import LiveSource
from echostream_sources import administration
from echostream_sources.administration import SourceAdministration
from echostream_sources.opening import Opening
from echostream_sources.settings import BadSetting
from tests.aws import client, mock_table
from tests.builders import NOW
from tests.unit.echostream_cli.filled_table import create_table

FEED = {"feed": "https://news.example/feed.xml"}
KEYS = {"client_id": "an id", "client_secret": "a secret"}


@pytest.fixture
def manage():
    with mock_table():
        create_table(client("dynamodb"), "table")
        sources = DynamoDBLiveSources(client("dynamodb"), "table", lambda: NOW)
        secrets = SecretsManager(client("secretsmanager"), "stack/source/")
        yield SourceAdministration(sources, secrets, Opening(sources, secrets, lambda: SAMPLES))


SAMPLES = [{"text": "A joy.", "source": "tweets", "created_at": "2026-11-26T10:00:00Z"}]


def source(name="news", kind="rss", settings=FEED, tenant="acme"):
    return LiveSource(tenant, name, kind, settings, timedelta(minutes=5), 100, NOW)


def add(manage, one, credentials=None, *, is_operator=True):
    """Check a source and add it, as callers do."""
    hosts = manage.check(one, credentials or {}, is_operator=is_operator)
    manage.add(one, credentials or {}, hosts)


def secret_names():
    return [one["Name"] for one in client("secretsmanager").list_secrets()["SecretList"]]


def test_source_of_an_operator_allows_its_host(manage):
    """The source asks that host only; tenants' admins may then use it, and no other one."""
    add(manage, source())
    opened = manage.opening(manage.find("acme", "news").source)
    assert opened.web.hosts == {"news.example"}
    add(manage, source(tenant="globex"), is_operator=False)
    other = source("other", settings={"feed": "https://other.example/"})
    with pytest.raises(Forbidden, match=r"other\.example is no allowed host; ask the operator"):
        add(manage, other, is_operator=False)
    assert manage.sources.hosts() == {"news.example"}
    assert manage.sources.forbid("news.example")
    assert not manage.sources.forbid("news.example")


def test_hosts_of_services_are_allowed_to_everybody(manage):
    add(manage, source("hn", "hackernews", {}), is_operator=False)
    opened = manage.opening(manage.find("acme", "hn").source)
    assert opened.web.hosts == {"hn.algolia.com"}
    with pytest.raises(Forbidden, match="no allowed host"):
        add(manage, source("x", "mastodon", {"server": "tea.example"}), is_operator=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "fax"}, "kind: must be one of rss"),
        ({"settings": {**FEED, "keywords": "a" * 2001}}, "keywords: 2001 characters, at most"),
        ({"settings": {**FEED, "keywords": "a\x00b"}}, r"keywords: has the character \\u0000"),
        ({"settings": {**FEED, "channel": "\ud800"}}, r"channel: has the character \\ud800"),
        ({"settings": {**FEED, "\ud800": "a"}}, r"\\ud800: has the character"),
        ({"settings": {}}, "feed: is missing"),
        ({"settings": {**FEED, "colour": "red"}}, "colour: rss has no such setting"),
        ({"settings": {"feed": "file:///etc/passwd"}}, "feed: must be an address"),
        ({"settings": {"feed": "https://[bad"}}, "feed: must be an address"),
        ({"name": "a/b"}, "name: must have"),
        ({"kind": "reddit", "settings": {}}, "client_id: is missing"),
    ],
)
def test_invalid_source_is_refused(manage, changes, message):
    """The message names the setting; nothing is stored, and no host is allowed."""
    with pytest.raises(BadRequest, match=message):
        add(manage, replace(source(), **changes))
    assert manage.list("acme") == []
    assert manage.sources.hosts() == set()


def test_credentials_are_in_a_secret_of_their_own(manage):
    """Not in the table; the source is opened with them, and they are removed with it."""
    add(manage, source("tea", "reddit", {"subreddits": "tea"}), KEYS)
    found = manage.find("acme", "tea").source
    assert secret_names() == [found.secret]
    assert found.secret.startswith("stack/source/acme/tea-")
    assert "a secret" not in str(client("dynamodb").scan(TableName="table"))
    assert manage.opening(found).secrets == KEYS
    manage.remove(found)
    assert (secret_names(), manage.list("acme")) == ([], [])


def test_source_whose_credentials_are_gone_says_so(manage):
    add(manage, source("tea", "reddit", {}), KEYS)
    found = manage.find("acme", "tea").source
    client("secretsmanager").delete_secret(SecretId=found.secret, ForceDeleteWithoutRecovery=True)
    with pytest.raises(NotFound, match="add it again"):
        manage.opening(found)
    manage.remove(found)
    assert manage.list("acme") == []


def test_second_source_of_a_name_keeps_the_credentials_of_the_first(manage):
    """Also if both are added at once: the later one leaves no secret."""
    one = source("tea", "reddit", {})
    add(manage, one, KEYS)
    with pytest.raises(Conflict, match="has a source tea already"):
        manage.check(one, {**KEYS, "client_id": "another"}, is_operator=True)
    with pytest.raises(Conflict, match="has a source tea already"):
        manage.add(one, {**KEYS, "client_id": "another"})
    assert secret_names() == [manage.find("acme", "tea").source.secret]
    assert manage.opening(manage.find("acme", "tea").source).secrets == KEYS


def test_number_of_sources_is_limited(manage, monkeypatch):
    monkeypatch.setattr(administration, "MAX_SOURCES", 2)
    for name in ("a", "b"):
        add(manage, source(name))
    with pytest.raises(Conflict, match="acme has 2 sources, the most"):
        add(manage, source("c"))
    add(manage, source("c", tenant="globex"))


def test_sources_of_a_tenant_are_removed_together(manage):
    """With their credentials; those of other tenants stay."""
    for tenant in ("acme", "acme-b"):
        add(manage, source(tenant=tenant))
        add(manage, source("tea", "reddit", {}, tenant), KEYS)
    assert manage.remove_all("acme") == 2
    assert manage.list("acme") == []
    assert [one.source.name for one in manage.list("acme-b")] == ["news", "tea"]
    assert secret_names() == [manage.find("acme-b", "tea").source.secret]


def test_unknown_source_is_named(manage):
    with pytest.raises(NotFound, match="name: acme has no source none"):
        manage.find("acme", "none")


def test_replay_reads_the_sample_data(manage):
    samples = source("samples", "replay", {"per_minute": "5"})
    with pytest.raises(Forbidden, match="kind: operators add sources of replay"):
        add(manage, samples, is_operator=False)
    add(manage, samples)
    assert manage.opening(manage.find("acme", "samples").source).samples == SAMPLES


def test_setting_of_a_stored_source_may_have_become_invalid(manage):
    """A later version may refuse what an earlier one stored; the producer shows the reason."""
    manage.add(source(settings={"feed": "gopher://x"}), {})
    with pytest.raises(BadSetting, match="feed: must be an address"):
        manage.opening(manage.find("acme", "news").source)
