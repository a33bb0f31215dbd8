"""What admins see and change on the page Tenant: members, machine users, erasures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from dashboard.data.changes import Change, said, translate_changes
from dashboard.data.deployment import deployment
from dashboard.data.errors import ServiceError
from dashboard.data.messages import OWN_TEXTS
from echostream.domain.members import Role
from echostream_client.admin_calls import AdminCalls

ROLES = tuple(str(role) for role in Role)
Kind = Literal["author", "document"]
KINDS: tuple[Kind, ...] = ("author", "document")
"""What can be erased."""


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a tenant: the roles of each person and machine user, and a table of all.

    The table has the columns Name, Kind, Roles, Added, Client id.
    """

    people: Mapping[str, tuple[str, ...]]
    machines: Mapping[str, tuple[str, ...]]
    table: pd.DataFrame


def list_members(api: AdminCalls) -> Members:
    """Fetch the members. Raises `ServiceError`."""
    with translate_changes():
        listed = api.members()["members"]
        people, machines = (
            {one["name"]: tuple(one["roles"]) for one in listed if one["kind"] == kind}
            for kind in ("person", "machine")
        )
        columns = ["Name", "Kind", "Roles", "Added", "Client id"]
        return Members(people, machines, pd.DataFrame(map(_row, listed), columns=columns))


def _row(member: Mapping[str, Any]) -> tuple[Any, ...]:
    kind = OWN_TEXTS[member["kind"]]
    added = pd.Timestamp(member["added_at"])
    return member["name"], kind, ", ".join(member["roles"]), added, member.get("client_id")


def list_erasures(api: AdminCalls) -> pd.DataFrame:
    """Fetch the newest erasures: Requested, What, State, Finished, Documents, Unsearched objects.

    Raises `ServiceError`.
    """
    with translate_changes():
        rows = [
            (
                pd.Timestamp(one["requested_at"]),
                OWN_TEXTS[one["kind"]],
                OWN_TEXTS[one["state"]],
                pd.Timestamp(one["finished_at"]) if one["finished_at"] else None,
                one["erased"].get("table", {}).get("documents", 0),
                len(one["unsearched"]),
            )
            for one in api.erasures()["erasures"]
        ]
        columns = ["Requested", "What", "State", "Finished", "Documents", "Unsearched objects"]
        return pd.DataFrame(rows, columns=columns)


def invite(api: AdminCalls, name: str, roles: Sequence[str]) -> Change:
    """Add a person. Raises `ServiceError`."""
    with translate_changes():
        site_url = deployment().site_url
        made = api.invite(name, roles)
        secrets = {
            **({OWN_TEXTS["sign_in_address"]: site_url} if site_url else {}),
            OWN_TEXTS["user_name"]: made["name"],
            OWN_TEXTS["temporary_password"]: made["temporary_password"],
        }
        return Change(said("invited", made["name"]), secrets)


def set_roles(api: AdminCalls, name: str, roles: Sequence[str]) -> Change:
    """Replace the roles of a person. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("roles_changed", api.set_roles(name, roles)["name"]))


def remove(api: AdminCalls, name: str) -> Change:
    """Remove a person. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("removed", api.remove_member(name)["name"]))


def create_machine(api: AdminCalls, name: str, roles: Sequence[str]) -> Change:
    """Create a machine user. Raises `ServiceError`."""
    with translate_changes():
        made = api.create_machine(name, roles)
        return Change(said("machine_created", made["name"]), _credentials(made))


def rotate_machine(api: AdminCalls, name: str, *, now: bool) -> Change:
    """Make new credentials of a machine user. Raises `ServiceError`."""
    with translate_changes():
        made = api.rotate_machine(name, now=now)
        text = "machine_rotated_now" if now else "machine_rotated"
        return Change(said(text, made["name"]), _credentials(made))


def remove_machine(api: AdminCalls, name: str) -> Change:
    """Remove a machine user. Raises `ServiceError`."""
    with translate_changes():
        return Change(said("removed", api.remove_machine(name)["name"]))


def erase(api: AdminCalls, kind: Kind, name: str, repeated: str) -> Change:
    """Erase an author or a document whose name was typed twice. Raises `ServiceError`."""
    if not name:
        raise ServiceError("not_changed", OWN_TEXTS["erase_empty"])
    if name != repeated:
        raise ServiceError("not_changed", OWN_TEXTS["erase_differs"])
    with translate_changes():
        (api.erase_author if kind == "author" else api.erase_document)(name)
        return Change(said("erasing", name))


def _credentials(made: Mapping[str, Any]) -> dict[str, str]:
    return {name: made[name] for name in ("token_url", "client_id", "client_secret", "scope")}
