"""Tenants, members and machine users of a deployment, through sign-in and the API."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3

from echostream.adapters.cognito_pool import Password
from echostream.domain.errors import Conflict
from echostream.domain.members import Role, TenantState, scope_of
from echostream.domain.quotas import Quotas
from echostream_cli import users
from echostream_client.api import ApiFailed
from tests.accounts import PASSWORD, Account
from tests.polling import wait_until

HTTP = urllib3.PoolManager(maxsize=8, timeout=60, retries=False)
READER, WRITER = frozenset({Role.READER}), frozenset({Role.WRITER})


@pytest.fixture
def manage(settings, sandbox):
    return users.administration(settings.target)


@pytest.fixture
def add(settings, sandbox, name):
    """A function that adds a person to the tenant of this test."""

    def add(label, roles):
        account = Account(settings, sandbox, f"{name}-{label}", name, roles)
        return account.with_password()

    return add


def status_of(operation):
    """The status and the code of the response to a request."""
    try:
        operation()
    except ApiFailed as error:
        return error.status, error.code
    return 200, ""


def test_each_role_has_its_requests(add):
    """A reader does not send, a writer does not read; the response names the role."""
    reader, writer = add("reader", READER), add("writer", WRITER)
    assert writer.api.ingest([{"text": "a fine day"}])["accepted"] == 1
    assert reader.api.query()["documents"] != []
    with pytest.raises(ApiFailed, match="needs the role writer; you have: reader"):
        reader.api.ingest([{"text": "a fine day"}])
    for read in (writer.api.query, writer.api.stats):
        with pytest.raises(ApiFailed, match="needs the role reader; you have: writer"):
            read()


def test_removed_member_is_refused(add, manage, name):
    """Their token is still valid; the refresh token is not."""
    member = add("reader", READER)
    assert status_of(member.api.query)[0] == 200
    manage.remove(manage.person(name, member.username))
    assert wait_until(lambda: status_of(member.api.query) == (403, "not_a_member"))


def test_suspended_tenant_is_refused_until_it_is_resumed(add, manage, name):
    """Of all its members; another tenant is served meanwhile."""
    member = add("reader", READER)
    assert status_of(member.api.query)[0] == 200
    manage.directory.set_state(name, TenantState.SUSPENDED)
    assert wait_until(lambda: status_of(member.api.query) == (403, "tenant_suspended"))
    manage.directory.set_state(name, TenantState.ACTIVE)
    assert wait_until(lambda: status_of(member.api.query)[0] == 200)


def test_changed_roles_hold_without_a_new_sign_in(add, manage, name):
    """A reader becomes a writer."""
    member = add("member", READER)
    assert status_of(member.api.query)[0] == 200
    manage.directory.set_roles(manage.person(name, member.username), WRITER)
    assert wait_until(lambda: status_of(member.api.query) == (403, "role_needed"))
    assert member.api.ingest([{"text": "a fine day"}])["accepted"] == 1


def set_quotas(manage, tenant, **numbers):
    manage.directory.set_quotas(tenant, Quotas(**numbers))


def flood(sandbox, token):
    """The responses to many requests at once that are 429s."""
    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(lambda _: call(sandbox, token, "/usage"), range(80)))
    return [content for status, content in responses if status == 429]


def test_flood_of_a_tenant_is_refused_and_others_are_served(settings, sandbox, manage, name):
    """With the time to wait, and the name of the quota."""
    flooder = Account(settings, sandbox, f"{name}-a", f"{name}-a").with_password()
    other = Account(settings, sandbox, f"{name}-b", f"{name}-b").with_password()
    set_quotas(manage, f"{name}-a", requests=1)
    token = flooder.user.token()
    assert call(sandbox, token)[0] == 200
    refused: list[Any] = []

    def is_refused():
        refused.extend(flood(sandbox, token))
        return refused != []

    assert wait_until(is_refused)
    assert refused[0]["error"]["code"] == "quota_requests"
    assert "1 requests a second" in refused[0]["error"]["message"]
    assert call(sandbox, other.user.token())[0] == 200
    assert call(sandbox, token, "/health")[0] == 200
    assert other.api.usage()["quotas"]["requests_in_10_seconds"]["limit"] is None


def test_documents_of_a_day_are_limited(add, manage, name):
    """All documents of a request are accepted, or none; the use is in GET /usage."""
    member = add("member", READER | WRITER)
    set_quotas(manage, name, documents=5)
    assert member.api.ingest([{"text": f"day {n}"} for n in range(4)])["accepted"] == 4
    with pytest.raises(ApiFailed, match="5 documents a day are used up") as caught:
        member.api.ingest([{"text": "a fine day"}, {"text": "a bad day"}])
    assert (caught.value.status, caught.value.code) == (429, "quota_documents")
    assert (caught.value.wait or 0) > 60
    assert member.api.ingest([{"text": "a fine day"}])["accepted"] == 1
    usage = member.api.usage()
    assert (usage["tenant"], usage["roles"]) == (name, ["reader", "writer"])
    assert usage["quotas"]["documents_today"] == {"limit": 5, "used": 5}


def test_stored_documents_are_limited(add, manage, name):
    """They are counted from the counters."""
    member = add("member", READER | WRITER)
    member.send("a fine day", "a bad day")
    assert member.api.usage()["quotas"]["stored_documents"] == {"limit": None, "used": 2}
    set_quotas(manage, name, stored=2)
    assert wait_until(
        lambda: (
            status_of(lambda: member.once.ingest([{"text": "one more"}])) == (429, "quota_stored")
        )
    )


def sign_in(settings, credentials, **fields):
    """The response of the user pool to a machine."""
    login = f"{credentials.identity.name}:{credentials.secret}".encode()
    return HTTP.request(
        "POST",
        settings.target.outputs()["TokenUrl"],
        fields={"grant_type": "client_credentials", **fields},
        encode_multipart=False,
        headers={"Authorization": f"Basic {base64.b64encode(login).decode()}"},
    )


def token_of(settings, credentials, **fields):
    response = sign_in(settings, credentials, **fields)
    assert response.status == 200, response.data
    return json.loads(response.data)["access_token"]


def call(sandbox, token, path="/query", body=None):
    response = HTTP.request(
        "POST" if body else "GET",
        sandbox["API_URL"] + path,
        body=body,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    return response.status, json.loads(response.data)


@pytest.fixture
def machine(settings, manage, name):
    """The credentials of a machine user that may read and write."""
    users.ensure_tenant(settings.target, name)
    return manage.create_machine(name, "importer", READER | WRITER, datetime.now(UTC))


def test_machine_user_works_for_its_tenant(settings, sandbox, machine, name):
    """With an access token of the client credentials grant."""
    token = token_of(settings, machine)
    body = json.dumps({"id": name, "text": "sent by a machine"}).encode()
    assert call(sandbox, token, "/ingest", body)[0] == 202
    [document] = call(sandbox, token)[1]["documents"]
    assert document["id"] == name


def test_machine_user_can_ask_for_less(settings, sandbox, machine):
    """A token for one scope has one role."""
    token = token_of(settings, machine, scope=scope_of(Role.WRITER))
    assert call(sandbox, token, "/ingest", b'{"text": "a fine day"}')[0] == 202
    status, content = call(sandbox, token)
    assert (status, content["error"]["code"]) == (403, "role_needed")


def test_machine_user_cannot_ask_for_more(settings, machine):
    """The user pool refuses a scope that the client lacks."""
    assert sign_in(settings, machine, scope=scope_of(Role.ADMIN)).status == 400


def test_rotated_credentials_are_refused(settings, sandbox, manage, machine, name):
    """The new ones work at once; a token of the old ones is refused soon."""
    old = token_of(settings, machine)
    assert call(sandbox, old)[0] == 200
    made = manage.rotate_machine(name, "importer", datetime.now(UTC), now=True)
    assert sign_in(settings, machine).status == 400
    assert wait_until(lambda: call(sandbox, old)[0] in (401, 403))
    assert call(sandbox, token_of(settings, made))[0] == 200


def test_access_token_of_a_person_is_refused(settings, sandbox, add):
    """It is for the user pool; the API takes the ID token."""
    member = add("reader", READER)
    cognito = settings.target.client("cognito-idp")
    tokens = cognito.initiate_auth(
        ClientId=sandbox["USER_POOL_CLIENT_ID"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": member.username, "PASSWORD": member.password},
    )["AuthenticationResult"]
    assert call(sandbox, tokens["IdToken"])[0] == 200
    status, content = call(sandbox, tokens["AccessToken"])
    assert (status, content["error"]["code"]) == (401, "wrong_token")
    assert call(sandbox, tokens["RefreshToken"])[0] in (401, 403)


def test_user_named_like_a_machine_is_another_member(settings, sandbox, machine, manage, name):
    """A person whose user name is the client id of another tenant's machine gets nothing of it."""
    client_id = machine.identity.name
    other = Account(settings, sandbox, client_id, f"{name}-b").with_password()
    token = token_of(settings, machine)
    assert call(sandbox, token, "/ingest", b'{"text": "a fine day"}')[0] == 202
    assert other.api.query()["documents"] == []
    with pytest.raises(Conflict, match="belongs to another tenant"):
        manage.invite(name, client_id, READER, Password(PASSWORD), datetime.now(UTC))
