"""Live sources of tenants, which the producer reads, in a sandbox with services on this machine."""

import json
from gzip import decompress

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.data.auth import enter
from dashboard.sign_in import MEMBER
from echostream.domain.members import Role
from echostream_cli import live_sources, users
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load
from echostream_client.api import ApiFailed
from tests.accounts import PASSWORD, Account
from tests.commands import run
from tests.e2e.dashboard.app_actions import button
from tests.live_services import SERVICES, live_services
from tests.own_sandbox import own_environment
from tests.polling import wait_until

FIRST, NUMBER = 10, 700
"""Posts of a service at the start, and in the end: more than the producer reads at once."""


@pytest.fixture(scope="module")
def own(tmp_path_factory, mode):
    """Settings of a sandbox with a producer."""
    if mode == "docker":
        pytest.skip("functions in containers do not reach the services; MODE=local tests them")
    folder = tmp_path_factory.mktemp("sources")
    settings = load(own_environment(folder, mode, "sources", PRODUCER="on"), ROOT / "no.env")
    try:
        lifecycle.start(settings)
        yield settings
    finally:
        lifecycle.down(settings, volumes=True)


@pytest.fixture
def source(own, name):
    """Runs `echostream source` for a new tenant; what it prints, with the errors."""
    users.ensure_tenant(own.target, name)

    def operate(command, *arguments, code=0, stdin=""):
        has_tenant = command not in ("hosts", "allow", "forbid")
        of_tenant = ("--tenant", name) if has_tenant else ()
        process = run(own.environment(), "source", command, *arguments, *of_tenant, stdin=stdin)
        output = process.stdout + process.stderr
        assert process.returncode == code, output
        return output

    yield operate
    live_sources.administration(own.target).remove_all(name)


@pytest.fixture
def services():
    with live_services() as opened:
        yield opened


def add(source, kind, service, name=""):
    """Add a source that reads a service."""
    parts = [f"{setting}={value}" for setting, value in service.settings.items()]
    credentials = "".join(f"{value}\n" for value in service.secrets.values())
    return source("add", name or kind, kind, *parts, stdin=credentials)


def produce(own):
    """Invoke the producer now, beside its schedule."""
    response = own.target.client("lambda").invoke(
        FunctionName=own.target.resource("ProducerFunction"), Payload=b'{"id": "test"}'
    )
    assert "FunctionError" not in response, response["Payload"].read()


def listed(own, tenant):
    return {one.source.name: one for one in live_sources.administration(own.target).list(tenant)}


def ids_in_lake(own, tenant):
    """The ids of a tenant's documents in `enriched/`, by source."""
    s3, bucket = own.target.client("s3"), outputs(own)["LAKE_BUCKET"]
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"enriched/tenant_id={tenant}/"
    )
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    bodies = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    rows = (json.loads(line) for body in bodies for line in decompress(body).splitlines())
    found: dict[str, list[str]] = {kind: [] for kind in SERVICES}
    for row in rows:
        found[row["source"]].append(row["id"])
    return found


def test_sandbox_starts_with_a_source_of_samples(own):
    """The schedule invokes the producer; its documents are in the demo tenant."""
    client = api(own, outputs(own))
    assert wait_until(lambda: client.query(source="replay", limit=1)["documents"], 150)
    assert listed(own, "demo")["samples"].state == "ok"


def test_posts_of_each_service_are_stored_once(own, source, services, name):
    """In table, lake and counts; the progress says the same."""
    for kind, service in services.items():
        service.posts.add([f"post {n}" for n in range(FIRST)])
        add(source, kind, service)
    produce(own)
    assert wait_until(lambda: {one.state for one in listed(own, name).values()} == {"ok"}, 90)
    for service in services.values():
        service.posts.add([f"post {n}" for n in range(FIRST, NUMBER)])
    manage = live_sources.administration(own.target)
    for one in manage.list(name):
        manage.sources.resume(one, live_sources.now())
    client = Account(own, outputs(own), f"{name}-ann", name).with_password().api

    def counted():
        produce(own)
        return {one["source"]: one["total"] for one in client.stats()["sources"]}

    everything = dict.fromkeys(SERVICES, NUMBER)
    assert wait_until(lambda: counted() == everything, 240), counted()
    for kind, ids in ids_in_lake(own, name).items():
        assert len(ids) == len(set(ids)) == NUMBER, kind
    for kind, one in listed(own, name).items():
        assert one.progress.totals["accepted"] >= NUMBER, kind
        assert (one.progress.failures, one.progress.error) == (0, ""), kind


def test_failing_source_says_why_and_stops_no_other(own, source, services, name):
    """Its error is in the list; when the reason is gone, `resume` reads it at once."""
    for kind in ("rss", "hackernews"):
        services[kind].posts.add(["a joy"])
    add(source, "hackernews", services["hackernews"], "works")
    feed = services["rss"].settings["feed"].replace("127.0.0.1", "localhost")
    source("add", "broken", "rss", f"feed={feed}")
    source("forbid", "localhost")
    assert "localhost is no allowed host" in source("test", "broken", code=1)
    produce(own)
    assert wait_until(lambda: listed(own, name)["works"].state == "ok", 90)
    assert wait_until(lambda: listed(own, name)["broken"].state == "failing", 90)
    assert "broken of" in source("list")
    assert "localhost is no allowed host" in source("list")
    source("allow", "localhost")
    assert "within a minute" in source("resume", "broken")
    produce(own)
    assert wait_until(lambda: listed(own, name)["broken"].state == "ok", 90)


def test_commands_manage_sources(own, source, services, name):
    """Each says what it did; a second source of a name and unknown settings are refused."""
    services["rss"].posts.add(["a joy", "a pity"])
    assert "there are no sources" in source("list")
    assert "added news" in add(source, "rss", services["rss"], "news")
    assert "has a source news already" in source("add", "news", "rss", "feed=http://x", code=1)
    assert "COLOUR: rss has no such setting" in source("add", "x", "rss", "colour=red", code=1)
    tested = source("test", "news")
    assert "2 documents" in tested
    assert "a pity" in tested
    assert "paused news" in source("pause", "news")
    [shown] = json.loads(source("list", "--json"))
    assert (shown["name"], shown["state"], shown["interval"]) == ("news", "paused", 300.0)
    assert "removed news" in source("remove", "news")
    assert "has no source news" in source("test", "news", code=1)
    unknown = run(own.environment(), "source", "add", "a", "rss", "feed=x", "--tenant", "no")
    assert "there is no tenant no" in unknown.stderr


def failure_of(call):
    """The status and the message of the error that a call of the API gets."""
    with pytest.raises(ApiFailed) as caught:
        call()
    return caught.value.status, caught.value.message


def test_admin_manages_sources_through_the_api(own, source, services, name):
    """Readers list them. Hosts are the operator's; no other tenant has a part of it."""
    services["reddit"].posts.add(["a joy"])
    admin = Account(own, outputs(own), f"{name}-ann", name).with_password().api
    kinds = {kind["name"] for kind in admin.live_sources()["kinds"]}
    assert kinds == set(SERVICES)
    new = {
        "name": "tea",
        "kind": "reddit",
        "settings": services["reddit"].settings,
        "credentials": services["reddit"].secrets,
        "interval": 60,
        "budget": 100,
    }
    host = "127.0.0.1"
    was_allowed = host in source("hosts")
    if was_allowed:
        source("forbid", host)
    status, message = failure_of(lambda: admin.add_live_source(new))
    assert (status, f"{host} is no allowed host; ask the operator" in message) == (403, True)
    source("allow", host)
    assert admin.add_live_source(new)["state"] == "new"
    assert failure_of(lambda: admin.add_live_source(new))[0] == 409
    produce(own)
    assert wait_until(lambda: admin.live_sources()["sources"][0]["state"] == "ok", 90)
    [shown] = admin.live_sources()["sources"]
    assert (shown["totals"]["accepted"], shown["has_credentials"]) == (1, True)
    assert not any(secret in json.dumps(shown) for secret in services["reddit"].secrets.values())

    other = Account(own, outputs(own), f"{name}-o", f"{name}-o").with_password().api
    assert other.live_sources()["sources"] == []
    assert failure_of(lambda: other.remove_live_source("tea"))[0] == 404
    reader = Account(own, outputs(own), f"{name}-r", name, frozenset({Role.READER}))
    assert reader.with_password().api.live_sources()["sources"][0]["name"] == "tea"

    assert admin.pause_live_source("tea")["state"] == "paused"
    assert admin.resume_live_source("tea")["state"] == "ok"
    assert admin.remove_live_source("tea") == {"name": "tea"}
    assert admin.live_sources()["sources"] == []
    actions = [event["action"] for event in admin.audit()["events"]]
    assert [one for one in actions if one.startswith("source.")] == [
        *("source.remove", "source.resume", "source.pause", "source.add"),
    ]


@pytest.fixture
def sources_page(own, monkeypatch):
    """A function that makes the dashboard's page Sources for an account, after its first run."""
    for variable, value in own.environment().items():
        monkeypatch.setenv(variable, value)
    st.cache_resource.clear()

    def make(account):
        path = ROOT / "dashboard" / "views" / "sources.py"
        page = AppTest.from_file(str(path), default_timeout=60)
        page.session_state[MEMBER] = enter(account.username, PASSWORD)
        return page.run()

    yield make
    st.cache_resource.clear()


def field(page, label):
    return next(one for one in [*page.text_input, *page.selectbox] if one.label == label)


def press(page, label):
    button(page, label).click().run()
    assert not page.exception
    return page


def test_admin_manages_sources_on_the_dashboard(own, source, services, name, sources_page):
    """A refused source is explained and its fields stay; a removal has to be confirmed."""
    services["mastodon"].posts.add(["a joy"])
    server = services["mastodon"].settings["server"]
    source("allow", "127.0.0.1")
    account = Account(own, outputs(own), f"{name}-ann", name).with_password()
    page = sources_page(account)
    assert any("Nothing is read for this tenant" in one.value for one in page.info)
    kind = next(one for one in page.selectbox if one.label == "Kind")
    kind.select("mastodon").run()
    field(page, "Name of the source").input("tea")
    field(page, "server (required)").input("http://other.example")
    field(page, "token").input("a-token")
    press(page, "Add")
    assert "other.example is no allowed host" in page.error[0].value.replace("\\", "")
    assert field(page, "Name of the source").value == "tea"
    field(page, "server (required)").input(server)
    press(page, "Add")
    assert "tea is added" in page.success[0].value
    assert field(page, "token").value == ""
    produce(own)
    assert wait_until(lambda: listed(own, name)["tea"].state == "ok", 90)
    press(page, "Read now")
    row = page.dataframe[-1].value.set_index("Name").loc["tea"]
    assert (row["State"], row["Accepted"], row["Settings"]) == ("ok", 1, f"server={server}")
    press(page, "Pause")
    assert listed(own, name)["tea"].state == "paused"
    press(page, "Resume")
    press(page, "Remove the source")
    press(page, "Yes, remove tea")
    assert listed(own, name) == {}
    assert "tea is removed" in page.success[0].value

    reader = Account(own, outputs(own), f"{name}-r", name, frozenset({Role.READER}))
    assert not sources_page(reader.with_password()).text_input


def test_hosts_are_allowed_by_operators(source, name):
    host = f"{name}.example"
    assert f"allowed the host {host}" in source("allow", host.upper())
    assert host in source("hosts")
    assert f"{host} is allowed no more" in source("forbid", host)
    assert host not in source("hosts")
    assert "was not allowed" in source("forbid", host, code=1)
    added = source("add", "news", "rss", f"feed=https://{host}/feed.xml")
    assert f"allowed the host {host}" in added
    assert "HOST: must be a host alone" in source("allow", f"https://{host}/", code=1)


def test_deleted_tenant_has_no_sources(own, source, services, name):
    """Nor credentials; a source with the host of a tenant that is deleted is not read again."""
    add(source, "reddit", services["reddit"])
    secrets = own.target.client("secretsmanager")
    prefix = f"{own.stack_name}-local/source/{name}/"

    def names():
        pages = secrets.get_paginator("list_secrets").paginate()
        return [one["Name"] for page in pages for one in page["SecretList"]]

    assert any(one.startswith(prefix) for one in names())
    process = run(own.environment(), "tenant", "delete", name, "--confirm", name)
    assert process.returncode == 0, process.stderr
    assert listed(own, name) == {}
    assert not any(one.startswith(prefix) for one in names())
