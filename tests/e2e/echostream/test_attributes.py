"""Users who change their own attributes, and what their next tokens can read."""

import json

import pytest
import urllib3

from echostream.domain.members import Identity
from tests.accounts import PASSWORD, Account, sign_in

HTTP = urllib3.PoolManager(timeout=60, retries=False)


def read(sandbox, auth):
    """The status and the body of GET /query."""
    headers = {"Authorization": auth}
    response = HTTP.request("GET", f"{sandbox['API_URL']}/query", headers=headers)
    return response.status, json.loads(response.data)


ATTRIBUTES = (
    (
        *("sub", "tenant_id", "custom:tenant_id", "member", "roles", "custom:roles", "scope"),
        *("cognito:username", "cognito:groups", "username", "userName", "preferred_username"),
        *("client_id", "profile", "identities", "origin_jti", "jti"),
    ),
    ("token_use",),
    ("aud", "iss"),
)
"""Attributes that the emulator lets users change; AWS fixes most of them."""


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=lambda names: names[0])
def test_user_cannot_change_tenant(settings, sandbox, name, attributes):
    """A user who changes attributes of their own gets no access to a tenant or a role."""
    cognito, client = settings.target.client("cognito-idp"), sandbox["USER_POOL_CLIENT_ID"]
    demo = cognito.admin_get_user(UserPoolId=sandbox["USER_POOL_ID"], Username="demo")
    subject = next(a["Value"] for a in demo["UserAttributes"] if a["Name"] == "sub")
    identity = f"person#{sandbox['USER_POOL_ID']}#demo"
    for number, value in enumerate(("demo", subject, identity, "access")):
        user = f"{name}-{number}"
        Account(settings, sandbox, user, None).with_password()
        password = {"USERNAME": user, "PASSWORD": PASSWORD}
        first = sign_in(cognito, client, "USER_PASSWORD_AUTH", **password)
        cognito.update_user_attributes(
            AccessToken=first["AccessToken"],
            UserAttributes=[{"Name": attribute, "Value": value} for attribute in attributes],
        )
        again = sign_in(cognito, client, "USER_PASSWORD_AUTH", **password)
        refresh = {"REFRESH_TOKEN": first["RefreshToken"]}
        renewed = sign_in(cognito, client, "REFRESH_TOKEN_AUTH", **refresh)
        for tokens in (again, renewed):
            for kind in tokens.keys() & {"IdToken", "AccessToken"}:
                assert read(sandbox, f"Bearer {tokens[kind]}")[0] in (401, 403)


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=lambda names: names[0])
def test_member_cannot_change_to_another_tenant(settings, sandbox, tenants, name, attributes):
    """A member who names another tenant, or a member of it, in attributes reads their own only."""
    mine, theirs = tenants
    cognito, client = settings.target.client("cognito-idp"), sandbox["USER_POOL_CLIENT_ID"]
    identity = Identity("person", sandbox["USER_POOL_ID"], theirs.username)
    for number, value in enumerate((theirs.name, theirs.username, str(identity))):
        user = f"{name}-{number}"
        mine.add(user)
        password = {"USERNAME": user, "PASSWORD": PASSWORD}
        first = sign_in(cognito, client, "USER_PASSWORD_AUTH", **password)
        cognito.update_user_attributes(
            AccessToken=first["AccessToken"],
            UserAttributes=[{"Name": attribute, "Value": value} for attribute in attributes],
        )
        again = sign_in(cognito, client, "USER_PASSWORD_AUTH", **password)
        for kind in again.keys() & {"IdToken", "AccessToken"}:
            status, content = read(sandbox, f"Bearer {again[kind]}")
            assert status in (200, 401, 403)
            assert all(mine.mark in one["text"] for one in content.get("documents", []))
