"""The audit log: events, the log in memory and in a table, and the responses of the API."""

import importlib.util
from datetime import timedelta

import pytest
import yaml

from echostream.adapters import dynamodb_audit
from echostream.adapters.audit_items import audit_item
from echostream.adapters.dynamodb_audit import DynamoDBAudit
from echostream.adapters.s3_audit import audit_changes
from echostream.adapters.table_stream import changes_of, new_documents_of
from echostream.domain.audit import MAX_TEXT, Action, new_event
from echostream.domain.erasure import subject_of
from echostream.domain.errors import BadRequest, TryAgain
from echostream.domain.members import ALL_ROLES, Identity, Member
from echostream.domain.quotas import DEFAULT
from echostream.entrypoints import admission, audit, erase_wiring
from echostream.entrypoints.access import Caller
from echostream.entrypoints.cursors import encode_cursor
from echostream_cli.paths import ROOT
from tests import aws
from tests.audit_contract import AuditContract
from tests.aws import mock_table
from tests.builders import NOW
from tests.fakes import MemoryAudit, MemoryDirectory
from tests.unit.echostream.test_http import CONTEXT
from tests.unit.echostream.test_sign_in_event import event as sign_in_event
from tests.unit.echostream.test_table_stream import record
from tests.unit.echostream_cli.filled_table import create_table
from tests.unit.test_architecture import TEMPLATE

KEPT = timedelta(days=365)
ANN = "person#pool_1#ann"


@pytest.fixture
def tenant():
    return "acme"


@pytest.fixture
def at():
    return NOW


class TestMemoryAudit(AuditContract):
    """The fake that other tests use."""

    @pytest.fixture
    def log(self):
        return MemoryAudit()


class TestDynamoDBAudit(AuditContract):
    """An item per event in moto's DynamoDB."""

    @pytest.fixture
    def log(self):
        with mock_table():
            client = aws.client("dynamodb")
            create_table(client, "documents")
            yield DynamoDBAudit(client, "documents", KEPT)

    def test_event_is_deleted_after_a_year(self, log, add, at):
        """By the table's time to live, from the time of the event on."""
        add(timedelta(days=1))
        [item] = aws.client("dynamodb").scan(TableName="documents")["Items"]
        assert int(item["expires_at"]["N"]) == (at + timedelta(days=364)).timestamp()

    def test_rare_action_ends_a_page_early(self, log, tenant, add, ids, monkeypatch):
        """After some reads, with a position; the pages together have all events."""
        monkeypatch.setattr(dynamodb_audit, "MAX_READS", 2)
        monkeypatch.setattr(dynamodb_audit, "READ_ITEMS", 3)
        rare = [add(action=Action.EXPORT)]
        for number in range(1, 20):
            add(timedelta(seconds=number))
        rare.append(add(timedelta(seconds=30), Action.EXPORT))
        pages = ids(action=Action.EXPORT)
        assert len(pages) > 2
        assert [one for page in pages for one in page] == rare


def test_months_are_partitions_of_their_own():
    """No partition grows for more than a month; an item is written once."""
    items = [audit_item(new_event("acme", at, ANN, Action.SIGN_IN), KEPT) for at in (NOW, NOW)]
    assert {item["pk"]["S"] for item in items} == {"audit#acme#2026-05"}
    assert items[0]["sk"] != items[1]["sk"]


def test_event_has_short_texts():
    """Callers choose some of them."""
    event = new_event("acme", NOW, ANN, Action.EXPORT, "s" * 999, rows="9" * 999)
    assert (len(event.subject), len(event.details["rows"])) == (MAX_TEXT, MAX_TEXT)


@pytest.mark.parametrize("tenant", ["", "a#b", "acme#2026-05", "x" * 64])
def test_event_is_of_a_possible_tenant(tenant):
    """No name can lead into the partition of another tenant."""
    with pytest.raises(BadRequest):
        new_event(tenant, NOW, ANN, Action.TENANT_CREATE)


@pytest.fixture
def log():
    log = MemoryAudit()
    for day in range(5):
        action = Action.EXPORT if day % 2 else Action.SIGN_IN
        log.record(new_event("acme", NOW - timedelta(days=day), ANN, action, rows=str(day)))
    return log


def ask(log, tenant="acme", now=NOW, **parameters):
    return audit.events_response(log, tenant, parameters, now, now - KEPT)


def test_response_has_pages_with_cursors(log):
    """Newest first; the last page has no cursor."""
    first = ask(log, limit="3")
    second = ask(log, limit="3", cursor=first["cursor"])
    rows = [event["details"].get("rows") for event in first["events"] + second["events"]]
    assert rows == ["0", "1", "2", "3", "4"]
    assert second["cursor"] is None
    assert first["events"][0] == {
        "id": log.events[0].id,
        "at": "2026-05-20T12:30:00Z",
        "actor": ANN,
        "action": "sign_in",
        "subject": "",
        "details": {"rows": "0"},
    }


def test_response_has_the_events_of_a_period_and_an_action(log):
    """As the parameters say."""
    period = {"from": "2026-05-17T00:00:00Z", "to": "2026-05-20T00:00:00Z"}
    assert [event["details"]["rows"] for event in ask(log, **period)["events"]] == ["1", "2", "3"]
    found = ask(log, **period, action="export")["events"]
    assert [event["details"]["rows"] for event in found] == ["1", "3"]


def test_response_has_no_event_that_has_expired(log):
    """DynamoDB deletes it some days later."""
    late = NOW + KEPT - timedelta(days=1, hours=12)
    assert len(ask(log, now=late)["events"]) == 2
    assert len(ask(log, now=late, **{"from": "2026-01-01T00:00:00Z"})["events"]) == 2


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"action": "member"}, "invalid_value"),
        ({"limit": "0"}, "invalid_value"),
        ({"limit": "501"}, "invalid_value"),
        ({"from": "yesterday"}, "invalid_timestamp"),
        ({"from": "2026-05-17T00:00:00Z", "to": "2026-05-17T00:00:00Z"}, "out_of_range"),
        ({"cursor": "x"}, "invalid_cursor"),
        ({"actor": "ann"}, "unknown_parameter"),
    ],
)
def test_bad_parameter_is_named(log, parameters, code):
    """With what it must be."""
    with pytest.raises(BadRequest) as caught:
        ask(log, **parameters)
    assert caught.value.code == code
    assert caught.value.message.startswith(
        next(iter(parameters if code != "out_of_range" else ["to"]))
    )


def test_cursor_belongs_to_its_question(log):
    """Not to another tenant, period or action, nor to GET /query."""
    cursor = ask(log, limit="1")["cursor"]
    query_cursor = encode_cursor(log.events[1].id, ["acme", None, None, None])
    for question in (
        {"cursor": cursor, "action": "export"},
        {"cursor": cursor, "from": "2026-05-17T00:00:00Z"},
        {"cursor": cursor, "tenant": "acme-b"},
        {"cursor": query_cursor},
    ):
        with pytest.raises(BadRequest):
            ask(log, **question)


class Refusing:
    """An audit log that stores nothing."""

    def record(self, event):
        raise TryAgain("table: is not available")


@pytest.fixture
def refusing(monkeypatch):
    monkeypatch.setattr(audit, "log", Refusing)


def test_erasure_without_an_event_is_refused(refusing, monkeypatch):
    """Nothing is erased, and no message is sent."""
    done = []
    monkeypatch.setattr(erase_wiring, "erasing", lambda: done.append("erasing"))
    caller = Caller("acme", Identity("person", "p", "ann"), ALL_ROLES, DEFAULT)
    with pytest.raises(TryAgain):
        erase_wiring.request(caller, subject_of("author", "Ann O'Hara"))
    assert done == []


def test_event_of_an_erasure_has_no_name(monkeypatch):
    """But the id of the erasure, and comes before it."""
    log, order = MemoryAudit(), []
    monkeypatch.setattr(audit, "log", lambda: log)
    caller = Caller("acme", Identity("person", "p", "ann"), ALL_ROLES, DEFAULT)

    class Erasing:
        def request(self, tenant, name, subject):
            order.append((tenant, name, [event.subject for event in log.events]))

    monkeypatch.setattr(erase_wiring, "erasing", Erasing)
    erase_wiring.request(caller, subject_of("author", "Ann O'Hara"))
    [event] = log.events
    assert order == [("acme", event.subject, [event.subject])]
    assert "Hara" not in repr(event)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"format": "csv"}, {"format": "xls", "rows": "1"}, {"format": "csv", "rows": "-1"}],
)
def test_export_has_a_format_and_a_number(refusing, parameters):
    """The response names the parameter."""
    caller = Caller("acme", Identity("person", "p", "ann"), ALL_ROLES, DEFAULT)
    with pytest.raises(BadRequest, match=r"^(format|rows): "):
        audit.record_export(caller, parameters, NOW)


def stream_record(name, old, new, **fields):
    """A record of the table's stream."""
    return {"eventName": name, **record(old, new), **fields}


def test_changes_of_the_log_are_copied():
    """What somebody changed or deleted by hand, too; not what expired, nor other items."""
    item = audit_item(new_event("acme", NOW, ANN, Action.SIGN_IN), KEPT)
    forged = {**item, "actor": {"S": "person#pool_1#bob"}}
    expiry = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    records = [
        stream_record("INSERT", None, item),
        stream_record("MODIFY", item, forged),
        stream_record("REMOVE", forged, None),
        stream_record("REMOVE", item, None, userIdentity=expiry),
        stream_record("INSERT", None, {"pk": {"S": "doc#acme#audit"}, "sk": {"S": "doc"}}),
    ]
    found = list(audit_changes(records))
    assert [one.row["change"] for one in found] == ["INSERT", "MODIFY", "REMOVE"]
    assert found[1].row["item"]["actor"] == {"S": "person#pool_1#bob"}
    assert {one.tenant for one in found} == {"acme"}
    assert len({one.key for one in found}) == 3
    assert found[0].key.startswith("audit/tenant_id=acme/dt=2026-05-20/hour=12/")
    assert found[0].key == next(audit_changes(records)).key


def test_changes_of_the_log_count_for_nothing():
    """They move the position of the counters, and add no document."""
    item = audit_item(new_event("acme", NOW, ANN, Action.SIGN_IN), KEPT)
    records = [stream_record("INSERT", None, item), stream_record("REMOVE", item, None)]
    assert [change.counts for change in changes_of(records)] == [(), ()]
    assert list(new_documents_of(records)) == []


def test_locked_bucket_is_as_the_adr_says():
    """Versions, a default retention of AuditDays, and no way to delete for a role of the stack."""
    bucket = TEMPLATE["Resources"]["AuditBucket"]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    properties = bucket["Properties"]
    assert properties["ObjectLockEnabled"] is True
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    rule = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert rule["Days"] == "AuditDays"
    text = yaml.safe_dump({n: r for n, r in TEMPLATE["Resources"].items() if "Bucket" not in n})
    assert text.count("AuditBucket.Arn") == 1


@pytest.fixture
def sign_in(monkeypatch):
    """The claims function with a directory that has one member; its response to an event."""
    directory = MemoryDirectory()
    directory.create_tenant("acme", NOW)
    member = Member(Identity("person", "pool_1", "ann"), "acme", ALL_ROLES, "ann", NOW)
    directory.add(member)
    monkeypatch.setattr(admission, "directory", lambda: directory)
    path = ROOT / "lambdas" / "claims" / "handler.py"
    spec = importlib.util.spec_from_file_location("claims_handler", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda source: module.handler(sign_in_event(source), CONTEXT)["response"]


def test_sign_in_of_a_member_is_recorded(sign_in, monkeypatch):
    """The renewal of a session is not."""
    log = MemoryAudit()
    monkeypatch.setattr(audit, "log", lambda: log)
    sign_in("TokenGeneration_RefreshTokens")
    assert log.events == []
    sign_in("TokenGeneration_HostedAuth")
    [event] = log.events
    assert (event.tenant, event.actor, event.action) == ("acme", ANN, Action.SIGN_IN)
    assert event.details == {"method": "HostedAuth"}


def test_sign_in_without_an_event_is_refused(sign_in, refusing):
    """Cognito reports an error, and the user has no token."""
    with pytest.raises(TryAgain):
        sign_in("TokenGeneration_Authentication")
    assert sign_in("TokenGeneration_RefreshTokens")["claimsAndScopeOverrideDetails"]
