"""The command `users list`."""

from collections.abc import Iterable
from dataclasses import asdict

from echostream_cli import command, console, users

app = command.group()


@app.callback(epilog=command.examples("users list"))
def manage_users() -> None:
    """List the users of a deployment."""


@app.command("list", epilog=command.examples("users list", "users list --stage prod --json"))
def list_users(
    stage: command.Stage = "", endpoint: command.Endpoint = "", json: command.Json = False
) -> None:
    """List the users of the user pool and their tenants.

    A user without a tenant can read no documents; a member who is not in the
    user pool cannot sign in. The command reads the whole documents table.
    """
    target = command.target(stage, endpoint)
    with console.waiting("reading the user pool and the documents table"):
        found = users.list_all(target)
    if json:
        command.print_json([asdict(user) for user in found])
    else:
        show(found)


def show(found: Iterable[users.User]) -> None:
    """Print a row per user."""
    console.table(("user", "tenant", "status", "created"), map(_to_row, found))


def _to_row(user: users.User) -> tuple[str, ...]:
    status = user.status or "not in the user pool"
    if user.is_enabled is False:
        status += ", disabled"
    created = f"{user.created_at.astimezone():%Y-%m-%d %H:%M:%S}" if user.created_at else ""
    return user.name or user.sub, user.tenant or "(no tenant)", status, created
