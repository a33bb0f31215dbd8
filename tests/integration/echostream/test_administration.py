"""Changes of members in the directory, the user pool and the API of the emulator."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from echostream.adapters.cognito_pool import MAX_AUDIENCES, ApiAudience, CognitoPool, Password
from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.domain.errors import BadRequest, Conflict, NotFound
from echostream.domain.members import ALL_ROLES, Identity, Role, scope_of
from echostream.entrypoints.administration import Administration
from tests.builders import NOW
from tests.faults import Crash, Fault, Faults
from tests.unit.echostream_cli.filled_table import create_table

READER, WRITER = frozenset({Role.READER}), frozenset({Role.WRITER})
LATER = NOW + timedelta(days=1)
FIRST = Password("First-password-1")
EXTERNAL = "EXTERNAL_PROVIDER"
CHOSEN = Password("Chosen-password-2", is_permanent=True)


class Deployment:
    """A user pool, an API and a directory with the tenants acme and globex."""

    def __init__(self, target):
        self.cognito = target.client("cognito-idp")
        self.dynamodb = target.client("dynamodb")
        self.gateway = target.client("apigatewayv2")
        self.pool_id = self.cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
        self._create_api()
        table = f"members-{uuid.uuid4().hex}"
        create_table(self.dynamodb, table)
        directory = DynamoDBDirectory(self.dynamodb, table)
        for tenant in ("acme", "globex"):
            directory.create_tenant(tenant, NOW)
        pool = CognitoPool(self.cognito, self.pool_id)
        audience = ApiAudience(self.gateway, self.api, self.authorizer)
        self.manage = Administration(directory, pool, self.pool_id, audience, "people")
        self.faults = Faults(self.cognito, self.dynamodb, self.gateway)

    def _create_api(self):
        self.api = self.gateway.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
        self.authorizer = self.gateway.create_authorizer(
            ApiId=self.api,
            Name="members",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": "https://issuer", "Audience": ["people"]},
        )["AuthorizerId"]

    def audience(self):
        found = self.gateway.get_authorizer(ApiId=self.api, AuthorizerId=self.authorizer)
        assert found["JwtConfiguration"]["Issuer"] == "https://issuer"
        return found["JwtConfiguration"]["Audience"]

    def status(self, name):
        return self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=name)["UserStatus"]

    def client_of(self, credentials):
        return self.cognito.describe_user_pool_client(
            UserPoolId=self.pool_id, ClientId=credentials.identity.name
        )["UserPoolClient"]


def replace_method(one, name, method):
    """A copy of an object with another method."""
    changed = copy(one)
    setattr(changed, name, method)
    return changed


@pytest.fixture
def deployment(settings, sandbox):
    return Deployment(settings.target)


def test_invited_person_is_a_member_who_must_choose_a_password(deployment):
    """With the roles; the name is written in small letters."""
    member = deployment.manage.invite("acme", "Ann", WRITER, FIRST, NOW)
    assert member.identity == Identity("person", deployment.pool_id, "ann")
    assert deployment.manage.directory.members("acme") == [member]
    assert deployment.status("ann") == "FORCE_CHANGE_PASSWORD"


def test_federated_person_is_admitted_before_the_first_sign_in(deployment):
    """Without a user and a password; a repeat changes nothing, another tenant is refused."""
    for _ in range(2):
        member = deployment.manage.admit("acme", "okta_00u1", WRITER, NOW)
    assert member.identity == Identity("person", deployment.pool_id, "okta_00u1")
    assert deployment.manage.directory.members("acme") == [member]
    assert deployment.manage.pool.find_person("okta_00u1") is None
    with pytest.raises(Conflict):
        deployment.manage.admit("globex", "okta_00u1", WRITER, NOW)
    deployment.manage.remove(member)
    assert deployment.manage.directory.members("acme") == []


def test_federated_person_is_admitted_as_the_pool_spells_them(deployment):
    """After a sign-in the pool has the user."""
    deployment.manage.pool.create_person("okta_00u1", FIRST)
    member = deployment.manage.admit("acme", "Okta_00U1", WRITER, NOW)
    assert member.identity.name == "okta_00u1"


@pytest.mark.parametrize("has_signed_in", [False, True])
def test_federated_person_cannot_be_invited(deployment, has_signed_in):
    """An admin of another tenant could otherwise claim them: nothing is deleted or added."""
    manage = replace(deployment.manage, provider="Okta")
    if has_signed_in:
        manage.pool.create_person("okta_00u1", CHOSEN)
    for name in ("okta_00u1", "Okta_00U1", "OKTA_"):
        with pytest.raises(BadRequest, match="is a person of the identity provider"):
            manage.invite("globex", name, ALL_ROLES, FIRST, NOW)
    assert manage.directory.members("globex") == []
    assert (manage.pool.find_person("okta_00u1") is not None) is has_signed_in
    manage.invite("globex", "oktavia", WRITER, FIRST, NOW)
    assert manage.admit("acme", "okta_00u1", WRITER, NOW).tenant == "acme"


def test_person_of_a_former_provider_cannot_be_invited(deployment):
    """The pool still has their user, whatever the provider's name was."""
    external = replace(deployment.manage.pool.create_person("idp_1", FIRST), status=EXTERNAL)
    pool = replace_method(deployment.manage.pool, "find_person", lambda _: external)
    with pytest.raises(BadRequest, match="is a person of the identity provider"):
        replace(deployment.manage, pool=pool).invite("globex", "idp_1", WRITER, FIRST, NOW)
    assert deployment.manage.pool.find_person("idp_1") is not None


@pytest.mark.parametrize("name", ["ann", "okta_", "_00u1", "my okta_1", "okta_a b", "okta_a#b"])
def test_name_without_a_provider_is_not_federated(deployment, name):
    """The names of federated users begin with the provider's."""
    with pytest.raises(BadRequest, match="a federated name is"):
        deployment.manage.admit("acme", name, WRITER, NOW)


def test_invitation_is_repeated_until_a_password_is_chosen(deployment):
    """Then the user is a member already; the chosen password stays."""
    for password in (FIRST, replace(FIRST, text="Another-password-1"), CHOSEN):
        deployment.manage.invite("acme", "ann", WRITER, password, NOW)
    assert deployment.status("ann") == "CONFIRMED"
    with pytest.raises(Conflict, match="is a member of acme already"):
        deployment.manage.invite("acme", "ANN", WRITER, FIRST, NOW)
    assert deployment.status("ann") == "CONFIRMED"


@pytest.mark.parametrize("password", [FIRST, CHOSEN])
def test_user_of_another_tenant_is_not_taken_over(deployment, password):
    """Their password is not changed, whether they have signed in or not."""
    deployment.manage.invite("acme", "ann", ALL_ROLES, password, NOW)
    with pytest.raises(Conflict, match="name: ann belongs to another tenant"):
        deployment.manage.invite("globex", "ann", ALL_ROLES, password, NOW)
    assert "AdminSetUserPassword" in deployment.faults.calls
    deployment.faults.calls.clear()
    with pytest.raises(Conflict):
        deployment.manage.invite("globex", "ann", ALL_ROLES, password, NOW)
    assert "AdminSetUserPassword" not in deployment.faults.calls
    assert deployment.manage.directory.members("globex") == []


@pytest.mark.parametrize("name", ["", "a b", "a#b", "-ann", "x" * 65, "a\nb", "\u00e9"])
def test_unsafe_names_are_refused(deployment, name):
    """Of people and of machine users."""
    with pytest.raises(BadRequest, match="name: a name has"):
        deployment.manage.invite("acme", name, WRITER, FIRST, NOW)
    with pytest.raises(BadRequest, match="name: a name has"):
        deployment.manage.create_machine("acme", name, WRITER, NOW)


def test_removed_person_has_no_user(deployment):
    """They can be invited again, also by another tenant."""
    manage = deployment.manage
    manage.invite("acme", "ann", WRITER, CHOSEN, NOW)
    manage.remove(manage.person("acme", "Ann"))
    assert manage.pool.find_person("ann") is None
    with pytest.raises(NotFound, match="name: ann is no member of acme"):
        manage.person("acme", "ann")
    manage.invite("globex", "ann", WRITER, FIRST, NOW)


def test_machine_has_scopes_and_is_accepted_by_the_api(deployment):
    """Of its roles, and of no other flow than its own."""
    made = deployment.manage.create_machine("acme", "importer", WRITER, NOW)
    client = deployment.client_of(made)
    assert client["AllowedOAuthScopes"] == [scope_of(Role.WRITER)]
    assert client["AllowedOAuthFlows"] == ["client_credentials"]
    assert client["ClientSecret"] == made.secret
    assert deployment.audience() == ["people", made.identity.name]
    assert deployment.manage.directory.member(made.identity).tenant == "acme"
    assert made.secret not in repr(made)


def test_machine_user_is_created_once(deployment):
    """A second one of the name is refused, and leaves no client; another tenant may have it."""
    deployment.manage.create_machine("acme", "importer", WRITER, NOW)
    with pytest.raises(Conflict, match="name: importer is a member of acme already"):
        deployment.manage.create_machine("acme", "importer", WRITER, NOW)
    with pytest.raises(NotFound, match="tenant: none does not exist"):
        deployment.manage.create_machine("none", "importer", WRITER, NOW)
    assert len(deployment.manage.pool.machine_ids()) == 1
    deployment.manage.create_machine("globex", "importer", WRITER, NOW)


def test_rotation_keeps_the_last_credentials(deployment):
    """Until the next one; with `now` only the new ones stay."""
    manage = deployment.manage
    first = manage.create_machine("acme", "importer", WRITER, NOW).identity.name
    second = manage.rotate_machine("acme", "importer", LATER, now=False).identity.name
    assert sorted(manage.pool.machine_ids()) == sorted([first, second])
    third = manage.rotate_machine("acme", "importer", LATER + timedelta(1), now=False).identity.name
    assert sorted(manage.pool.machine_ids()) == sorted([second, third])
    last = manage.rotate_machine("acme", "importer", LATER + timedelta(2), now=True).identity.name
    assert manage.pool.machine_ids() == [last]
    assert deployment.audience() == ["people", last]
    with pytest.raises(NotFound, match="name: importer is no machine user of globex"):
        manage.rotate_machine("globex", "importer", LATER, now=True)


def test_number_of_machines_is_limited(deployment):
    """API Gateway's limit is reported before anything is created."""
    for number in range(MAX_AUDIENCES - 1):
        deployment.manage.create_machine("acme", f"m{number}", WRITER, NOW)
    assert len(deployment.audience()) == MAX_AUDIENCES
    with pytest.raises(Conflict, match="an API accepts 49 machine users"):
        deployment.manage.create_machine("acme", "one-more", WRITER, NOW)
    assert len(deployment.manage.pool.machine_ids()) == MAX_AUDIENCES - 1


def test_machines_of_a_tenant_are_limited(deployment):
    """By name; rotations stay possible, and what is above the limit is not kept."""
    limited = replace(deployment.manage, max_machines=2)
    for label in ("a", "b"):
        limited.create_machine("acme", label, WRITER, NOW)
    deployment.faults.calls.clear()
    with pytest.raises(Conflict, match="name: a tenant may have 2 machine users; remove one first"):
        limited.create_machine("acme", "c", WRITER, NOW)
    assert "CreateUserPoolClient" not in deployment.faults.calls
    for number in range(3):
        for label in ("a", "b"):
            limited.rotate_machine("acme", label, NOW + timedelta(number + 1), now=False)
    assert len(deployment.manage.directory.members("acme")) == 4
    assert len(deployment.audience()) == 5
    limited.create_machine("globex", "c", WRITER, NOW)
    deployment.manage.create_machine("acme", "c", WRITER, NOW)
    rotated = limited.rotate_machine("acme", "c", LATER, now=True)
    assert [one.identity for one in limited.machine("acme", "c")] == [rotated.identity]


def test_machines_that_are_created_at_once_are_limited(deployment):
    """The number is checked again after each creation."""
    limited = replace(deployment.manage, max_machines=1)
    created: list[Any] = []
    create = limited.pool.create_machine

    def create_after_another(*arguments):
        if not created:
            created.append(deployment.manage.create_machine("acme", "other", WRITER, NOW))
        return create(*arguments)

    pool = replace_method(limited.pool, "create_machine", create_after_another)
    with pytest.raises(Conflict, match="a tenant may have 1 machine users"):
        replace(limited, pool=pool).create_machine("acme", "one", WRITER, NOW)
    assert [member.label for member in deployment.manage.directory.members("acme")] == ["other"]
    assert deployment.manage.pool.machine_ids() == [created[0].identity.name]
    assert deployment.audience() == ["people", created[0].identity.name]


def test_rotations_at_once_are_limited(deployment):
    """All see the same last client, and end no other; a machine user has three clients at most."""
    limited = replace(deployment.manage, max_machines=1)
    limited.create_machine("acme", "one", WRITER, NOW)
    started, create = [NOW], limited.pool.create_machine

    def create_after_another(*arguments):
        if len(started) < 4:
            started.append(LATER)
            rotation.rotate_machine("acme", "one", LATER, now=False)
        return create(*arguments)

    pool = replace_method(limited.pool, "create_machine", create_after_another)
    rotation = replace(limited, pool=pool)
    with pytest.raises(Conflict, match="name: one is rotated by other requests"):
        rotation.rotate_machine("acme", "one", LATER, now=False)
    assert len(limited.directory.members("acme")) == 3
    assert len(limited.pool.machine_ids()) == 3


def test_user_of_a_removal_that_did_not_end_is_replaced(deployment):
    """The former person keeps neither the password nor a session."""
    manage = deployment.manage
    member = manage.invite("acme", "ann", WRITER, CHOSEN, NOW)
    before = manage.pool.find_person("ann")
    manage.directory.remove(member)
    manage.invite("globex", "ann", WRITER, FIRST, NOW)
    after = manage.pool.find_person("ann")
    assert before.subject != after.subject
    assert deployment.status("ann") == "FORCE_CHANGE_PASSWORD"


@pytest.fixture
def crash_at_each_call(settings, sandbox):
    """A function that runs an operation on new deployments, until its first, second, ... call.

    It yields each deployment as the crash left it.
    """

    def run(operation, fault):
        for position in count():
            deployment = Deployment(settings.target)
            try:
                with deployment.faults.planned([*[None] * position, fault]):
                    operation(deployment.manage)
            except Crash:
                yield deployment
            else:
                return

    return run


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.CRASH_AFTER])
def test_invitation_is_completed_after_a_crash(crash_at_each_call, fault):
    """At any call, also right after it."""
    number = 0
    for deployment in crash_at_each_call(
        lambda manage: manage.invite("acme", "ann", WRITER, FIRST, NOW), fault
    ):
        number += 1
        deployment.manage.invite("acme", "ann", WRITER, FIRST, NOW)
        [member] = deployment.manage.directory.members("acme")
        assert member.roles == WRITER
        assert deployment.status("ann") == "FORCE_CHANGE_PASSWORD"
    assert number >= 4


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.CRASH_AFTER])
def test_machine_user_is_usable_after_a_crash(crash_at_each_call, fault):
    """Its creation is repeated, or, if it is a member already, it is rotated."""
    for deployment in crash_at_each_call(
        lambda manage: manage.create_machine("acme", "importer", WRITER, NOW), fault
    ):
        manage = deployment.manage
        if manage.directory.members("acme"):
            made = manage.rotate_machine("acme", "importer", LATER, now=True)
        else:
            made = manage.create_machine("acme", "importer", WRITER, LATER)
        assert [m.identity for m in manage.directory.members("acme")] == [made.identity]
        assert deployment.audience() == ["people", made.identity.name]


def fill(manage):
    """Members and machine users of acme, one of them rotated, and of another tenant."""
    for name in ("ann", "bob"):
        manage.invite("acme", name, ALL_ROLES, CHOSEN, NOW)
    manage.create_machine("acme", "importer", WRITER, NOW)
    manage.rotate_machine("acme", "importer", LATER, now=False)
    manage.invite("globex", "eve", ALL_ROLES, CHOSEN, NOW)
    manage.create_machine("globex", "importer", WRITER, NOW)


def begin_deletion(manage):
    tenant = manage.directory.tenant("acme")
    assert tenant
    manage.directory.begin_deletion(tenant)


def check_removed(deployment):
    """No user, client or member of acme is left; those of the other tenant are."""
    manage = deployment.manage
    assert manage.directory.members("acme") == []
    assert [person.identity.name for person in manage.pool.people()] == ["eve"]
    [eve, importer] = manage.directory.members("globex")
    assert manage.pool.machine_ids() == [importer.identity.name]
    assert deployment.audience() == ["people", importer.identity.name]
    assert manage.directory.member(eve.identity) == eve


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.CRASH_AFTER])
def test_all_members_are_removed_after_a_crash(settings, sandbox, fault):
    """At any call, the repeat removes what is left, also the last admin."""
    for position in count():
        deployment = Deployment(settings.target)
        manage = deployment.manage
        fill(manage)
        begin_deletion(manage)
        try:
            with deployment.faults.planned([*[None] * position, fault]):
                manage.remove_all("acme")
        except Crash:
            manage.remove_all("acme")
        else:
            check_removed(deployment)
            return
        check_removed(deployment)


def test_members_are_removed_by_two_at_once(deployment):
    """Each is removed by one of them."""
    manage = deployment.manage
    fill(manage)
    begin_deletion(manage)
    with ThreadPoolExecutor(2) as threads:
        removed = list(threads.map(manage.remove_all, ["acme", "acme"]))
    assert sorted(map(len, removed))[-1] <= 4
    assert sum(map(len, removed)) == 4
    check_removed(deployment)


class LateDirectory:
    """A directory from which a member is removed while their user is created."""

    def __init__(self, directory):
        self._directory = directory
        self.member = directory.member

    def add(self, member):
        """Add a member, whom somebody else removes."""
        self._directory.add(member)
        self._directory.remove(member)


def test_person_who_is_removed_during_the_invitation_has_no_user(deployment):
    """Their tenant is being deleted: the user pool keeps nobody who is no member."""
    deployment.manage.invite("acme", "bob", ALL_ROLES, FIRST, NOW)
    manage = replace(deployment.manage, directory=LateDirectory(deployment.manage.directory))
    with pytest.raises(Conflict, match="ann: was removed meanwhile"):
        manage.invite("acme", "ann", WRITER, FIRST, NOW)
    assert [person.identity.name for person in manage.pool.people()] == ["bob"]


class Overtaken:
    """A directory or a user pool: the first call of a method is followed by other work."""

    def __init__(self, parts, method, work):
        self._parts, self._method, self._work = parts, method, work

    def __getattr__(self, name):
        method = getattr(self._parts, name)
        if name != self._method or self._work is None:
            return method

        def call(*arguments):
            result = method(*arguments)
            work, self._work = self._work, None
            if work:
                work()
            return result

        return call


def overtake(manage, part, method, work):
    """An administration with an overtaken directory or pool."""
    return replace(manage, **{part: Overtaken(getattr(manage, part), method, work)})


def check_invited_by_globex(deployment):
    """Ann belongs to globex alone, and has the password that globex gave her."""
    manage = deployment.manage
    assert [member.label for member in manage.directory.members("globex")] == ["ann"]
    assert manage.directory.members("acme") == []
    assert deployment.status("ann") == "CONFIRMED"


def test_invitation_deletes_no_user_of_another_tenants_invitation(deployment):
    """Both tenants found the user of a removal that did not end; one replaces it."""
    manage = deployment.manage
    manage.directory.remove(manage.invite("acme", "ann", WRITER, FIRST, NOW))

    def invite():
        manage.invite("globex", "ann", WRITER, CHOSEN, NOW)

    late = overtake(manage, "directory", "member", invite)
    with pytest.raises(Conflict, match="name: ann belongs to another tenant"):
        late.invite("acme", "ann", WRITER, FIRST, NOW)
    check_invited_by_globex(deployment)


@pytest.mark.parametrize("method", ["create_person", "set_password"])
def test_invitation_sets_no_password_of_another_tenants_user(deployment, method):
    """The person was removed during it, and then invited by the other tenant."""
    manage = deployment.manage

    def take_over():
        manage.remove(manage.person("acme", "ann"))
        manage.invite("globex", "ann", WRITER, CHOSEN, NOW)

    late = overtake(manage, "pool", method, take_over)
    with pytest.raises(Conflict, match="removed meanwhile"):
        late.invite("acme", "ann", WRITER, FIRST, NOW)
    check_invited_by_globex(deployment)


def test_removal_deletes_no_user_of_another_tenants_invitation(deployment):
    """The name is free as soon as the directory lacks it."""
    manage = deployment.manage
    ann = manage.invite("acme", "ann", WRITER, FIRST, NOW)

    def invite():
        manage.invite("globex", "ann", WRITER, CHOSEN, NOW)

    overtake(manage, "directory", "remove", invite).remove(ann)
    check_invited_by_globex(deployment)


def test_removal_of_all_deletes_no_user_of_another_tenants_invitation(deployment):
    """Somebody else has removed the member since the list was read."""
    manage = deployment.manage
    manage.invite("acme", "ann", WRITER, FIRST, NOW)

    def take_over():
        manage.remove(manage.person("acme", "ann"))
        manage.invite("globex", "ann", WRITER, CHOSEN, NOW)

    assert overtake(manage, "directory", "members", take_over).remove_all("acme") == []
    check_invited_by_globex(deployment)


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.CRASH_AFTER])
def test_removed_member_stays_removed_after_a_crash(crash_at_each_call, fault):
    """Once the directory lacks them, the rest is harmless: they can be invited again."""

    def remove(manage):
        manage.invite("acme", "ann", WRITER, CHOSEN, NOW)
        manage.remove(manage.person("acme", "ann"))

    for deployment in crash_at_each_call(remove, fault):
        manage = deployment.manage
        try:
            manage.remove(manage.person("acme", "ann"))
        except NotFound:
            manage.invite("acme", "ann", WRITER, FIRST, NOW)
            manage.remove(manage.person("acme", "ann"))
        assert manage.directory.members("acme") == []
        assert manage.pool.find_person("ann") is None
