"""Who calls: the tenant and the roles of a verified token, checked against the directory.

The directory is read at most once in `MEMBERSHIP_SECONDS` for each member and warm container. A
member who is removed, or whose tenant is suspended, is refused after that time at the latest.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.errors import Forbidden, Unauthorized
from echostream.domain.members import (
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
"""Members whose access a container remembers."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The member who sent a request, with their roles and the options of their tenant."""

    tenant: str
    identity: Identity
    roles: frozenset[Role]
    quotas: Quotas
    privacy: Privacy = PLAIN


class AccessCheck:
    """Checks callers against a directory, whose answers are remembered for some seconds."""

    def __init__(
        self,
        directory: Directory,
        seconds: float,
        quotas: Quotas,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`quotas` are those of tenants without quotas of their own."""
        self._directory = directory
        self._quotas = quotas
        self._seconds = seconds
        self._clock = clock
        self._cache: OrderedDict[tuple[Identity, str], tuple[float, Access | None]] = OrderedDict()

    def __call__(self, event: APIGatewayProxyEventV2, needs: Role) -> Caller:
        """The caller of a request that needs a role. Raises `Unauthorized` and `Forbidden`."""
        claims = _claims(event)
        identity, tenant = _identity(claims), _tenant(claims)
        access = self._access(identity, tenant)
        if access is None:
            raise Forbidden("not_a_member", "Authorization: this user is no member of the tenant")
        if access.state is not TenantState.ACTIVE:
            raise Forbidden(
                "tenant_suspended", "Authorization: the tenant is suspended; ask the operator"
            )
        roles = access.roles & _granted(claims)
        if needs not in roles:
            have = format_roles(roles) or "none"
            message = f"Authorization: this needs the role {needs}; you have: {have}"
            raise Forbidden("role_needed", message)
        quotas = access.quotas.or_default(self._quotas)
        return Caller(tenant, identity, roles, quotas, access.privacy)

    def _access(self, identity: Identity, tenant: str) -> Access | None:
        key, now = (identity, tenant), self._clock()
        cached = self._cache.get(key)
        if cached and now < cached[0]:
            return cached[1]
        access = self._directory.access(identity, tenant)
        self._cache[key] = now + self._seconds, access
        self._cache.move_to_end(key)
        if len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)
        return access


def _claims(event: APIGatewayProxyEventV2) -> Mapping[str, Any]:
    """The claims that the API has verified. No other part of a request is trusted."""
    authorizer = event.request_context.get("authorizer") or {}
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
