"""The commands `source add|list|test|pause|resume|remove` and `source allow|forbid|hosts`."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

import typer

from echostream.domain.audit import Action
from echostream.domain.errors import NotFound
from echostream.domain.live_sources import (
    BUDGETS,
    DEFAULT_BUDGET,
    DEFAULT_INTERVAL,
    INTERVALS,
    Listed,
    LiveSource,
)
from echostream_cli import command, console, live_sources, users
from echostream_cli.data import live_source
from echostream_cli.errors import UserError
from echostream_cli.live_sources import now
from echostream_cli.operator_log import operator
from echostream_cli.target import Target
from echostream_sources.administration import SourceAdministration
from echostream_sources.kinds import KINDS, kind_of
from echostream_sources.settings import BadSetting
from echostream_sources.source import Fetched, SourceFailed

app = command.group()
SHOWN = 5
"""Documents that `test` prints."""
READ = 50
"""Documents that `test` reads at most."""
Name = Annotated[str, typer.Argument(help="The name of the source.", show_default=False)]
Host = Annotated[str, typer.Argument(help="A host, without https://.", show_default=False)]
Tenant = Annotated[str, typer.Option(help="The tenant of the source.")]


@app.callback()
def manage_sources() -> None:
    """What the producer reads for a tenant, again and again: feeds, Hacker News, Reddit..."""


@app.command(
    "add",
    epilog=command.examples(
        "source add blog rss feed=https://example.org/feed.xml",
        "source add kettles hackernews keywords=kettle,tea* --tenant acme --interval 600",
        "source add tea reddit subreddits=tea,coffee --tenant acme --stage prod",
    ),
)
def add(
    name: Name,
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SETTING=VALUE]...", help="docs/sources.md lists them."),
    ] = None,
    tenant: Tenant = users.DEMO_TENANT,
    interval: Annotated[
        int,
        typer.Option(min=INTERVALS[0], max=INTERVALS[-1], help="Seconds between two reads."),
    ] = DEFAULT_INTERVAL,
    budget: Annotated[
        int, typer.Option(min=1, max=BUDGETS[-1], help="Documents a day (UTC) at most.")
    ] = DEFAULT_BUDGET,
    secret: Annotated[
        list[str] | None, typer.Option(help="Ask for this optional credential too.")
    ] = None,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Read a source from now on. The hosts that its settings name become allowed hosts.

    The command asks for the credentials that the kind needs, and stores them in
    Secrets Manager.
    """
    target = command.target(stage, endpoint)
    live_sources.require_producer(target)
    _require_tenant(target, tenant)
    manage = live_sources.administration(target)
    try:
        values = live_source.parse(kind_of(kind), settings or [])
        credentials = live_source.ask(kind_of(kind), secret or [])
    except BadSetting as error:
        raise live_source.usage(error) from error
    every = timedelta(seconds=interval)
    source = LiveSource(tenant, name, kind, values, every, budget, now())
    if kind_of(kind).needs_samples:
        live_sources.store_samples(target)
    hosts = manage.check(source, credentials, is_operator=True)
    details = {"hosts": " ".join(sorted(hosts))} if hosts else {}
    operator(target).record(tenant, Action.SOURCE_ADD, name, kind=kind, **details)
    manage.add(source, credentials, hosts)
    typer.echo(f"  added {name} of {tenant}: the producer reads it within a minute")
    for host in sorted(hosts):
        typer.echo(f"  allowed the host {host}")


@app.command("list", epilog=command.examples("source list", "source list --tenant acme --json"))
def list_sources(
    tenant: Annotated[str, typer.Option(help="One tenant only.")] = "",
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
    json: command.Json = False,
) -> None:
    """List the sources with their state: last success, lag, counts, and the last error."""
    manage = live_sources.administration(command.target(stage, endpoint))
    listed = sorted(
        manage.sources.all(tenant or None), key=lambda one: (one.source.tenant, one.source.name)
    )
    if json:
        command.print_json([_to_json(one) for one in listed])
    elif listed:
        head = ("tenant", "source", "kind", "state", "last success", "lag", "accepted", "other")
        console.table(head, map(_to_row, listed), right={5, 6})
        for one in listed:
            if one.progress.error:
                typer.echo(f"  {one.source.name} of {one.source.tenant}: {one.progress.error}")
    else:
        typer.echo("there are no sources; add one with: echostream source add --help")


@app.command("test", epilog=command.examples("source test blog", "source test tea --tenant acme"))
def read_once(
    name: Name,
    tenant: Tenant = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Read a source once from this machine, and print some documents; nothing is stored."""
    manage = live_sources.administration(command.target(stage, endpoint))
    source = manage.find(tenant, name).source
    try:
        with console.step(f"reading {name}"):
            fetched = manage.opening(source).fetch({}, READ, now())
    except (SourceFailed, BadSetting) as error:
        raise UserError(str(error)) from error
    typer.echo(describe(fetched))
    for document in fetched.documents[:SHOWN]:
        text = " ".join(str(document["text"]).split())
        typer.echo(f"  {document['created_at'][:16]}  {console.escape(text[:100])}")


@app.command("pause", epilog=command.examples("source pause blog --tenant acme"))
def pause(
    name: Name,
    tenant: Tenant = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Read a source no more, until it is resumed."""
    manage, listed = _recorded(command.target(stage, endpoint), tenant, name, Action.SOURCE_PAUSE)
    manage.sources.pause(listed.source)
    typer.echo(f"  paused {name}; go on with: echostream source resume {name} --tenant {tenant}")


@app.command("resume", epilog=command.examples("source resume blog --tenant acme"))
def resume(
    name: Name,
    tenant: Tenant = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Read a source within a minute: one that is paused, or that waits after a failure."""
    manage, listed = _recorded(command.target(stage, endpoint), tenant, name, Action.SOURCE_RESUME)
    manage.sources.resume(listed, now())
    typer.echo(f"  the producer reads {name} within a minute")


@app.command("remove", epilog=command.examples("source remove blog --tenant acme"))
def remove(
    name: Name,
    tenant: Tenant = users.DEMO_TENANT,
    stage: command.Stage = "",
    endpoint: command.Endpoint = "",
) -> None:
    """Remove a source, its credentials and how far it was read. Its documents stay."""
    manage, listed = _recorded(command.target(stage, endpoint), tenant, name, Action.SOURCE_REMOVE)
    manage.remove(listed.source)
    typer.echo(f"  removed {name}; its documents stay")


@app.command("hosts", epilog=command.examples("source hosts", "source hosts --stage prod"))
def list_hosts(stage: command.Stage = "", endpoint: command.Endpoint = "") -> None:
    """List the hosts that sources may read."""
    manage = live_sources.administration(command.target(stage, endpoint))
    of_kinds = {host: kind.name for kind in KINDS.values() for host in kind.hosts}
    allowed = dict.fromkeys(manage.sources.hosts(), "allowed by an operator")
    console.table(("host", "why"), sorted({**allowed, **of_kinds}.items()))


@app.command("allow", epilog=command.examples("source allow cdn.example.org --stage prod"))
def allow(host: Host, stage: command.Stage = "", endpoint: command.Endpoint = "") -> None:
    """Let live sources and webhooks of all tenants have a host, such as one a feed redirects to."""
    manage = live_sources.administration(command.target(stage, endpoint))
    manage.sources.allow(_checked(host), now())
    typer.echo(f"  allowed the host {_checked(host)}")


@app.command("forbid", epilog=command.examples("source forbid cdn.example.org --stage prod"))
def forbid(host: Host, stage: command.Stage = "", endpoint: command.Endpoint = "") -> None:
    """Let live sources and webhooks have a host no more; those that do fail from now on."""
    manage = live_sources.administration(command.target(stage, endpoint))
    if not manage.sources.forbid(_checked(host)):
        raise NotFound("unknown_host", f"HOST: {host} was not allowed; see source hosts")
    typer.echo(f"  {_checked(host)} is allowed no more")


def _recorded(
    target: Target, tenant: str, name: str, action: Action
) -> tuple[SourceAdministration, Listed]:
    """A source with its administration, once the audit log has what is done to it."""
    manage = live_sources.administration(target)
    listed = manage.find(tenant, name)
    operator(target).record(tenant, action, name)
    return manage, listed


def describe(fetched: Fetched) -> str:
    """What a test read, in a line."""
    number = len(fetched.documents)
    parts = [f"{number:,} document{'' if number == 1 else 's'}"]
    if fetched.without_text:
        parts.append(f"{fetched.without_text:,} without text")
    if fetched.unmatched:
        parts.append(f"{fetched.unmatched:,} without a keyword or language of the source")
    return "  " + ", ".join([*parts, *(["more follow"] if fetched.has_more else [])])


def _checked(host: str) -> str:
    """A host in lower case. Raises `UserError`."""
    text = host.strip().lower()
    if not text or any(mark in text for mark in ":/@?# "):
        raise UserError(f"HOST: must be a host alone, like feeds.example.org; is {host!r}")
    return text


def _require_tenant(target: Target, name: str) -> None:
    if users.directory(target).tenant(name) is None:
        raise NotFound("unknown_tenant", f"TENANT: there is no tenant {name}; see tenant list")


def _to_row(listed: Listed) -> tuple[str, ...]:
    source, progress = listed.source, listed.progress
    counts = {name: number for name, number in progress.totals.items() if name != "accepted"}
    return (
        source.tenant,
        source.name,
        source.kind,
        listed.state,
        _time(progress.succeeded_at),
        _age(progress.newest_at),
        f"{progress.totals.get('accepted', 0):,}",
        command.format_counts(counts),
    )


def _to_json(listed: Listed) -> dict[str, object]:
    source = {**asdict(listed.source), "interval": listed.source.interval.total_seconds()}
    return {**source, "state": listed.state, "progress": asdict(listed.progress)}


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "never"


def _age(moment: datetime | None) -> str:
    """The time since a document was written, in minutes or hours."""
    if moment is None:
        return ""
    minutes = max(0, int((now() - moment).total_seconds() // 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60:,} h"
