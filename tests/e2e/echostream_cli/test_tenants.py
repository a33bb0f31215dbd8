"""The commands `tenant`, `member` and `machine`, as an operator types them."""

import json

import pytest

from echostream.domain.passwords import has_every_kind
from echostream_client.api import ApiClient, ApiFailed
from echostream_client.cognito import SignedInUser
from tests.commands import run
from tests.polling import wait_until


@pytest.fixture
def operate(settings, sandbox):
    """A function that runs a command and returns its output, with the errors."""

    def operate(*arguments, code=0):
        process = run(settings.environment(), *arguments)
        output = process.stdout + process.stderr
        assert process.returncode == code, output
        return output

    return operate


@pytest.fixture
def tenant(operate, name):
    """A tenant without members."""
    assert f"echostream member invite NAME --tenant {name}" in operate("tenant", "create", name)
    return name


@pytest.fixture
def api_of(settings, sandbox):
    """A function that returns the API as a person with a password."""
    cognito = settings.target.client("cognito-idp")

    def make(name, password):
        user = SignedInUser(cognito, sandbox["USER_POOL_CLIENT_ID"], name, password)
        return ApiClient(sandbox["API_URL"], user, repeats=0)

    return make


def password_in(output):
    """The last word of the output of `member invite`."""
    password = output.split()[-1]
    assert has_every_kind(password)
    return password


def code_of(operation):
    """The code of the error of an API call; empty if it succeeds."""
    try:
        operation()
    except ApiFailed as error:
        return error.code
    return ""


def test_tenant_is_created_once_and_shown(operate, tenant):
    """Without members it says how to add the first; an unknown tenant is an error."""
    assert f"tenant: {tenant} exists already" in operate("tenant", "create", tenant, code=1)
    assert "no member has the role admin" in operate("tenant", "show", tenant)
    assert f"there is no tenant {tenant}x" in operate("tenant", "show", f"{tenant}x", code=1)
    shown = json.loads(operate("tenant", "show", tenant, "--json"))
    assert (shown["name"], shown["state"], shown["members"]) == (tenant, "active", [])
    listed = json.loads(operate("tenant", "list", "--json"))
    assert [one["admins"] for one in listed if one["name"] == tenant] == [0]
    assert tenant in operate("tenant", "list")


def test_tenant_is_suspended_and_resumed(operate, tenant, api_of):
    """Its members are refused meanwhile."""
    made = operate("member", "invite", f"{tenant}-ann", "--tenant", tenant, "--permanent")
    api = api_of(f"{tenant}-ann", password_in(made))
    assert api.query()["documents"] == []
    assert f"{tenant} is suspended" in operate("tenant", "suspend", tenant)
    assert wait_until(lambda: code_of(api.query) == "tenant_suspended")
    assert f"{tenant} is active" in operate("tenant", "resume", tenant)
    assert wait_until(lambda: code_of(api.query) == "")


def test_quotas_are_set_one_by_one(operate, tenant):
    """A quota that is not named stays; `default` removes it; other words are refused."""
    output = operate("tenant", "quota", tenant, "--requests", "20", "--documents", "0")
    assert [line.split() for line in output.splitlines()] == [
        ["requests", "20"],
        ["documents", "no", "limit"],
        ["stored", "default"],
    ]
    operate("tenant", "quota", tenant, "--documents", "default", "--stored", "5000")
    quotas = json.loads(operate("tenant", "show", tenant, "--json"))["quotas"]
    assert quotas == {"requests": 20, "documents": None, "stored": 5000}
    output = operate("tenant", "quota", tenant, "--stored", "-1", code=1)
    assert "STORED: must be a whole number or default" in output


def test_roles_of_a_member_are_replaced(operate, tenant, api_of):
    """The first member has all; the last admin keeps the role; a wrong role is refused."""
    ann, bob = f"{tenant}-ann", f"{tenant}-bob"
    output = operate("member", "invite", ann, "--tenant", tenant)
    assert f"created {ann} of {tenant}, roles: reader writer admin" in output
    made = operate("member", "invite", bob, "--tenant", tenant, "--permanent")
    api = api_of(bob, password_in(made))
    assert code_of(api.members) == "role_needed"
    role = ("member", "role", bob, "--tenant", tenant, "--roles")
    assert f"{bob} of {tenant} has the roles: reader admin" in operate(*role, "admin,reader")
    assert wait_until(lambda: code_of(api.members) == "")
    operate("member", "role", ann, "--tenant", tenant, "--roles", "reader")
    assert "is the last admin" in operate(*role, "reader", code=1)
    assert "unknown: owner" in operate(*role, "owner", code=1)
    [shown] = [
        member
        for member in json.loads(operate("member", "list", "--tenant", tenant, "--json"))
        if member["name"] == ann
    ]
    assert (shown["roles"], shown["status"]) == (["reader"], "FORCE_CHANGE_PASSWORD")


def test_member_is_removed(operate, tenant, api_of, name):
    """They are refused, and can be invited again; a name of another tenant is unknown."""
    bob = f"{tenant}-bob"
    operate("member", "invite", f"{tenant}-ann", "--tenant", tenant)
    invite = ("member", "invite", bob, "--tenant", tenant, "--roles", "reader", "--permanent")
    api = api_of(bob, password_in(operate(*invite)))
    assert api.query()["documents"] == []
    operate("tenant", "create", f"{name}-o")
    output = operate("member", "remove", bob, "--tenant", f"{name}-o", code=1)
    assert f"{bob} is no member of {name}-o" in output
    assert f"removed {bob} of {tenant}" in operate("member", "remove", bob, "--tenant", tenant)
    assert wait_until(lambda: code_of(api.query) == "not_a_member")
    operate(*invite)


def test_machine_user_is_created_rotated_and_removed(operate, tenant):
    """The credentials are printed once; a list has the client ids."""
    assert "has no machine users" in operate("machine", "list", "--tenant", tenant)
    of_tenant = ("importer", "--tenant", tenant)
    output = operate("machine", "create", *of_tenant, "--roles", "reader,writer")
    printed = dict(line.split(None, 1) for line in output.splitlines())
    assert printed["token_url"].endswith("/oauth2/token")
    assert printed["scope"] == "echostream/reader echostream/writer"
    assert "is a member of" in operate("machine", "create", *of_tenant, code=1)
    rotated = json.loads(operate("machine", "rotate", *of_tenant, "--json"))
    assert rotated["client_secret"] != printed["client_secret"]
    listed = json.loads(operate("machine", "list", "--tenant", tenant, "--json"))
    clients = {printed["client_id"], rotated["client_id"]}
    assert {machine["client_id"] for machine in listed} == clients
    last = json.loads(operate("machine", "rotate", *of_tenant, "--now", "--json"))
    assert last["client_id"] in operate("machine", "list", "--tenant", tenant)
    assert f"removed importer of {tenant}" in operate("machine", "remove", *of_tenant)
    output = operate("machine", "remove", *of_tenant, code=1)
    assert f"importer is no machine user of {tenant}" in output
