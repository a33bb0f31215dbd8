"""What requests of a tenant's admins name, and what is refused."""

import base64
import json
from datetime import UTC, datetime

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from echostream.domain.errors import BadRequest, PayloadTooLarge, UnsupportedMedia
from echostream.domain.members import Identity, Member, Role
from echostream.entrypoints import member_requests


def event(body=None, path="/members", **fields):
    return APIGatewayProxyEventV2(
        {
            "rawPath": path,
            "headers": {},
            "body": body,
            "isBase64Encoded": False,
            "requestContext": {"stage": "$default", "http": {"path": path, "method": "POST"}},
            **fields,
        }
    )


def test_body_names_a_member_and_roles():
    """Also in base64, with a byte order mark, and with a role given twice."""
    body = '{"name": "Ann", "roles": ["admin", "reader", "reader"]}'
    expected = "Ann", frozenset({Role.ADMIN, Role.READER})
    encoded = base64.b64encode(b"\xef\xbb\xbf" + body.encode()).decode()
    assert member_requests.name_and_roles(event(body)) == expected
    assert member_requests.name_and_roles(event(encoded, isBase64Encoded=True)) == expected


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "body: must not be empty"),
        ("", "body: must not be empty"),
        ("{", "body: not JSON at character 1"),
        ("[" * 5000, "body: not JSON"),
        ("null", "body: must be a JSON object"),
        ('["name"]', "body: must be a JSON object"),
        ('{"roles": ["reader"]}', "name: is required, as a string"),
        ('{"name": null, "roles": ["reader"]}', "name: is required, as a string"),
        ('{"name": 1e999, "roles": ["reader"]}', "name: is required, as a string"),
        ('{"name": "a", "name": "b", "roles": ["reader"]}', "name: given twice"),
        ('{"name": "a", "Roles": ["reader"]}', "Roles: unknown field; known: name, roles"),
        ('{"name": "a", "\\ud800": 1, "roles": []}', "\\ud800: unknown field"),
        ('{"name": "a"}', "roles: is required, as a list of reader, writer, admin"),
        ('{"name": "a", "roles": "reader"}', "roles: is required, as a list"),
        ('{"name": "a", "roles": [["reader"]]}', "roles: is required, as a list"),
        ('{"name": "a", "roles": [{"a": 1, "a": 2}]}', "roles: is required, as a list"),
        ('{"name": "a", "roles": []}', "roles: must be of reader, writer, admin; none is given"),
        ('{"name": "a", "roles": ["reader,admin"]}', "reader,admin is unknown"),
        ('{"name": "a", "roles": ["\\ud800"]}', "\\ud800 is unknown"),
        ('{"documents": [{"name": "a"}]}', "documents: unknown field"),
    ],
)
def test_other_bodies_are_refused(body, message):
    """The message begins with the field and says what to send; it is valid UTF-8."""
    with pytest.raises(BadRequest) as caught:
        member_requests.name_and_roles(event(body))
    assert message in caught.value.message
    assert caught.value.message.encode()


def test_body_that_is_no_plain_json_of_a_few_bytes_is_refused():
    """Too long, compressed, or not the base64 that it is declared as."""
    with pytest.raises(PayloadTooLarge, match="body: 10001 characters, at most 10000"):
        member_requests.name_and_roles(event("x" * 10_001))
    with pytest.raises(UnsupportedMedia):
        member_requests.name_and_roles(event("x", headers={"content-encoding": "gzip"}))
    with pytest.raises(BadRequest, match="declared as base64"):
        member_requests.name_and_roles(event("x", isBase64Encoded=True))


def test_unknown_parameters_are_refused():
    """Of a request with a body, and of one without."""
    for query in (member_requests.roles, member_requests.name_of_member, member_requests.is_now):
        with pytest.raises(BadRequest, match="tenant: unknown parameter"):
            query(event('{"roles": ["reader"]}', queryStringParameters={"tenant": "b"}))


@pytest.mark.parametrize("prefix", ["", "/api"])
@pytest.mark.parametrize(("sent", "name"), [("ann", "ann"), ("a%252Bb", "a%2Bb"), ("é b", "é b")])
def test_path_names_a_member(prefix, sent, name):
    """A person, a machine user, and one that is rotated. API Gateway has decoded all but %25."""
    of_member = event(path=f"{prefix}/members/{sent}")
    assert member_requests.name_of_member(of_member) == name
    for end in ("", "/rotate"):
        of_machine = event(path=f"{prefix}/machines/{sent}{end}")
        assert member_requests.name_of_machine(of_machine) == name


@pytest.mark.parametrize(
    ("body", "expected"),
    [(None, False), ("", False), ("{}", False), ('{"now": false}', False), ('{"now": true}', True)],
)
def test_rotation_ends_the_last_credentials_on_request(body, expected):
    """Without a body or the field it does not."""
    path = "/machines/importer/rotate"
    assert member_requests.is_now(event(body, path)) is expected


@pytest.mark.parametrize("value", [1, "true", None, []])
def test_rotation_needs_true_or_false(value):
    """Another value is refused, not guessed."""
    with pytest.raises(BadRequest, match="now: must be true or false"):
        member_requests.is_now(event(json.dumps({"now": value}), "/machines/importer/rotate"))


def test_member_as_json_has_the_client_id_of_a_machine_only():
    """The user name of a person is the name; roles have a fixed order."""
    at = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    roles = frozenset({Role.ADMIN, Role.READER})
    person = Member(Identity("person", "pool", "ann"), "acme", roles, "ann", at)
    assert member_requests.to_wire(person) == {
        "name": "ann",
        "kind": "person",
        "roles": ["reader", "admin"],
        "added_at": "2026-01-31T09:30:00Z",
    }
    machine = Member(Identity("machine", "pool", "c1"), "acme", roles, "importer", at)
    assert member_requests.to_wire(machine)["client_id"] == "c1"
