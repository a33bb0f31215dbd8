"""Users of a deployment: their passwords, their tenants, and the users of the demo tenant.

The user pool has a user's name and password. The directory of members, in the documents table, has
the user's tenant and roles.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters import dynamodb_writes
from echostream.adapters.cognito_pool import ApiAudience, CognitoPool, Password, Person
from echostream.adapters.directory_items import former_member_item
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.table_keys import former_member_key
from echostream.domain.audit import Action
from echostream.domain.errors import Conflict, NotFound
from echostream.domain.members import ALL_ROLES, Member, Role, format_roles
from echostream.domain.passwords import new_password
from echostream.entrypoints.administration import Administration
from echostream_cli.errors import UserError
from echostream_cli.former_members import copy_former_members
from echostream_cli.operator_log import operator
from echostream_cli.settings import Settings
from echostream_cli.target import Target

DEMO_USER = "demo"
DEMO_TENANT = "demo"


def demo_secret(stack_name: str) -> str:
    """The name of the secret with the demo user's password."""
    return f"{stack_name}-local-{DEMO_USER}"


def demo_password(settings: Settings) -> str:
    """The demo user's password, generated once per sandbox.

    It is in the sandbox's Secrets Manager, which every container and process can read.
    """
    secrets_manager = settings.target.client("secretsmanager")
    name = demo_secret(settings.stack_name)
    try:
        return str(secrets_manager.get_secret_value(SecretId=name)["SecretString"])
    except secrets_manager.exceptions.ResourceNotFoundException:
        password = new_password()
        secrets_manager.create_secret(Name=name, SecretString=password)
        return password


def ensure(settings: Settings) -> None:
    """Create the demo user if needed, as a member of the demo tenant."""
    target = settings.target
    copy_former_members(target)
    administration(target).update_audience()  # the template lists only the client of people
    ensure_user(target, DEMO_USER, DEMO_TENANT, demo_password(settings), ALL_ROLES)


def administration(target: Target) -> Administration:
    """The administration of a deployment's members."""
    outputs = target.outputs()
    pool = outputs["UserPoolId"]
    return Administration(
        directory(target),
        CognitoPool(target.client("cognito-idp"), pool),
        pool,
        ApiAudience(
            target.client("apigatewayv2"), target.resource("Api"), target.resource("Authorizer")
        ),
        outputs["UserPoolClientId"],
        outputs.get("IdentityProviderName", ""),
    )


def directory(target: Target) -> DynamoDBDirectory:
    """The directory of a deployment's members."""
    return DynamoDBDirectory(target.client("dynamodb"), target.outputs()["TableName"])


def ensure_tenant(target: Target, name: str) -> None:
    """Create a tenant if it does not exist. Raises `UserError` if it is being deleted."""
    tenants, at = directory(target), datetime.now(UTC)
    if not tenants.tenant(name):
        at = operator(target).record(name, Action.TENANT_CREATE, name)
    try:
        tenants.create_tenant(name, at)
    except Conflict:
        tenant = tenants.tenant(name)
        if tenant and tenant.is_deleting:
            raise UserError(
                f"tenant {name} is being deleted; wait until `make erasures TENANT={name}` says"
                " done, then run this command again. If it stands still, run:"
                f" echostream tenant delete {name}"
            ) from None


def ensure_user(
    target: Target, name: str, tenant: str, password: str, roles: frozenset[Role] = ALL_ROLES
) -> Member:
    """Create a user and their tenant if needed, with roles and a permanent password."""
    ensure_tenant(target, tenant)
    manage = administration(target)
    _record_change(target, manage, tenant, name, roles)
    permanent = Password(password, is_permanent=True)
    try:
        return manage.invite(tenant, name, roles, permanent, datetime.now(UTC))
    except Conflict:
        member = manage.person(tenant, name)
    manage.pool.set_password(member.identity.name, permanent)
    if member.roles != roles:
        manage.directory.set_roles(member, roles)
    return member


def _record_change(
    target: Target, manage: Administration, tenant: str, name: str, roles: frozenset[Role]
) -> None:
    """Record that a user becomes a member, or gets other roles; nothing for an unchanged one."""
    try:
        member = manage.person(tenant, name)
    except NotFound:
        operator(target).record(tenant, Action.MEMBER_INVITE, name, roles=format_roles(roles))
        return
    if member.roles != roles:
        operator(target).record(tenant, Action.MEMBER_ROLE, name, roles=format_roles(roles))


def create(target: Target, name: str, tenant: str, roles: frozenset[Role] = ALL_ROLES) -> str:
    """Create a user and their tenant if needed; return the new password. Raises `UserError`.

    Version 1.0, which the stack may still have or be rolled back to, has members under their `sub`.
    """
    password = new_password()
    try:
        member = ensure_user(target, name, tenant, password, roles)
        if person := administration(target).pool.find_person(member.identity.name):
            client, table = target.client("dynamodb"), target.outputs()["TableName"]
            dynamodb_writes.put(client, table, Item=former_member_item(person.subject, tenant))
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot create user {name}: {target.unreachable(error)}") from error
    return password


def delete(target: Target, name: str, tenant: str) -> None:
    """Delete a user that `create` made. Raises `NotFound`, and errors of AWS."""
    manage = administration(target)
    member = manage.person(tenant, name)
    person = manage.pool.find_person(member.identity.name)
    operator(target).record(tenant, Action.MEMBER_REMOVE, name)
    manage.remove(member)
    _delete_former(target, person)


def delete_all(target: Target, tenant: str) -> list[Member]:
    """Remove the members of a tenant that is being deleted; those that this call removed."""
    manage = administration(target)
    for member in manage.directory.members(tenant):
        if member.identity.kind == "person":
            _delete_former(target, manage.pool.find_person(member.identity.name))
    return manage.remove_all(tenant)


def _delete_former(target: Target, person: Person | None) -> None:
    """Delete the item that version 1.0 has of a user."""
    if person:
        key = former_member_key(person.subject)
        target.client("dynamodb").delete_item(TableName=target.outputs()["TableName"], Key=key)


@dataclass(frozen=True, slots=True)
class User:
    """A member of a tenant, a user of the user pool, or usually both.

    `member` is None for a user who is no member, and can read no documents. `person` is None for a
    machine, and for a person who is not in the user pool.
    """

    name: str
    member: Member | None
    person: Person | None


def list_all(target: Target, tenant: str = "") -> list[User]:
    """All members and users, or those of a tenant, by name. Raises `UserError`."""
    try:
        manage = administration(target)
        people = {person.identity: person for person in manage.pool.people()}
        tenants = [tenant] if tenant else [one.name for one in manage.directory.tenants()]
        members = [member for one in tenants for member in manage.directory.members(one)]
    except (ClientError, BotoCoreError) as error:
        raise UserError(f"cannot list users: {target.unreachable(error)}") from error
    found = [User(member.label, member, people.pop(member.identity, None)) for member in members]
    if not tenant:
        found += [User(person.identity.name, None, person) for person in people.values()]
    return sorted(found, key=lambda user: (user.member is None, user.name))
