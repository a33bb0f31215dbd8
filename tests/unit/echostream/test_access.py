"""Who calls: tokens, roles, and what a container remembers of the directory."""

from dataclasses import replace

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.audit import Action
from echostream.domain.errors import Forbidden, TryAgain, Unauthorized
from echostream.domain.members import (
    ALL_ROLES,
    PRODUCER,
    Identity,
    Member,
    Role,
    TenantState,
    scope_of,
)
from echostream.domain.quotas import Quotas
from echostream.entrypoints.access import MAX_CACHED, REFUSAL_SECONDS, AccessCheck
from tests.builders import NOW
from tests.fakes import MemoryAudit, MemoryDirectory

ANN = Member(Identity("person", "pool_1", "ann"), "acme", ALL_ROLES, "ann", NOW)
SENDER = Member(Identity("machine", "pool_1", "c1"), "acme", ALL_ROLES, "sender", NOW)
SECONDS = 60


def claims(member, /, **changes):
    """The claims of a member's token."""
    token_use = {"person": "id", "machine": "access"}[member.identity.kind]
    named = {"member": str(member.identity), "tenant_id": member.tenant}
    return {"exp": "1", "token_use": token_use, **named, **changes}


def event(content):
    return APIGatewayProxyEventV2({"requestContext": {"authorizer": {"jwt": {"claims": content}}}})


def sent_by_producer(tenant):
    """An event of the producer; API Gateway sends none like it."""
    authorizer = {"producer": {"tenant_id": tenant}}
    return APIGatewayProxyEventV2({"requestContext": {"authorizer": authorizer}})


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def directory():
    directory = MemoryDirectory()
    for tenant in ("acme", "acme-b"):
        directory.create_tenant(tenant, NOW)
    directory.add(ANN)
    directory.add(SENDER)
    return directory


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def audit():
    return MemoryAudit()


@pytest.fixture
def check(directory, audit, clock):
    return AccessCheck(directory, audit, SECONDS, Quotas(50, 0, 0), clock)


def test_caller_is_a_member_with_the_role(check):
    """Tenant and identity come from the verified token."""
    caller = check(event(claims(ANN)), Role.ADMIN)
    assert (caller.tenant, caller.identity) == ("acme", ANN.identity)


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"exp": None}, Unauthorized, "unauthorized"),
        ({"exp": ""}, Unauthorized, "unauthorized"),
        ({"member": None}, Unauthorized, "wrong_token"),
        ({"member": "ann"}, Unauthorized, "wrong_token"),
        ({"member": "[person#pool_1#ann person#pool_1#bob]"}, Unauthorized, "wrong_token"),
        ({"member": 7}, Unauthorized, "wrong_token"),
        ({"token_use": "access"}, Unauthorized, "wrong_token"),
        ({"token_use": None}, Unauthorized, "wrong_token"),
        ({"tenant_id": None}, Forbidden, "no_tenant"),
        ({"tenant_id": ""}, Forbidden, "no_tenant"),
        ({"tenant_id": "[acme acme-b]"}, Forbidden, "bad_tenant"),
        ({"tenant_id": "acme-b"}, Forbidden, "not_a_member"),
        ({"tenant_id": "acm"}, Forbidden, "not_a_member"),
        ({"tenant_id": "ACME"}, Forbidden, "not_a_member"),
        ({"tenant_id": "none"}, Forbidden, "not_a_member"),
        ({"member": "person#pool_2#ann"}, Forbidden, "not_a_member"),
        ({"member": "person#pool_1#Ann"}, Forbidden, "not_a_member"),
        ({"member": "person#pool_1#c1"}, Forbidden, "not_a_member"),
    ],
)
def test_other_tokens_are_refused(check, changes, error, code):
    """Without expiry, of another kind, without the claims, or of somebody who is no member."""
    content = {name: value for name, value in claims(ANN, **changes).items() if value is not None}
    with pytest.raises(error) as caught:
        check(event(content), Role.READER)
    assert caught.value.code == code


def test_event_without_authorizer_is_refused(check):
    """As of a route without one."""
    with pytest.raises(Unauthorized):
        check(APIGatewayProxyEventV2({"requestContext": {}}), Role.READER)


def test_caller_has_the_quotas_of_the_tenant(check, directory, clock):
    """Its own, or the deployment's; a change holds after some seconds."""
    assert check(event(claims(ANN)), Role.READER).quotas == Quotas(50, 0, 0)
    directory.set_quotas("acme", Quotas(documents=7, requests=0))
    clock.now = SECONDS
    assert check(event(claims(ANN)), Role.READER).quotas == Quotas(0, 7, 0)


@pytest.mark.parametrize("role", Role)
def test_missing_role_is_named(check, directory, role):
    """With the roles that the member has."""
    directory.set_roles(SENDER, ALL_ROLES - {role})
    token = claims(SENDER, scope=" ".join(map(scope_of, Role)))
    for other in ALL_ROLES - {role}:
        assert check(event(token), other).tenant == "acme"
    with pytest.raises(Forbidden, match=f"needs the role {role}; you have: [a-z]+ [a-z]+$"):
        check(event(token), role)


def test_scopes_limit_the_roles_of_a_machine(check):
    """A token without a scope, or with those of another server, can do nothing."""
    writer = claims(SENDER, scope=f"{scope_of(Role.WRITER)} other/reader")
    assert check(event(writer), Role.WRITER).identity == SENDER.identity
    for token in (writer, claims(SENDER), claims(SENDER, scope="reader")):
        with pytest.raises(Forbidden, match="needs the role reader"):
            check(event(token), Role.READER)


def test_scopes_of_a_person_have_no_meaning(check, directory):
    """An attribute named `scope` gives no role, and takes none."""
    directory.set_roles(SENDER, ALL_ROLES)
    directory.set_roles(ANN, frozenset({Role.READER}))
    token = claims(ANN, scope=scope_of(Role.ADMIN))
    assert check(event(token), Role.READER)
    with pytest.raises(Forbidden):
        check(event(token), Role.ADMIN)


def test_directory_is_read_once_in_a_while(check, directory, clock):
    """For each member; others have reads of their own."""
    for second in range(SECONDS):
        clock.now = second
        check(event(claims(ANN)), Role.READER)
    assert directory.reads == 1
    check(event(claims(SENDER, scope=scope_of(Role.READER))), Role.READER)
    assert directory.reads == 2
    clock.now = SECONDS
    check(event(claims(ANN)), Role.READER)
    assert directory.reads == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda directory: directory.remove(ANN),
        lambda directory: directory.set_state("acme", TenantState.SUSPENDED),
        lambda directory: directory.set_roles(ANN, frozenset({Role.WRITER})),
    ],
    ids=["removed", "suspended", "demoted"],
)
def test_change_holds_after_some_seconds(check, directory, clock, change):
    """A token that is still valid is refused."""
    check(event(claims(ANN)), Role.READER)
    change(directory)
    clock.now = SECONDS
    with pytest.raises(Forbidden):
        check(event(claims(ANN)), Role.READER)


def test_number_of_remembered_members_is_limited(check, directory):
    """The one that was read first is forgotten first."""
    check(event(claims(ANN)), Role.READER)
    for number in range(MAX_CACHED):
        member = replace(ANN, identity=replace(ANN.identity, name=f"user-{number}"))
        directory.add(member)
        check(event(claims(member)), Role.READER)
    reads = directory.reads
    check(event(claims(member)), Role.READER)
    assert directory.reads == reads
    check(event(claims(ANN)), Role.READER)
    assert directory.reads == reads + 1


def refused(check, needs=Role.ADMIN, **changes):
    """The code with which a request of ann is refused."""
    with pytest.raises(Forbidden) as caught:
        check(event(claims(ANN, **changes)), needs)
    return caught.value.code


def test_refusal_is_in_the_audit_log(check, directory, audit):
    """With the member, the reason and the role; a request that is accepted is not."""
    check(event(claims(ANN)), Role.READER)
    assert audit.events == []
    directory.set_roles(SENDER, ALL_ROLES)
    directory.set_roles(ANN, frozenset({Role.READER}))
    check._cache.clear()
    assert refused(check) == "role_needed"
    [found] = audit.events
    assert (found.tenant, found.actor) == ("acme", str(ANN.identity))
    assert found.action is Action.ACCESS_REFUSED
    assert found.details == {"code": "role_needed", "role": "admin"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda directory: directory.remove(ANN), "not_a_member"),
        (lambda directory: directory.set_state("acme", TenantState.SUSPENDED), "tenant_suspended"),
    ],
    ids=["removed", "suspended"],
)
def test_each_kind_of_refusal_is_recorded(check, directory, audit, change, code):
    """In the log of the tenant that the verified token names."""
    change(directory)
    assert refused(check) == code
    assert [(one.tenant, one.details["code"]) for one in audit.events] == [("acme", code)]


def test_flood_of_refused_requests_is_one_event(check, directory, audit, clock):
    """For each member, reason and role, in a minute; another reason is an event of its own."""
    directory.set_roles(ANN, frozenset({Role.WRITER}))
    for second in range(REFUSAL_SECONDS):
        clock.now = second
        refused(check, Role.READER)
    assert len(audit.events) == 1
    refused(check, Role.ADMIN)
    assert [one.details["role"] for one in audit.events] == ["reader", "admin"]
    clock.now = REFUSAL_SECONDS
    refused(check, Role.READER)
    assert len(audit.events) == 3


def test_refusal_that_could_not_be_recorded_is_recorded_with_the_next(check, directory, audit):
    """The request is refused in any case."""
    directory.remove(ANN)
    record, audit.record = audit.record, fail
    with pytest.raises(TryAgain):
        check(event(claims(ANN)), Role.READER)
    audit.record = record
    assert refused(check) == "not_a_member"
    assert len(audit.events) == 1


def fail(found):
    raise TryAgain(f"table: {found.id}")


def test_number_of_remembered_refusals_is_limited(check, directory, audit):
    """So that a container's memory is, too."""
    directory.remove(ANN)
    for number in range(MAX_CACHED + 5):
        refused(check, member=f"person#pool_1#user-{number}")
    assert len(check._recorded) == MAX_CACHED
    assert len(audit.events) == MAX_CACHED + 5


def test_producer_sends_documents_to_each_tenant(check):
    """With the tenant's quotas; nothing else is allowed to it."""
    caller = check(sent_by_producer("acme-b"), Role.WRITER)
    assert (caller.tenant, caller.identity, caller.quotas.requests) == ("acme-b", PRODUCER, 50)
    for role in (Role.READER, Role.ADMIN):
        with pytest.raises(Forbidden):
            check(sent_by_producer("acme"), role)


def test_producer_sends_nothing_to_tenants_that_are_not_served(check, directory):
    directory.set_state("acme", TenantState.SUSPENDED)
    for tenant, code in (("acme", "tenant_suspended"), ("none", "not_a_member"), ("", "no_tenant")):
        with pytest.raises(Forbidden) as caught:
            check(sent_by_producer(tenant), Role.WRITER)
        assert caught.value.code == code


def test_no_token_makes_a_caller_the_producer(check):
    """What a token says is below `jwt`, whatever its claims are named."""
    forged = {"member": str(PRODUCER), "producer": "acme-b", "token_use": "function"}
    with pytest.raises(Unauthorized):
        check(event(claims(ANN, **forged)), Role.WRITER)
    assert check(event(claims(ANN, producer="acme-b")), Role.WRITER).tenant == "acme"
