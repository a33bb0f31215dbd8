"""Live sources of tenants, which the producer reads, in a sandbox with services on this machine."""

import json
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from gzip import decompress
from importlib import import_module

import pytest

from echostream_cli import live_sources, users
from echostream_cli.outputs import api, outputs
from echostream_cli.paths import ROOT
from echostream_cli.sandbox import lifecycle
from echostream_cli.settings import load
from echostream_sources.kinds import KINDS
from tests.accounts import Account
from tests.commands import run
from tests.own_sandbox import own_environment
from tests.polling import wait_until

FIRST, NUMBER = 10, 700
"""Posts of a service at the start, and in the end: more than the producer reads at once."""
SERVICES = [kind.name for kind in KINDS.values() if not kind.needs_samples]


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
    """A service of each kind, whose posts are of the last minutes."""
    with ExitStack() as stack:
        opened = {}
        for kind in SERVICES:
            module = import_module(f"tests.unit.echostream_sources.services.{kind}")
            opened[kind] = stack.enter_context(module.service())
            opened[kind].posts.start = datetime.now(UTC) - timedelta(seconds=100)
            opened[kind].posts.step = timedelta(seconds=0.1)
            opened[kind].shown = None
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
        assert "allowed the host 127.0.0.1" in add(source, kind, service) or kind != SERVICES[0]
    produce(own)
    assert wait_until(lambda: {one.state for one in listed(own, name).values()} == {"ok"}, 90)
    for service in services.values():
        service.posts.add([f"post {n}" for n in range(FIRST, NUMBER)])
    manage = live_sources.administration(own.target)
    for kind in services:
        manage.resume(name, kind, live_sources.now())
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


def test_hosts_are_allowed_by_operators(source, name):
    host = f"{name}.example"
    assert f"allowed the host {host}" in source("allow", host.upper())
    assert host in source("hosts")
    assert f"{host} is allowed no more" in source("forbid", host)
    assert host not in source("hosts")
    assert "was not allowed" in source("forbid", host, code=1)
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
