"""Tests of every directory. A subclass provides the fixtures `directory` and `tenant`, a name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.domain.errors import BadRequest, Conflict, NotFound
from echostream.domain.members import (
    ALL_ROLES,
    PRODUCER,
    Access,
    Identity,
    Member,
    Role,
    TenantState,
)
from echostream.domain.privacy import PLAIN, Privacy, PrivacyOptions
from echostream.domain.quotas import Quotas
from tests.builders import NOW

READER, WRITER = frozenset({Role.READER}), frozenset({Role.WRITER})


def person(tenant, name="ann", roles=ALL_ROLES):
    """A member whose user name is unique to the tenant."""
    return Member(Identity("person", "pool_1", f"{name}#{tenant}"), tenant, roles, name, NOW)


class DirectoryContract:
    @pytest.fixture(autouse=True)
    def existing(self, directory, tenant):
        directory.create_tenant(tenant, NOW)

    def test_member_has_access_to_one_tenant(self, directory, tenant):
        """With their roles; to no other tenant, also if its name begins with this one."""
        directory.create_tenant(f"{tenant}-b", NOW)
        ann = person(tenant, roles=READER)
        assert directory.access(ann.identity, tenant) is None
        directory.add(ann)
        access = Access(tenant, READER, TenantState.ACTIVE, since=NOW)
        assert directory.access(ann.identity, tenant) == access
        assert directory.access(ann.identity, f"{tenant}-b") is None
        assert directory.access(ann.identity, f"{tenant}-none") is None
        assert directory.member(ann.identity) == ann

    def test_producer_writes_to_each_tenant(self, directory, tenant):
        """With the tenant's state and options, but to none that does not exist."""
        access = Access(tenant, WRITER, TenantState.ACTIVE, since=NOW)
        assert directory.access(PRODUCER, tenant) == access
        directory.set_state(tenant, TenantState.SUSPENDED)
        assert directory.access(PRODUCER, tenant).state is TenantState.SUSPENDED
        assert directory.access(PRODUCER, f"{tenant}-none") is None
        assert directory.members(tenant) == []

    def test_person_and_machine_of_one_name_are_two_members(self, directory, tenant):
        """A user name that is the client id of a machine gives no access to its tenant."""
        ann = person(tenant)
        machine = replace(ann.identity, kind="machine")
        directory.add(ann)
        assert directory.member(machine) is None
        assert directory.access(machine, tenant) is None

    def test_pools_have_members_of_their_own(self, directory, tenant):
        """A user of the same name in another pool is no member."""
        ann = person(tenant)
        directory.add(ann)
        assert directory.member(replace(ann.identity, pool="pool_2")) is None

    def test_members_of_a_tenant_are_listed(self, directory, tenant):
        """By label; those of a tenant whose name begins with this one are not."""
        directory.create_tenant(f"{tenant}-b", NOW)
        members = [person(tenant, name) for name in ("cy", "ann", "bob")]
        for member in [*members, person(f"{tenant}-b", "eve")]:
            directory.add(member)
        assert [member.label for member in directory.members(tenant)] == ["ann", "bob", "cy"]

    def test_member_is_added_once(self, directory, tenant):
        """A repeat changes nothing, also the number of admins."""
        directory.add(person(tenant))
        directory.add(replace(person(tenant)))
        assert directory.tenant(tenant).admins == 1
        assert len(directory.members(tenant)) == 1

    def test_member_is_not_added_to_two_tenants(self, directory, tenant):
        """Nor with other roles; the first membership stays."""
        directory.create_tenant(f"{tenant}-b", NOW)
        ann = person(tenant)
        directory.add(ann)
        for other in (replace(ann, tenant=f"{tenant}-b"), replace(ann, roles=READER)):
            with pytest.raises(Conflict):
                directory.add(other)
        assert directory.member(ann.identity) == ann
        assert directory.tenant(f"{tenant}-b").admins == 0

    def test_member_of_an_unknown_tenant_is_refused(self, directory, tenant):
        """The tenant must be created first."""
        with pytest.raises(NotFound, match="does not exist"):
            directory.add(person(f"{tenant}-none"))
        assert directory.member(person(f"{tenant}-none").identity) is None

    def test_roles_are_replaced(self, directory, tenant):
        """The list and the access have the new ones."""
        ann, bob = person(tenant), person(tenant, "bob", READER)
        directory.add(ann)
        directory.add(bob)
        directory.set_roles(bob, ALL_ROLES)
        assert directory.tenant(tenant).admins == 2
        directory.set_roles(ann, WRITER)
        assert directory.tenant(tenant).admins == 1
        assert [member.roles for member in directory.members(tenant)] == [WRITER, ALL_ROLES]
        assert directory.access(ann.identity, tenant).roles == WRITER

    def test_last_admin_stays(self, directory, tenant):
        """They are not removed and keep the role, until another member has it."""
        ann, bob = person(tenant), person(tenant, "bob", READER)
        directory.add(ann)
        directory.add(bob)
        with pytest.raises(Conflict, match="last admin"):
            directory.remove(ann)
        with pytest.raises(Conflict, match="last admin"):
            directory.set_roles(ann, READER)
        assert directory.member(ann.identity) == ann
        directory.set_roles(bob, ALL_ROLES)
        directory.remove(ann)
        assert directory.tenant(tenant).admins == 1

    def test_removed_member_has_no_access(self, directory, tenant):
        """They are in no list; a second removal is refused."""
        ann, bob = person(tenant), person(tenant, "bob", READER)
        directory.add(ann)
        directory.add(bob)
        directory.remove(bob)
        assert directory.access(bob.identity, tenant) is None
        assert directory.members(tenant) == [ann]
        with pytest.raises(Conflict, match="changed"):
            directory.remove(bob)

    def test_change_of_a_former_state_is_refused(self, directory, tenant):
        """Of two changes at the same time, the second one fails."""
        ann, bob = person(tenant), person(tenant, "bob", READER)
        directory.add(ann)
        directory.add(bob)
        directory.set_roles(bob, WRITER)
        with pytest.raises(Conflict, match="changed"):
            directory.set_roles(bob, ALL_ROLES)
        assert directory.tenant(tenant).admins == 1

    def test_tenant_is_suspended_and_resumed(self, directory, tenant):
        """The access of its members says so; members can be changed meanwhile."""
        ann = person(tenant)
        directory.add(ann)
        directory.set_state(tenant, TenantState.SUSPENDED)
        assert directory.access(ann.identity, tenant).state is TenantState.SUSPENDED
        directory.add(person(tenant, "bob", READER))
        directory.set_state(tenant, TenantState.ACTIVE)
        assert directory.access(ann.identity, tenant).state is TenantState.ACTIVE

    def test_quotas_of_a_tenant_are_replaced(self, directory, tenant):
        """Each of them, also by none; its members have them."""
        ann = person(tenant)
        directory.add(ann)
        assert directory.tenant(tenant).quotas == Quotas()
        for quotas in (Quotas(5, 0, None), Quotas(None, 7, 9), Quotas(), Quotas(1, 2, 3)):
            directory.set_quotas(tenant, quotas)
            assert directory.tenant(tenant).quotas == quotas
            assert directory.access(ann.identity, tenant).quotas == quotas
        with pytest.raises(NotFound):
            directory.set_quotas(f"{tenant}-none", Quotas())

    def test_privacy_options_keep_their_key(self, directory, tenant):
        """Made when an option needs it, another one in each tenant, kept when options go off."""
        ann = person(tenant)
        directory.add(ann)
        directory.create_tenant(f"{tenant}-b", NOW)
        assert directory.privacy(tenant) == PLAIN
        directory.set_privacy(tenant, PrivacyOptions(table_days=7, lake_days=90))
        assert directory.privacy(tenant) == Privacy(PrivacyOptions(table_days=7, lake_days=90))
        directory.set_privacy(tenant, PrivacyOptions(pseudonyms=True))
        directory.set_privacy(f"{tenant}-b", PrivacyOptions(redact=True))
        key = directory.privacy(tenant).key
        assert len(key) == 32
        assert key != directory.privacy(f"{tenant}-b").key
        assert directory.access(ann.identity, tenant).privacy == directory.privacy(tenant)
        directory.set_privacy(tenant, PrivacyOptions())
        directory.set_privacy(tenant, PrivacyOptions(pseudonyms=True, redact=True))
        assert directory.privacy(tenant).key == key
        assert directory.tenant(tenant).privacy == PrivacyOptions(pseudonyms=True, redact=True)
        assert directory.privacy(f"{tenant}-none") == PLAIN
        with pytest.raises(NotFound):
            directory.set_privacy(f"{tenant}-none", PrivacyOptions(redact=True))

    def test_tenant_that_is_being_deleted_gets_no_members(self, directory, tenant):
        """Its members can be removed, also the last admin; it is not resumed."""
        ann = person(tenant)
        directory.add(ann)
        directory.set_state(tenant, TenantState.DELETING)
        with pytest.raises(Conflict, match="deleted"):
            directory.add(person(tenant, "bob"))
        with pytest.raises(Conflict, match="deleted"):
            directory.set_state(tenant, TenantState.ACTIVE)
        directory.remove(ann)
        assert directory.members(tenant) == []

    def test_deletion_is_of_one_tenant_of_a_name(self, directory, tenant):
        """It begins in any state and can be repeated; a later tenant of the name is another one."""
        former = directory.tenant(tenant)
        directory.delete_tenant(former)
        assert directory.tenant(tenant) == former
        for _ in range(2):
            directory.begin_deletion(former)
        assert directory.tenant(tenant).state is TenantState.DELETING
        directory.delete_tenant(former)
        directory.delete_tenant(former)
        assert directory.tenant(tenant) is None
        directory.create_tenant(tenant, NOW + timedelta(microseconds=1))
        later = directory.tenant(tenant)
        with pytest.raises(Conflict, match="meanwhile"):
            directory.begin_deletion(former)
        directory.begin_deletion(later)
        directory.delete_tenant(former)
        assert directory.tenant(tenant).created_at == later.created_at

    def test_unknown_tenant_has_no_state(self, directory, tenant):
        """It is neither read nor changed."""
        assert directory.tenant(f"{tenant}-none") is None
        with pytest.raises(NotFound):
            directory.set_state(f"{tenant}-none", TenantState.SUSPENDED)

    def test_tenants_are_listed_by_name(self, directory, tenant):
        """A second tenant of the same name is refused."""
        directory.create_tenant(f"{tenant}-b", NOW)
        names = [one.name for one in directory.tenants() if one.name.startswith(tenant)]
        assert names == [tenant, f"{tenant}-b"]
        with pytest.raises(Conflict, match="exists"):
            directory.create_tenant(tenant, NOW)

    def test_unsafe_tenant_names_are_refused(self, directory):
        """A name that could leave its folder of the lake, or an SQL literal, is refused."""
        for name in ("", "a/b", "a'b", 'a"b', "..", "a b", "a#b", "x" * 64, "é", "a\nb"):
            with pytest.raises(BadRequest, match="tenant: a tenant's name"):
                directory.create_tenant(name, NOW)
            with pytest.raises(BadRequest, match="tenant: a tenant's name"):
                directory.add(person(name))
