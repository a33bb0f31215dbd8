"""Who calls: the tenant and the roles of a verified token, checked against the directory.

The directory is read at most once in `MEMBERSHIP_SECONDS` for each member and warm container. A
member who is removed, or whose tenant is suspended, is refused after that time at the latest.

A refused request is an event of the audit log, at most once in `REFUSAL_SECONDS` for each member,
reason and warm container: a flood of refused requests is no flood of writes.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.audit import Action, AuditLog, new_event
from echostream.domain.errors import Forbidden, Unauthorized
from echostream.domain.members import (
    EARLIEST,
    PRODUCER,
    Access,
    Directory,
    Identity,
    Role,
    TenantState,
    format_roles,
    scope_of,
)
from echostream.domain.model import TENANT_RULE, is_tenant_name
from echostream.domain.privacy import PLAIN, Privacy
from echostream.domain.quotas import Quotas

MAX_CACHED = 1000
"""Members whose access a container remembers, and refusals that it has recorded."""
REFUSAL_SECONDS = 60
"""For which the same refusal of a member is not recorded again."""

_Refusal = tuple[Identity, str, str, Role]
"""A member, the tenant, the code of the error, and the role that was needed."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The member who sent a request, with their roles and the options of their tenant.

    `since` is when the tenant was created: an earlier one may have had its name.
    """

    tenant: str
    identity: Identity
    roles: frozenset[Role]
    quotas: Quotas
    privacy: Privacy = PLAIN
    since: datetime = EARLIEST


class AccessCheck:
    """Checks callers against a directory, whose answers are remembered for some seconds."""

    def __init__(
        self,
        directory: Directory,
        audit: AuditLog,
        seconds: float,
        quotas: Quotas,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`quotas` are those of tenants without quotas of their own."""
        self._directory = directory
        self._audit = audit
        self._quotas = quotas
        self._seconds = seconds
        self._clock = clock
        self._cache: OrderedDict[tuple[Identity, str], tuple[float, Access | None]] = OrderedDict()
        self._recorded: OrderedDict[_Refusal, float] = OrderedDict()

    def __call__(self, event: APIGatewayProxyEventV2, needs: Role) -> Caller:
        """The caller of a request that needs a role. Raises `Unauthorized` and `Forbidden`."""
        identity, tenant, granted = _sender(event)
        try:
            access = _admitted(self._access(identity, tenant), needs, granted)
        except Forbidden as refusal:
            self._record((identity, tenant, refusal.code, needs))
            raise
        quotas = access.quotas.or_default(self._quotas)
        return Caller(tenant, identity, access.roles, quotas, access.privacy, access.since)

    def _access(self, identity: Identity, tenant: str) -> Access | None:
        key, now = (identity, tenant), self._clock()
        cached = self._cache.get(key)
        if cached and now < cached[0]:
            return cached[1]
        access = self._directory.access(identity, tenant)
        _remember(self._cache, key, (now + self._seconds, access))
        return access

    def _record(self, refusal: _Refusal) -> None:
        """Record a refusal, unless it was recorded recently. Raises `TryAgain`."""
        now = self._clock()
        if now < self._recorded.get(refusal, now):
            return
        identity, tenant, code, needs = refusal
        said = {"code": code, "role": needs.value}
        at, actor = datetime.now(UTC), str(identity)
        event = new_event(tenant, at, actor, Action.ACCESS_REFUSED, **said)
        self._audit.record(event)
        _remember(self._recorded, refusal, now + REFUSAL_SECONDS)


def _remember(cache: OrderedDict[Any, Any], key: object, value: object) -> None:
    """Put a value into a cache, which keeps the newest."""
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > MAX_CACHED:
        cache.popitem(last=False)


def _admitted(access: Access | None, needs: Role, granted: frozenset[Role]) -> Access:
    """The access of a caller, with the roles that the token can use. Raises `Forbidden`."""
    if access is None:
        raise Forbidden("not_a_member", "Authorization: this user is no member of the tenant")
    if access.state is not TenantState.ACTIVE:
        raise Forbidden(
            "tenant_suspended", "Authorization: the tenant is suspended; ask the operator"
        )
    roles = access.roles & granted
    if needs not in roles:
        have = format_roles(roles) or "none"
        message = f"Authorization: this needs the role {needs}; you have: {have}"
        raise Forbidden("role_needed", message)
    return replace(access, roles=roles)


def _sender(event: APIGatewayProxyEventV2) -> tuple[Identity, str, frozenset[Role]]:
    """Who sends a request, for which tenant, and the roles that it can use.

    API Gateway alone writes `authorizer`, from a verified token; no other part of a request is
    trusted. The producer invokes the function itself, and names the tenant there: only its role and
    that of an operator may do so.
    """
    authorizer = event.request_context.get("authorizer") or {}
    if "producer" in authorizer:
        return PRODUCER, _tenant(authorizer["producer"]), frozenset(Role)
    claims = _claims(authorizer)
    return _identity(claims), _tenant(claims), _granted(claims)


def _claims(authorizer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims that the API has verified. Raises `Unauthorized`."""
    claims: Mapping[str, Any] = authorizer.get("jwt", {}).get("claims", {})
    if not claims.get("exp"):
        raise Unauthorized("unauthorized", "Authorization: the token has no expiry; sign in again")
    return claims


def _identity(claims: Mapping[str, Any]) -> Identity:
    """The identity that the claims function put into the token. Raises `Unauthorized`.

    A person's access token has none: it is for the user pool, not for this API.
    """
    identity = Identity.parse(str(claims.get("member", "")))
    kind = {"id": "person", "access": "machine"}.get(str(claims.get("token_use")))
    if identity is None or identity.kind != kind:
        raise Unauthorized(
            "wrong_token",
            "Authorization: send the ID token of a person, or the access token of a machine user,"
            " from a new sign-in",
        )
    return identity


def _tenant(claims: Mapping[str, Any]) -> str:
    name = str(claims.get("tenant_id") or "")
    if not name:
        raise Forbidden("no_tenant", "Authorization: this user belongs to no tenant")
    if not is_tenant_name(name):
        raise Forbidden("bad_tenant", f"Authorization: {TENANT_RULE}; ask your administrator")
    return name


def _granted(claims: Mapping[str, Any]) -> frozenset[Role]:
    """The roles that a token can use: all of a person's, those in the scopes of a machine's."""
    if claims.get("token_use") == "id":
        return frozenset(Role)
    scopes = set(str(claims.get("scope", "")).split())
    return frozenset(role for role in Role if scope_of(role) in scopes)
