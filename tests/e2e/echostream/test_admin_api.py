"""Members and machine users of a tenant, managed by its own admins through the API."""

import base64
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from echostream.domain.members import ALL_ROLES, Role
from echostream_cli.log_events import read
from echostream_client.api import ApiFailed
from tests.accounts import Account
from tests.polling import wait_until

HTTP = urllib3.PoolManager(maxsize=8, timeout=60, retries=False)
READER, WRITER = frozenset({Role.READER}), frozenset({Role.WRITER})
ROUTES = [
    ("GET", "/members"),
    ("POST", "/members"),
    ("PUT", "/members/ann"),
    ("DELETE", "/members/ann"),
    ("POST", "/machines"),
    ("POST", "/machines/importer/rotate"),
    ("DELETE", "/machines/importer"),
    ("POST", "/live-sources"),
    ("POST", "/live-sources/blog/pause"),
    ("POST", "/live-sources/blog/resume"),
    ("DELETE", "/live-sources/blog"),
    ("DELETE", "/documents/post-17"),
    ("DELETE", "/authors/ann"),
    ("GET", "/erasures"),
    ("POST", "/erasures"),
    ("GET", "/erasures/20260101T000000000000-00000000"),
    ("GET", "/quarantine"),
    ("DELETE", f"/quarantine/{'0' * 32}"),
]
"""All requests that need the role admin."""
BODY = json.dumps({"name": "eve", "roles": ["admin"]})


@pytest.fixture
def add(settings, sandbox, name):
    """A function that adds a person to the tenant of this test."""

    def add(label, roles=ALL_ROLES):
        return Account(settings, sandbox, f"{name}-{label}", name, roles).with_password()

    return add


@pytest.fixture
def admin(add):
    return add("admin")


@pytest.fixture
def other(settings, sandbox, name):
    """An admin of another tenant."""
    return Account(settings, sandbox, f"{name}-o", f"{name}-o").with_password()


@pytest.fixture
def call(sandbox):
    """A function that sends a request with a token; the status, the body and the headers."""

    def send(token, method, path, body=None):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        url = sandbox["API_URL"] + path
        response = HTTP.request(method, url, body=body, headers=headers)
        return response.status, json.loads(response.data), response.headers

    return send


def failure_of(operation):
    """The status and the code of the error that an operation gets."""
    with pytest.raises(ApiFailed) as caught:
        operation()
    return caught.value.status, caught.value.code


def names(api):
    return [member["name"] for member in api.members()["members"]]


@pytest.fixture(scope="module")
def not_an_admin(settings, sandbox):
    """The token of somebody who may read and write."""
    name = f"not-an-admin-{uuid.uuid4().hex[:8]}"
    account = Account(settings, sandbox, name, name, READER | WRITER)
    return account.with_password().user.token()


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_route_needs_the_role_admin(not_an_admin, call, method, path, prefix):
    """A reader and writer gets 403; the message names the role, and nothing is changed."""
    body = BODY if method in ("POST", "PUT") else None
    status, content, _ = call(not_an_admin, method, prefix + path, body)
    assert (status, content["error"]["code"]) == (403, "role_needed")
    assert "needs the role admin; you have: reader writer" in content["error"]["message"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_route_needs_a_token(call, method, path):
    """Without a valid one the gateway refuses the request."""
    assert call("x", method, path, BODY)[0] == 401


def test_invited_person_signs_in(settings, sandbox, admin, call, name):
    """With the temporary password, once; the response is not stored by caches."""
    token, person = admin.user.token(), f"{name}-Bob"
    body = json.dumps({"name": person, "roles": ["reader"]})
    status, made, headers = call(token, "POST", "/api/members", body)
    assert (status, headers["Cache-Control"]) == (201, "no-store")
    assert made["name"] == person.casefold()
    assert (made["kind"], made["roles"]) == ("person", ["reader"])
    cognito = settings.target.client("cognito-idp")
    answer = cognito.initiate_auth(
        ClientId=sandbox["USER_POOL_CLIENT_ID"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": made["name"], "PASSWORD": made["temporary_password"]},
    )
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answer = cognito.respond_to_auth_challenge(
        ClientId=sandbox["USER_POOL_CLIENT_ID"],
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=answer["Session"],
        ChallengeResponses={"USERNAME": made["name"], "NEW_PASSWORD": "My-own-password-1"},
    )
    chosen = answer["AuthenticationResult"]["IdToken"]
    assert call(chosen, "GET", "/query")[0] == 200
    assert call(chosen, "GET", "/members")[0] == 403
    assert failure_of(lambda: admin.api.invite(person, ["reader"])) == (409, "exists")


def test_changed_roles_hold(add, admin):
    """A reader becomes a writer, without a new sign-in."""
    member = add("member", READER)
    assert member.api.query()["documents"] == []
    changed = admin.api.set_roles(member.username, ["writer"])
    assert (changed["name"], changed["roles"]) == (member.username, ["writer"])
    assert wait_until(lambda: is_refused(member, "role_needed"))
    assert member.api.ingest([{"text": "a fine day"}])["accepted"] == 1


def is_refused(member, code):
    try:
        member.api.query()
    except ApiFailed as error:
        return (error.status, error.code) == (403, code)
    return False


def test_removed_member_is_refused(add, admin):
    """Their name can be invited again; a second removal finds nobody."""
    member = add("member", READER)
    assert member.api.query()["documents"] == []
    assert admin.api.remove_member(member.username) == {"name": member.username}
    assert wait_until(lambda: is_refused(member, "not_a_member"))
    failure = failure_of(lambda: admin.api.remove_member(member.username))
    assert failure == (404, "unknown_member")
    assert "temporary_password" in admin.api.invite(member.username, ["reader"])


def test_removed_admin_changes_nothing_more(add, admin, name):
    """Not for a second: the admin function remembers no member."""
    second = add("second")
    assert len(names(second.api)) == 2
    admin.api.remove_member(second.username)
    failure = failure_of(lambda: second.once.invite(f"{name}-eve", ["admin"]))
    assert failure == (403, "not_a_member")
    assert names(admin.api) == [admin.username]


def token_of(credentials):
    login = f"{credentials['client_id']}:{credentials['client_secret']}".encode()
    response = HTTP.request(
        "POST",
        credentials["token_url"],
        fields={"grant_type": "client_credentials", "scope": credentials["scope"]},
        encode_multipart=False,
        headers={"Authorization": f"Basic {base64.b64encode(login).decode()}"},
    )
    return json.loads(response.data).get("access_token")


def test_machine_user_works_and_is_rotated(admin, call):
    """Old credentials stay valid until the next rotation; with `now` they end at once."""
    first = admin.api.create_machine("importer", ["writer"])
    assert (first["name"], first["scope"]) == ("importer", "echostream/writer")
    body = json.dumps({"text": "sent by a machine"})
    assert call(token_of(first), "POST", "/ingest", body)[0] == 202
    second = admin.api.rotate_machine("importer")
    assert call(token_of(second), "POST", "/ingest", body)[0] == 202
    assert token_of(first) is not None
    third = admin.api.rotate_machine("importer", now=True)
    assert [token_of(one) is None for one in (first, second, third)] == [True, True, False]
    listed = [m for m in admin.api.members()["members"] if m["kind"] == "machine"]
    assert [(m["name"], m["client_id"]) for m in listed] == [("importer", third["client_id"])]
    admin.api.remove_machine("importer")
    assert token_of(third) is None
    assert failure_of(lambda: admin.api.rotate_machine("importer")) == (404, "unknown_machine")


def test_machine_users_of_a_tenant_are_limited(admin, other):
    """Also if they are created at once; another tenant can create one, and a removal makes room."""

    def create(number):
        try:
            admin.once.create_machine(f"m{number}", ["writer"])
        except ApiFailed as error:
            return error.code
        return "created"

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(create, range(8)))
    assert set(results) <= {"created", "too_many_machines", "try_again"}
    assert results.count("created") <= 5
    while create(len(results)) == "created":
        results.append("created")
    assert results.count("created") == 5
    with pytest.raises(ApiFailed, match="a tenant may have 5 machine users; remove one first"):
        admin.api.create_machine("one-more", ["writer"])
    machine = next(m for m in admin.api.members()["members"] if m["kind"] == "machine")
    admin.api.rotate_machine(machine["name"])
    assert other.api.create_machine("m0", ["writer"])["name"] == "m0"
    for one in {m["name"] for m in admin.api.members()["members"] if m["kind"] == "machine"}:
        admin.api.remove_machine(one)
    other.api.remove_machine("m0")


def test_other_tenants_members_are_out_of_reach(admin, other):
    """They are not listed, changed, removed, rotated, or invited by name."""
    other.api.create_machine("theirs", ["writer"])
    before = other.api.members()
    theirs = other.username
    assert names(admin.api) == [admin.username]
    for operation, code in (
        (lambda: admin.api.set_roles(theirs, ["reader"]), (404, "unknown_member")),
        (lambda: admin.api.remove_member(theirs), (404, "unknown_member")),
        (lambda: admin.api.rotate_machine("theirs"), (404, "unknown_machine")),
        (lambda: admin.api.remove_machine("theirs"), (404, "unknown_machine")),
    ):
        assert failure_of(operation) == code
    with pytest.raises(ApiFailed, match="belongs to another tenant") as caught:
        admin.api.invite(theirs, ["admin"])
    assert (caught.value.status, caught.value.code) == (409, "other_tenant")
    assert str(caught.value).count(f"{theirs}") == 1  # as sent; the tenant has the same name
    assert other.api.members() == before
    other.api.remove_machine("theirs")


def test_tenant_keeps_an_admin(add, admin):
    """The last one is not removed and keeps the role; with a second one, they can leave."""
    for operation in (
        lambda: admin.api.remove_member(admin.username),
        lambda: admin.api.set_roles(admin.username, ["reader"]),
    ):
        assert failure_of(operation) == (409, "last_admin")
    second = add("second")
    admin.api.remove_member(admin.username)
    assert names(second.api) == [second.username]


def test_admins_who_remove_each_other_at_once(add):
    """One of them stays."""
    accounts = [add("first"), add("second")]
    tokens = [account.user.token() for account in accounts]
    assert all(tokens)

    def remove(pair):
        by, member = pair
        try:
            by.api.remove_member(member.username)
        except ApiFailed as error:
            return error.code
        return "removed"

    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(remove, [accounts, accounts[::-1]]))
    assert results.count("removed") == 1
    assert set(results) <= {"removed", "last_admin", "not_a_member", "changed"}
    [left] = [a for a, result in zip(accounts, results, strict=True) if result == "removed"]
    assert names(left.api) == [left.username]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            ("POST", "/members", '{"name": "a", "roles": ["reader"], "tenant": "b"}'),
            (400, "tenant"),
        ),
        (("POST", "/members", '{"roles": ["reader"]}'), (400, "name")),
        (("POST", "/members", '{"name": "a b", "roles": ["reader"]}'), (400, "name")),
        (("POST", "/members", '{"name": "a", "roles": "reader"}'), (400, "roles")),
        (("POST", "/members", '{"name": "a", "roles": ["owner"]}'), (400, "roles")),
        (("POST", "/machines", '{"name": "a", "roles": []}'), (400, "roles")),
        (("POST", "/machines", "{"), (400, "body")),
        (("POST", "/machines", "[]"), (400, "body")),
        (("POST", "/machines", '"' + "x" * 100_000 + '"'), (413, "body")),
        (("POST", "/machines/x/rotate", '{"now": 1}'), (400, "now")),
        (("PUT", "/members/x", None), (400, "body")),
        (("PUT", "/members/x?y=z", '{"roles": ["reader"]}'), (400, "y")),
        (("PUT", "/members/a%20b%25%C3%A9", '{"roles": ["reader"]}'), (404, "name")),
        (("DELETE", "/members/%F0%9F%9A%80", None), (404, "name")),
        (("DELETE", "/machines/a%20b", None), (404, "name")),
    ],
)
def test_invalid_requests_are_refused(admin, call, sent, expected):
    """The message begins with the field."""
    status, content, _ = call(admin.user.token(), *sent)
    assert (status, content["error"]["message"].split(":")[0]) == expected
    assert names(admin.api) == [admin.username]


def test_log_has_no_secret(settings, admin, name):
    """Of the function, whatever was created; it has who did it."""
    password = admin.api.invite(f"{name}-bob", ["reader"])["temporary_password"]
    made = admin.api.create_machine("importer", ["writer"])
    admin.api.remove_machine("importer")
    group = settings.target.log_group("admin")
    logs = settings.target.client("logs")

    def lines():
        return "\n".join(str(line) for line in read(logs, group))

    assert wait_until(lambda: f"{name}-bob" in lines())
    assert admin.username in lines()
    for secret in (password, made["client_secret"]):
        assert secret not in lines()
