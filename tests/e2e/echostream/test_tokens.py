"""Tokens that are forged, foreign or incomplete, and users who change their own attributes."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from echostream.adapters.cognito_pool import CognitoPool, Password
from echostream.domain.members import Identity, Role
from tests.accounts import PASSWORD, sign_in
from tests.two_tenants import Tenant

HTTP = urllib3.PoolManager(timeout=60, retries=False)
REQUESTS = (
    ("GET", "/query"),
    ("GET", "/stats"),
    ("GET", "/usage"),
    ("GET", "/erasures"),
    ("POST", "/ingest"),
    ("DELETE", "/documents/d0000"),
    ("GET", "/api/query"),
)


@pytest.fixture(scope="module")
def tenants(settings, sandbox):
    """Two tenants of this file, since refused requests are in their audit logs."""
    name = f"t{uuid.uuid4().hex[:8]}"
    return Tenant(settings, sandbox, name, 1), Tenant(settings, sandbox, f"{name}-2", 2)


@pytest.fixture(scope="module")
def call(sandbox):
    """A function that sends a request with an Authorization; the status and the JSON body."""

    def send(method, path, auth):
        response = HTTP.request(
            method,
            sandbox["API_URL"] + path,
            body=b'{"text": "a"}' if method == "POST" else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": auth} if auth else {}),
        )
        return response.status, json.loads(response.data)

    return send


def encode(part: Any) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode(token: str, part: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[part] + "=="))
    return content


def sign(key: rsa.RSAPrivateKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with a signature by RS256."""
    text = f"{encode(header)}.{encode(claims)}"
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{encode(signature)}"


def sign_with_public_key(key: rsa.RSAPublicKey, token: str, claims: dict[str, Any]) -> str:
    """A token under HS256, whose secret is the public key of RS256."""
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = f"{encode({**decode(token, 0), 'alg': 'HS256'})}.{encode(claims)}"
    return f"{text}.{encode(hmac.digest(pem, text.encode(), hashlib.sha256))}"


@pytest.fixture(scope="module")
def foreign_token(settings, tenants):
    """The ID token of another user pool, whose user has the name of a member here."""
    cognito = settings.target.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="foreign")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="foreign", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    name = tenants[0].username
    CognitoPool(cognito, pool).create_person(name, Password(PASSWORD))
    CognitoPool(cognito, pool).set_password(name, Password(PASSWORD, is_permanent=True))
    yield sign_in(cognito, client, "USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)[
        "IdToken"
    ]
    cognito.delete_user_pool(UserPoolId=pool)


def invalid_tokens(token: str, foreign: str, tenant: str) -> dict[str, str | None]:
    """The Authorization of requests without a valid token, by what is wrong with it."""
    head, payload, signature = token.split(".")
    claims, header = decode(token, 1), decode(token, 0)
    other = encode({**claims, "tenant_id": tenant})
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    late = encode({**claims, "exp": int(time.time()) - 60})
    tokens = {
        "garbage": "abc",
        "forged": f"{head}.{other}.{signature}",
        "expired": f"{head}.{late}.{signature}",
        "unsigned": f"{encode({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "unsigned with a key": f"{encode({**header, 'alg': 'none'})}.{other}.",
        "without a signature": f"{head}.{payload}.",
        "cut signature": token[:-8],
        "signature of another token": f"{head}.{other}.{foreign.split('.')[2]}",
        "wrong key": sign(key, header, claims),
        "unknown key": sign(key, {**header, "kid": "unknown"}, claims),
        "key in the header": sign(key, {**header, "jwk": {"kty": "RSA"}}, claims),
        "public key as a secret": sign_with_public_key(key.public_key(), token, claims),
        "another pool": foreign,
        "another pool's key": f"{encode(decode(foreign, 0))}.{payload}.{signature}",
    }
    return {"none": None, "basic": "Basic YTpi"} | {k: f"Bearer {v}" for k, v in tokens.items()}


KINDS = list(invalid_tokens(f"{encode({})}.{encode({})}.", f"{encode({})}.{encode({})}.", ""))


@pytest.mark.parametrize("kind", KINDS)
def test_invalid_token_is_refused(call, tenants, foreign_token, kind):
    """Without a valid token the response is a 401 without data."""
    mine, theirs = tenants
    auth = invalid_tokens(mine.user.token(), foreign_token, theirs.name)[kind]
    for method, path in REQUESTS:
        status, content = call(method, path, auth)
        assert (status, content.keys()) == (401, {"message"})


@pytest.fixture(scope="module")
def key(settings, sandbox):
    """The user pool's key for ID tokens. A test with it shows what does not hang on signatures."""
    folder = settings.data / "emulator" / "cognito-pool-keys"
    if settings.in_docker:
        pytest.skip("the keys are in the container; MODE=local runs it")
    pem = (folder / f"{sandbox['USER_POOL_ID']}-id.pem").read_bytes()
    return serialization.load_pem_private_key(pem, None)


def claims_of(kind: str, mine: str, theirs: str, pool: str) -> dict[str, Any]:
    """Claims that replace those of a member of `mine`; None removes a claim."""
    now = int(time.time())
    member = str(Identity("person", pool, f"{theirs}-member"))
    own = str(Identity("person", pool, f"{mine}-member"))
    claims: dict[str, dict[str, Any]] = {
        "other audience": {"aud": "other"},
        "list of other audiences": {"aud": ["other"]},
        "no audience": {"aud": None},
        "other issuer": {"iss": f"https://cognito-idp.us-east-1.amazonaws.com/{pool}x"},
        "no issuer": {"iss": None},
        "expired": {"exp": now - 60},
        "not yet valid": {"nbf": now + 3600},
        "issued later": {"iat": now + 3600},
        "without expiry": {"exp": None},
        "access token": {"token_use": "access"},
        "access token of a machine": {"token_use": "access", "scope": "echostream/reader"},
        "refresh token": {"token_use": "refresh"},
        "no use": {"token_use": None},
        "list of uses": {"token_use": ["id"]},
        "no member": {"member": None},
        "empty member": {"member": ""},
        "other member": {"member": member},
        "list of members": {"member": [own]},
        "number as a member": {"member": 7},
        "member without a pool": {"member": f"person##{mine}-member"},
        "member of another pool": {"member": f"person#{pool}x#{mine}-member"},
        "machine as a member": {"member": own.replace("person", "machine", 1)},
        "no tenant": {"tenant_id": None},
        "empty tenant": {"tenant_id": ""},
        "other tenant": {"tenant_id": theirs},
        "list of tenants": {"tenant_id": [mine]},
        "list of both tenants": {"tenant_id": [mine, theirs]},
        "object as a tenant": {"tenant_id": {"name": mine}},
        "number as a tenant": {"tenant_id": 7},
        "true as a tenant": {"tenant_id": True},
        "key as a tenant": {"tenant_id": f"{mine}#x"},
        "folder as a tenant": {"tenant_id": f"{mine}/../{theirs}"},
        "pattern as a tenant": {"tenant_id": f"{mine}*"},
        "capitals": {"tenant_id": mine.upper()},
    }
    return claims[kind]


SIGNED = (
    *("other audience", "list of other audiences", "no audience", "other issuer", "no issuer"),
    *("expired", "not yet valid", "issued later", "without expiry", "access token"),
    *("access token of a machine", "refresh token", "no use", "list of uses", "no member"),
    *("empty member", "other member", "list of members", "number as a member"),
    *("member without a pool", "member of another pool", "machine as a member", "no tenant"),
    *("empty tenant", "other tenant", "list of tenants", "list of both tenants"),
    *("object as a tenant", "number as a tenant", "true as a tenant", "key as a tenant"),
    *("folder as a tenant", "pattern as a tenant", "capitals"),
)


@pytest.mark.parametrize("kind", SIGNED)
def test_signed_token_with_other_claims_is_refused(call, sandbox, tenants, key, kind):
    """Even with the pool's signature; the response has no data."""
    mine, theirs = tenants
    token = mine.user.token()
    changed = decode(token, 1) | claims_of(kind, mine.name, theirs.name, sandbox["USER_POOL_ID"])
    claims = {name: value for name, value in changed.items() if value is not None}
    auth = f"Bearer {sign(key, decode(token, 0), claims)}"
    assert call("GET", "/query", f"Bearer {token}")[0] == 200  # functions now know the member
    for method, path in REQUESTS:
        status, content = call(method, path, auth)
        assert status in (401, 403), (method, path, content)
        assert content.keys() <= {"message", "error"}


def test_roles_in_a_token_do_not_count(call, tenants, key, name):
    """Those of the directory do: a reader whose token names all roles does not write or erase."""
    token = tenants[0].add(name, frozenset({Role.READER})).user.token()
    claims = decode(token, 1) | {"roles": "reader writer admin"}
    auth = f"Bearer {sign(key, decode(token, 0), claims)}"
    assert call("GET", "/query", auth)[0] == 200
    for method, path in (("POST", "/ingest"), ("DELETE", "/documents/a"), ("GET", "/erasures")):
        status, content = call(method, path, auth)
        assert (status, content["error"]["code"]) == (403, "role_needed")
