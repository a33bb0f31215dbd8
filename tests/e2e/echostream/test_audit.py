"""The audit log of a deployment: who did what, through sign-in, the API and commands."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from echostream.adapters.dynamodb_audit import DynamoDBAudit
from echostream.domain.audit import Action, AuditQuestion, new_event
from echostream.domain.errors import CallRefused
from echostream.domain.members import ALL_ROLES, Role
from echostream_cli import users
from echostream_client.api import ApiFailed
from tests.accounts import Account
from tests.commands import run
from tests.polling import wait_until
from tests.roles import function_credentials, tenant_credentials

READER = frozenset({Role.READER})
WRITERS = ("Admin", "Claims", "Erase", "Processor", "Query")
KEPT = timedelta(days=365)


@pytest.fixture
def add(settings, sandbox, name):
    """A function that adds a person to the tenant of this test."""

    def add(label, roles=ALL_ROLES, tenant=name):
        return Account(settings, sandbox, f"{name}-{label}", tenant, roles).with_password()

    return add


def seen(account, **parameters):
    """The events that an admin reads: actor's name, action, subject; newest first."""
    events = account.api.audit(**parameters)["events"]
    return [(e["actor"].split("#")[-1], e["action"], e["subject"]) for e in events]


def test_sign_in_is_in_the_log(add, name):
    """Of the tenant, with how it was done; once for each of the two tokens in the sandbox."""
    admin, reader = add("admin"), add("reader", READER)
    assert reader.api.query()["documents"] == []
    mine = [e for e in admin.api.audit()["events"] if e["actor"].endswith("-reader")]
    assert {(e["action"], e["details"]["method"]) for e in mine} == {("sign_in", "Authentication")}
    assert datetime.fromisoformat(mine[0]["at"]) > datetime.now(UTC) - timedelta(minutes=5)


def test_reader_sees_no_events_and_the_refusal_is_one(add):
    """The response names the role; repeats add no event."""
    admin, reader = add("admin"), add("reader", READER)
    for _ in range(3):
        with pytest.raises(ApiFailed, match="needs the role admin"):
            reader.api.audit()
    [refusal] = admin.api.audit(action="access.refused")["events"]
    assert refusal["actor"].endswith("-reader")
    assert refusal["details"] == {"code": "role_needed", "role": "admin"}


def test_erasure_is_in_the_log_without_a_name(add):
    """By its id, under which its receipt is."""
    admin = add("admin")
    admin.api._call("DELETE", "/authors/Ann%20O%27Hara")
    [event] = admin.api.audit(action="erasure.request")["events"]
    erasures = admin.api._call("GET", "/erasures")["erasures"]
    assert [event["subject"]] == [erasure["id"] for erasure in erasures]
    assert event["details"] == {"kind": "author"}
    assert "Hara" not in str(event)


def test_export_is_in_the_log(add):
    """As the dashboard records it, also below /api, for a reader."""
    admin, reader = add("admin"), add("reader", READER)
    reader.api.record_export("csv", 12)
    reader.api._call("POST", "/api/exports", {"format": "parquet", "rows": 0})
    found = admin.api.audit(action="export")["events"]
    assert [e["details"] for e in found] == [
        {"format": "parquet", "rows": "0"},
        {"format": "csv", "rows": "12"},
    ]
    assert {e["actor"].split("-")[-1] for e in found} == {"reader"}


def test_changes_of_an_admin_are_in_the_log(add, name):
    """Each before it is made, with who made it; no password and no secret."""
    admin = add("admin")
    person, machine = f"{name}-bob", "importer"
    invited = admin.api.invite(person, ["reader"])
    admin.api.set_roles(person, ["writer"])
    admin.api.remove_member(person)
    made = admin.api.create_machine(machine, ["writer"])
    admin.api.rotate_machine(machine)
    admin.api.remove_machine(machine)
    actor = f"{name}-admin"
    changes = [event for event in reversed(seen(admin)) if event[1] != "sign_in"]
    assert [event for event in changes if event[1] != "tenant.create"] == [
        (actor, "member.invite", person),
        (actor, "member.role", person),
        (actor, "member.remove", person),
        (actor, "machine.create", machine),
        (actor, "machine.rotate", machine),
        (actor, "machine.remove", machine),
    ]
    events = str(admin.api.audit())
    assert invited["temporary_password"] not in events
    assert made["client_secret"] not in events


def test_request_with_a_bad_name_is_no_event(add, name):
    """What is sent as a name is checked before it is stored."""
    admin = add("admin")
    for call in (admin.api.invite, admin.api.create_machine):
        with pytest.raises(ApiFailed, match="a name has"):
            call("my secret password", ["reader"])
    assert "secret" not in str(admin.api.audit())


def test_another_tenant_sees_none_of_it(add, name):
    """Neither with a cursor of the first one; below /api the log is the same."""
    admin, other = add("admin"), add("other", tenant=f"{name}-b")
    admin.api.record_export("csv", 1)
    page = admin.api.audit(limit=1)
    assert page["cursor"]
    assert admin.api._call("GET", "/api/audit", {"limit": 1})["events"] == page["events"]
    actors = {actor for actor, *_ in seen(other)}
    assert f"{name}-other" in actors
    assert f"{name}-admin" not in actors
    with pytest.raises(ApiFailed, match="does not belong to this query"):
        other.api.audit(limit=1, cursor=page["cursor"])


def test_events_survive_the_removal_of_their_member(settings, add, name):
    """Who was removed is still the actor, and what they try afterwards is an event."""
    admin, reader = add("admin"), add("reader", READER)
    reader.api.record_export("csv", 3)
    manage = users.administration(settings.target)
    manage.remove(manage.person(name, f"{name}-reader"))

    def is_refused():
        try:
            reader.once.query()
        except ApiFailed as error:
            return error.code == "not_a_member"
        return False

    assert wait_until(is_refused)
    assert {action for actor, action, _ in seen(admin) if actor.endswith("-reader")} == {
        "sign_in",
        "export",
        "access.refused",
    }


def test_pages_have_each_event_once(add):
    """A client follows the cursor."""
    admin = add("admin")
    for number in range(5):
        admin.api.record_export("csv", number)
    rows: list[str] = []
    cursor = None
    while True:
        page = admin.api.audit(action="export", limit=2, cursor=cursor)
        rows += [event["details"]["rows"] for event in page["events"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert rows == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("function", WRITERS)
def test_function_cannot_change_an_event(settings, sandbox, name, function):
    """It can add one; it can neither update nor delete nor read one."""
    table = sandbox["TABLE_NAME"]
    client = settings.target.client(
        "dynamodb", credentials=function_credentials(settings, function)
    )
    event = new_event(name, datetime.now(UTC), "person#p#ann", Action.SIGN_IN)
    DynamoDBAudit(client, table, KEPT).record(event)
    key = {"pk": {"S": f"audit#{name}#{event.id[:7]}"}, "sk": {"S": event.id}}
    update = {"UpdateExpression": "SET actor = :x", "ExpressionAttributeValues": {":x": {"S": "x"}}}
    request = {"DeleteRequest": {"Key": key}}
    changes = [
        lambda: client.update_item(TableName=table, Key=key, **update),
        lambda: client.delete_item(TableName=table, Key=key),
        lambda: client.get_item(TableName=table, Key=key),
        lambda: client.batch_write_item(RequestItems={table: [request]}),
    ]
    for change in changes:
        with pytest.raises(ClientError, match="AccessDenied"):
            change()
    stored = settings.target.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    assert stored["actor"] == {"S": "person#p#ann"}


def test_session_reads_the_log_of_its_tenant_only(settings, sandbox, name):
    """And adds nothing to it."""
    client = settings.target.client(
        "dynamodb", credentials=tenant_credentials(settings, "Query", name)
    )
    log, now = DynamoDBAudit(client, sandbox["TABLE_NAME"], KEPT), datetime.now(UTC)
    question = AuditQuestion(now - timedelta(days=1), now)
    assert log.read(name, question, 10).events == []
    refused = [
        lambda: log.read(f"{name}x", question, 10),
        lambda: log.record(new_event(name, now, "person#p#ann", Action.SIGN_IN)),
    ]
    for call in refused:
        with pytest.raises(CallRefused, match="AccessDenied"):
            call()


@pytest.fixture
def echostream(settings, sandbox):
    """A function that runs the command on the tests' sandbox; its output."""

    def echostream(*arguments):
        process = run(settings.environment(), *arguments)
        assert process.returncode == 0, process.stderr
        return process.stdout

    return echostream


def test_commands_name_the_operator(settings, add, name, echostream, tmp_path):
    """Each change, statement and backup, in the log of the tenant, oldest first."""
    echostream("tenant", "create", name)
    echostream("member", "invite", f"{name}-bob", "--tenant", name, "--roles", "reader,admin")
    admin = add("admin")
    echostream("member", "role", f"{name}-bob", "--tenant", name, "--roles", "reader")
    echostream("tenant", "quota", name, "--documents", "500")
    echostream("tenant", "privacy", name, "--redact", "on")
    echostream("query", "--sql", "SELECT 'Ann' AS a, id FROM documents", "--tenant", name)
    echostream("backup", "--to", str(tmp_path / "b.jsonl.gz"))
    echostream("member", "remove", f"{name}-bob", "--tenant", name)
    echostream("tenant", "suspend", name)
    echostream("tenant", "resume", name)
    found = json.loads(echostream("audit", "--tenant", name, "--json"))
    arn = settings.target.client("sts").get_caller_identity()["Arn"]
    mine = [event for event in reversed(found) if event["actor"] == f"operator#{arn}"]
    assert [(event["action"], event["subject"]) for event in mine] == [
        ("tenant.create", name),
        ("member.invite", f"{name}-bob"),
        ("member.role", f"{name}-bob"),
        ("tenant.quota", name),
        ("tenant.privacy", name),
        ("sql.run", "documents"),
        ("export", "backup"),
        ("member.remove", f"{name}-bob"),
        ("tenant.suspend", name),
        ("tenant.resume", name),
    ]
    assert mine[2]["details"] == {"roles": "reader"}
    assert mine[3]["details"] == {"documents": "500"}
    assert "Ann" not in json.dumps(found)
    assert seen(admin, action="member.role") == [(arn, "member.role", f"{name}-bob")]
    assert seen(admin, action="tenant.create") == [(arn, "tenant.create", name)]


def test_commands_filter_events(add, name, echostream):
    """By action; a table for people."""
    admin = add("admin")
    admin.api.record_export("csv", 1)
    lines = echostream("audit", "--tenant", name, "--action", "export").splitlines()
    assert [line.split()[2] for line in lines[2:]] == ["export"]
    assert "no event" in echostream("audit", "--tenant", f"{name}-none")


def test_change_that_fails_has_an_event(settings, add, name):
    """The event is recorded first: the last admin stays, and the attempt is in the log."""
    admin = add("admin")
    command = ["member", "role", f"{name}-admin", "--tenant", name, "--roles", "reader"]
    process = run(settings.environment(), *command)
    assert "is the last admin" in process.stderr
    [event] = admin.api.audit(action="member.role")["events"]
    assert event["details"] == {"roles": "reader"}
