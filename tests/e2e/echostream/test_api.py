"""Invalid requests over HTTP: each gets a 4xx response that names the field."""

import gzip
import json

import pytest
import urllib3

from echostream.adapters.cognito_pool import Password
from echostream.domain.members import ALL_ROLES
from echostream_cli import users
from echostream_cli.outputs import demo_user
from tests.polling import wait_until

HTTP = urllib3.PoolManager(timeout=60)


@pytest.fixture(scope="module")
def token(settings, sandbox):
    return demo_user(settings, sandbox).token()


@pytest.fixture(scope="module")
def call(sandbox, token):
    """A function that sends a request as the demo user; returns the status and the JSON body."""

    def send(method, path, body=None, headers=None, auth=f"Bearer {token}"):
        response = HTTP.request(
            method,
            sandbox["API_URL"] + path,
            body=body,
            headers={
                "Content-Type": "application/json",
                **({"Authorization": auth} if auth else {}),
                **(headers or {}),
            },
        )
        return response.status, json.loads(response.data)

    return send


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"not json", 400, "body"),
        (b"", 400, "body"),
        (b'{"text": "\xff\xfe"}', 400, "text"),
        (b'{"text": "a", "author": "\xf0\x9f\x98"}', 400, "author"),
        (b'{"text": "a", "text": "b"}', 400, "text"),
        (b'{"text": ' + b"9" * 5000 + b"}", 400, "text"),
        (b'{"text": "a", "author": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400, "author"),
        (json.dumps({"text": "\0" * 65536, "url": "http://" + "\0" * 2041}).encode(), 400, "text"),
        (b'{"text": ""}', 400, "text"),
        (b'{"text": 5}', 400, "text"),
        (b'{"text": "\\ud83d"}', 400, "text"),
        (json.dumps({"text": "a" * 65537}).encode(), 400, "text"),
        (json.dumps({"text": "a", "id": "x" * 129}).encode(), 400, "id"),
        (b'{"text": "a", "mood": "good"}', 400, "mood"),
        (b'{"text": "a", "created_at": "soon"}', 400, "created_at"),
        (b'{"text": "a", "created_at": "2990-01-01T00:00:00Z"}', 400, "created_at"),
        (b'{"text": "a", "created_at": "2099-01-01T00:00:00Z"}', 400, "created_at"),
        (json.dumps({"documents": [{"text": "a"}] * 501}).encode(), 400, "documents"),
        (json.dumps({"documents": []}).encode(), 400, "documents"),
        (b"[" * 50_000, 400, "body"),
        (b'{"text": "' + b"a" * 6_300_000 + b'"}', 413, "body"),
        (b'{"text": "' + b'\\"' * 1_600_000 + b'"}', 413, "body"),
    ],
)
def test_invalid_body_is_refused(call, body, status, field):
    """The message begins with the name of the field."""
    actual_status, content = call("POST", "/ingest", body)
    assert actual_status == status
    assert content["error"]["message"].startswith(f"{field}:")


def test_compressed_body_is_refused(call):
    """The API does not decompress request bodies."""
    body = gzip.compress(b'{"text": "a"}')
    status, content = call("POST", "/ingest", body, {"Content-Encoding": "gzip"})
    assert status == 415
    assert content["error"]["message"].startswith("Content-Encoding:")


def test_invalid_documents_are_rejected_by_index(call, name):
    """The valid documents of the same request are accepted."""
    valid = [{"id": f"{name}-{i}", "text": "fine"} for i in range(2)]
    invalid = [
        {"text": ""},
        {"text": "a", "x": 1},
        7,
        {"text": "a", "created_at": "2099-01-01T00:00:00Z"},
    ]
    body = json.dumps({"documents": [valid[0], *invalid, valid[1]]})
    status, content = call("POST", "/ingest", body.encode())
    assert status == 202
    assert content["ids"] == [document["id"] for document in valid]
    assert [r["index"] for r in content["rejected"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b'{"text": "a", "author": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "author"),
        (b'{"text": "a", "x": ' + b"9" * 5000 + b"}", "x"),
        (b'{"text": NaN}', "text"),
        (b'{"text": "\x00"}', "document"),
        (b'{"text": "I \xf0\x9f\x98 this"}', "text"),
    ],
    ids=["nesting", "number", "NaN", "control character", "cut emoji"],
)
@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream"])
def test_document_that_is_not_json_costs_only_itself(call, name, document, field, kind):
    """Whether the API hands over the body as text or as bytes, with or without its length."""
    valid = json.dumps({"id": name, "text": "fine"}).encode()
    body = b'{"documents": [' + valid + b", " + document + b"]}"
    for sent in (body, iter([body])):  # an iterator is sent in chunks, without Content-Length
        status, content = call("POST", "/ingest", sent, {"Content-Type": kind})
        assert (status, content["ids"]) == (202, [name])
        [rejection] = content["rejected"]
        assert rejection["message"].startswith(f"{field}:")


def test_replacement_character_is_stored_where_it_is_certain(call, name):
    """As an escape, or in bytes; as a character in JSON it may have been another one."""
    text = "\ufffd"
    escaped = json.dumps({"id": name, "text": text, "source": name}).encode()
    plain = json.dumps({"id": name, "text": text}, ensure_ascii=False).encode()
    assert call("POST", "/ingest", escaped)[0] == 202
    assert call("POST", "/ingest", plain, {"Content-Type": "application/octet-stream"})[0] == 202
    assert call("POST", "/ingest", plain)[1]["error"]["code"] == "invalid_utf8"
    [document] = call("GET", f"/query?source={name}")[1]["documents"]
    assert document["text"] == text


def test_longest_texts_are_stored_in_one_request(call, name):
    """22 texts of 64 KB in Cyrillic, and 64 KB of control characters."""
    texts = [f"{i:02d}" + "\u0439" * 32_767 for i in range(22)]
    batch = [{"id": f"{name}-{i}", "text": text} for i, text in enumerate(texts)]
    body = json.dumps({"documents": batch}, ensure_ascii=False).encode()
    assert call("POST", "/ingest", body)[1]["accepted"] == 22
    body = json.dumps({"id": f"{name}-nul", "text": "\0" * 65536}).encode()
    assert call("POST", "/ingest", body)[0] == 202


def test_id_of_another_text_is_a_conflict(call, name):
    """An id that belongs to a document with another text is refused."""
    call("POST", "/ingest", json.dumps({"id": name, "text": "one"}).encode())
    status, content = call("POST", "/ingest", json.dumps({"id": name, "text": "two"}).encode())
    assert (status, content["error"]["code"]) == (400, "conflict")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "from=1", "to=x", "sentiment=joy", "cursor=made-up", "colour=red"],
)
def test_invalid_parameter_is_refused(call, query):
    """The message begins with the name of the parameter."""
    status, content = call("GET", f"/query?{query}")
    assert status == 400
    assert content["error"]["message"].startswith(query.split("=")[0] + ":")


def test_ingest_requires_a_token(call):
    """A write without a token is refused."""
    assert call("POST", "/ingest", b'{"text": "a"}', auth=None)[0] == 401


def test_health_requires_no_token(call):
    """GET /health responds without a token."""
    status, content = call("GET", "/health", auth=None)
    assert (status, content["status"]) == (200, "ok")


@pytest.fixture
def sign_up(settings, sandbox, name):
    """A function that creates a user with or without a tenant; returns the user's tokens."""
    cognito = settings.target.client("cognito-idp")
    password = "Correct-horse-1-battery"
    pool, client_id = sandbox["USER_POOL_ID"], sandbox["USER_POOL_CLIENT_ID"]

    def add(tenant, roles=ALL_ROLES):
        if tenant:
            users.ensure_user(settings.target, name, tenant, password, roles)
        else:
            users.administration(settings.target).pool.create_person(name, Password(password))
            cognito.admin_set_user_password(
                UserPoolId=pool, Username=name, Password=password, Permanent=True
            )
        response = cognito.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        return response["AuthenticationResult"]

    return add


def test_user_without_a_tenant_is_refused(call, sign_up):
    """A signed-in user who belongs to no tenant gets a 403."""
    auth = f"Bearer {sign_up(None)['IdToken']}"
    status, content = call("GET", "/query", auth=auth)
    assert (status, content["error"]["code"]) == (403, "no_tenant")
    assert call("POST", "/ingest", b'{"text": "a"}', auth=auth)[0] == 403


def test_tenants_are_isolated(call, sign_up, name):
    """A tenant cannot read another's documents, may use the same ids, and counts its own only."""
    first = json.dumps({"id": name, "text": "first", "source": name}).encode()
    assert call("POST", "/ingest", first)[0] == 202
    auth = f"Bearer {sign_up('other-' + name)['IdToken']}"
    assert call("GET", "/query", auth=auth)[1]["documents"] == []
    second = json.dumps({"id": name, "text": "second"}).encode()
    assert call("POST", "/ingest", second, auth=auth)[0] == 202
    [document] = call("GET", "/query", auth=auth)[1]["documents"]
    assert document["text"] == "second"

    def totals():
        return [bucket["total"] for bucket in call("GET", "/stats", auth=auth)[1]["buckets"]]

    assert wait_until(lambda: totals() != [])
    assert totals() == [1]
    assert call("GET", f"/query?source={name}")[1]["documents"][0]["text"] == "first"
