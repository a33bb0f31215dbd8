"""Bad input through the front door: each gets its 4xx, which names the field."""

import base64
import gzip
import json
import time

import pytest
import urllib3

from echostream_cli import users
from echostream_cli.outputs import demo_user

HTTP = urllib3.PoolManager(timeout=60)


@pytest.fixture(scope="module")
def token(settings, sandbox):
    return demo_user(settings, sandbox).token()


@pytest.fixture(scope="module")
def call(sandbox, token):
    """Sends a request as the demo user; gives the status and the decoded answer."""

    def send(method, path, body=None, headers=None, auth=f"Bearer {token}"):
        answer = HTTP.request(
            method,
            sandbox["API_URL"] + path,
            body=body,
            headers={
                "Content-Type": "application/json",
                **({"Authorization": auth} if auth else {}),
                **(headers or {}),
            },
        )
        return answer.status, json.loads(answer.data)

    return send


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"not json", 400, "body"),
        (b"", 400, "body"),
        (b'{"text": "\xff\xfe"}', 400, "body"),
        (b'{"text": ""}', 400, "text"),
        (b'{"text": 5}', 400, "text"),
        (b'{"text": "\\ud83d"}', 400, "text"),
        (json.dumps({"text": "a" * 65537}).encode(), 400, "text"),
        (json.dumps({"text": "a", "id": "x" * 129}).encode(), 400, "id"),
        (b'{"text": "a", "mood": "good"}', 400, "mood"),
        (b'{"text": "a", "created_at": "soon"}', 400, "created_at"),
        (b'{"text": "a", "created_at": "1970-01-01T00:00:00Z"}', 400, "created_at"),
        (b'{"text": "a", "created_at": "2099-01-01T00:00:00Z"}', 400, "created_at"),
        (json.dumps({"documents": [{"text": "a"}] * 501}).encode(), 400, "documents"),
        (json.dumps({"documents": []}).encode(), 400, "documents"),
        (b"[" * 50_000, 400, "body"),
        (b'{"text": "' + b"a" * 6_300_000 + b'"}', 413, "body"),
    ],
)
def test_bad_bodies(call, body, status, named):
    """What is wrong is said at the start of the message."""
    found, answer = call("POST", "/ingest", body)
    assert found == status
    assert answer["error"]["message"].startswith(f"{named}:")


def test_gzip(call):
    """A compressed body is not read."""
    body = gzip.compress(b'{"text": "a"}')
    status, answer = call("POST", "/ingest", body, {"Content-Encoding": "gzip"})
    assert status == 415
    assert answer["error"]["message"].startswith("Content-Encoding:")


def test_a_bad_document_costs_only_itself(call, name):
    """Between two good ones, each kind of bad one is rejected by its index."""
    good = [{"id": f"{name}-{i}", "text": "fine"} for i in range(2)]
    bad = [
        {"text": ""},
        {"text": "a", "x": 1},
        7,
        {"text": "a", "created_at": "2099-01-01T00:00:00Z"},
    ]
    body = json.dumps({"documents": [good[0], *bad, good[1]]})
    status, answer = call("POST", "/ingest", body.encode())
    assert status == 202
    assert answer["ids"] == [document["id"] for document in good]
    assert [r["index"] for r in answer["rejected"]] == [1, 2, 3, 4]


def test_a_conflict(call, name):
    """An id that names another text already is rejected as conflict."""
    call("POST", "/ingest", json.dumps({"id": name, "text": "one"}).encode())
    status, answer = call("POST", "/ingest", json.dumps({"id": name, "text": "two"}).encode())
    assert (status, answer["error"]["code"]) == (400, "conflict")


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "from=1", "to=x", "sentiment=joy", "cursor=made-up", "colour=red"],
)
def test_bad_parameters(call, query):
    """A 400 names the parameter."""
    status, answer = call("GET", f"/query?{query}")
    assert status == 400
    assert answer["error"]["message"].startswith(query.split("=")[0] + ":")


def changed(token, **claims):
    """The token with other claims and its old signature."""
    head, payload, signature = token.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**decoded, **claims}).encode()).decode()
    return ".".join((head, forged.rstrip("="), signature))


def unsigned(token):
    """The token's claims under the algorithm `none`."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


@pytest.mark.parametrize("path", ["/query", "/stats"])
@pytest.mark.parametrize("kind", ["none", "garbage", "forged", "expired", "unsigned"])
def test_tokens(call, token, kind, path):
    """Without a good token there is a 401 and nothing else."""
    auth = {
        "none": None,
        "garbage": "Bearer abc",
        "forged": f"Bearer {changed(token, tenant_id='other')}",
        "expired": f"Bearer {changed(token, exp=int(time.time()) - 60)}",
        "unsigned": f"Bearer {unsigned(token)}",
    }[kind]
    status, answer = call("GET", path, auth=auth)
    assert status == 401
    assert "documents" not in answer


def test_ingest_needs_a_token(call):
    """Nobody unknown writes."""
    assert call("POST", "/ingest", b'{"text": "a"}', auth=None)[0] == 401


def test_health_is_open(call):
    """Anyone may ask whether the service lives."""
    status, answer = call("GET", "/health", auth=None)
    assert (status, answer["status"]) == (200, "ok")


@pytest.fixture
def sign_up(settings, sandbox, name):
    """Adds a user to the pool, as a member of a tenant or of none; gives their token."""
    cognito = settings.target.client("cognito-idp")
    password = "Correct-horse-1-battery"
    pool, client_id = sandbox["USER_POOL_ID"], sandbox["USER_POOL_CLIENT_ID"]

    def add(tenant):
        made = cognito.admin_create_user(
            UserPoolId=pool, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS"
        )["User"]["Attributes"]
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=password, Permanent=True
        )
        if tenant:
            sub = next(a["Value"] for a in made if a["Name"] == "sub")
            users.store(settings, sandbox["TABLE_NAME"]).add_member(sub, tenant)
        answer = cognito.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        return answer["AuthenticationResult"]

    return add


def test_a_user_of_no_tenant(call, sign_up):
    """Signed in but nobody's member: 403."""
    auth = f"Bearer {sign_up(None)['IdToken']}"
    status, answer = call("GET", "/query", auth=auth)
    assert (status, answer["error"]["code"]) == (403, "no_tenant")
    assert call("POST", "/ingest", b'{"text": "a"}', auth=auth)[0] == 403


def test_tenants_are_apart(call, sign_up, name):
    """Another tenant sees none of ours, may use the same ids, and counts only its own."""
    ours = json.dumps({"id": name, "text": "ours", "source": name}).encode()
    assert call("POST", "/ingest", ours)[0] == 202
    auth = f"Bearer {sign_up('other-' + name)['IdToken']}"
    assert call("GET", "/query", auth=auth)[1]["documents"] == []
    theirs = json.dumps({"id": name, "text": "theirs"}).encode()
    assert call("POST", "/ingest", theirs, auth=auth)[0] == 202
    [document] = call("GET", "/query", auth=auth)[1]["documents"]
    assert document["text"] == "theirs"
    assert [b["total"] for b in call("GET", "/stats", auth=auth)[1]["buckets"]] == [1]
    assert call("GET", f"/query?source={name}")[1]["documents"][0]["text"] == "ours"


def test_a_user_cannot_choose_a_tenant(settings, sandbox, sign_up, call):
    """Rewriting one's own attributes does not move one to another tenant."""
    session = sign_up(None)
    cognito = settings.target.client("cognito-idp")
    for attribute in ("tenant_id", "custom:tenant_id", "profile"):
        try:
            cognito.update_user_attributes(
                AccessToken=session["AccessToken"],
                UserAttributes=[{"Name": attribute, "Value": "demo"}],
            )
        except cognito.exceptions.ClientError:
            continue
    again = cognito.initiate_auth(
        ClientId=sandbox["USER_POOL_CLIENT_ID"],
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": session["RefreshToken"]},
    )["AuthenticationResult"]
    assert call("GET", "/query", auth=f"Bearer {again['IdToken']}")[0] == 403
