"""The destinations function: what each operation returns, records and refuses."""

import importlib.util
import json

import pytest

from echostream.domain.alerts.destination_administration import DestinationAdministration
from echostream.domain.alerts.destinations import Kind
from echostream.domain.errors import BadRequest, Conflict, DestinationFailed, NotFound
from echostream.domain.members import ALL_ROLES, Identity
from echostream.domain.quotas import DEFAULT
from echostream.entrypoints import audit
from echostream.entrypoints.access import Caller
from echostream_cli.paths import ROOT
from tests.builders import NOW
from tests.fakes import MemoryDirectory
from tests.memory_alerts import MemoryDestinations, MemoryMail, MemorySecrets, MemorySender
from tests.unit.echostream.test_member_requests import event

CALLER = Caller("acme", Identity("person", "pool", "ann"), ALL_ROLES, DEFAULT)
ADDRESS = "https://hooks.example/secret"
HOOK = event(json.dumps({"name": "hook", "kind": "webhook", "address": ADDRESS}))
MAIL = event(json.dumps({"name": "mail", "kind": "email", "address": "ann@example.org"}))


@pytest.fixture(scope="module")
def module():
    path = ROOT / "lambdas" / "destinations" / "tenant_destinations.py"
    spec = importlib.util.spec_from_file_location("tenant_destinations", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def recorded(monkeypatch):
    """The actions in the audit log, with what they were performed on and their details."""
    actions = []

    def record(_, action, subject="", /, **details):
        actions.append((str(action), subject, details))

    monkeypatch.setattr(audit, "record", record)
    return actions


@pytest.fixture
def operations(module, recorded):
    mail, sender, directory = MemoryMail(), MemorySender(), MemoryDirectory()
    directory.create_tenant("acme", NOW)
    hosts = frozenset(("hooks.example",))
    manage = DestinationAdministration(MemoryDestinations(), MemorySecrets(), mail, lambda: hosts)
    senders = {Kind.EMAIL: mail, Kind.WEBHOOK: sender, Kind.SLACK: sender}
    return module.TenantDestinations(
        manage, directory, senders, "https://page.example", lambda: NOW
    )


def listed(operations):
    return operations.list(CALLER, event())["destinations"]


def test_signing_secret_is_returned_once(operations):
    """With the destination, when it is added; the list has no credential at all."""
    added = operations.add(CALLER, HOOK)
    assert added.pop("signing_secret").startswith("whsec_")
    assert (added["name"], added["state"], added["address"]) == (
        "hook",
        "new",
        "https://hooks.example",
    )
    assert listed(operations) == [added]
    assert "secret" not in json.dumps(listed(operations))


def test_address_must_confirm_first(operations):
    """The list says so until it has."""
    added = operations.add(CALLER, MAIL)
    assert added["state"] == "pending"
    assert "signing_secret" not in added
    with pytest.raises(Conflict, match=r"ann@example\.org must confirm first") as caught:
        operations.test(CALLER, event(path="/destinations/mail/test"))
    assert caught.value.code == "pending"
    mail = operations.senders[Kind.EMAIL]
    mail.confirmed.update(mail.addresses)
    assert [one["state"] for one in listed(operations)] == ["new"]
    assert operations.test(CALLER, event(path="/destinations/mail/test"))["state"] == "ok"
    [(_, message)] = mail.sent
    assert "https://page.example" in message.text


def test_address_that_does_not_confirm_is_failing(operations, monkeypatch):
    """SNS deletes its subscription after some days."""
    operations.add(CALLER, MAIL)

    def is_ready(_):
        raise DestinationFailed("the address did not confirm in time")

    monkeypatch.setattr(operations.senders[Kind.EMAIL], "is_ready", is_ready)
    [shown] = listed(operations)
    assert (shown["state"], shown["error"]) == ("failing", "the address did not confirm in time")


def test_failed_test_has_the_reason(operations):
    """As a conflict, and in the list."""
    operations.add(CALLER, HOOK)
    operations.senders[Kind.WEBHOOK].error = DestinationFailed("hooks.example: HTTP 500")
    with pytest.raises(DestinationFailed) as caught:
        operations.test(CALLER, event(path="/destinations/hook/test"))
    assert (caught.value.status, caught.value.code) == (409, "destination_failed")
    [shown] = listed(operations)
    assert (shown["state"], shown["error"]) == ("failing", "hooks.example: HTTP 500")


def test_removed_destination_is_gone(operations):
    operations.add(CALLER, HOOK)
    assert operations.remove(CALLER, event(path="/destinations/hook")) == {"name": "hook"}
    assert listed(operations) == []
    assert operations.administration.secrets.stored == {}


def test_changes_are_events_of_the_audit_log(operations, recorded):
    """Without credentials; what was refused is none."""
    with pytest.raises(BadRequest, match="address: "):
        operations.add(CALLER, event(json.dumps({"name": "a", "kind": "slack", "address": "x"})))
    with pytest.raises(NotFound):
        operations.remove(CALLER, event(path="/destinations/none"))
    assert recorded == []
    operations.add(CALLER, HOOK)
    operations.test(CALLER, event(path="/destinations/hook/test"))
    operations.remove(CALLER, event(path="/destinations/hook"))
    assert recorded == [
        ("destination.add", "hook", {"kind": "webhook", "address": "https://hooks.example"}),
        ("destination.test", "hook", {}),
        ("destination.remove", "hook", {}),
    ]


def test_tenant_that_is_being_deleted_gets_no_destination(operations):
    """The deletion has removed the destinations already: neither it nor its credentials stay."""
    directory = operations.directory
    directory.begin_deletion(directory.tenant("acme"))
    for wanted in (HOOK, MAIL):
        with pytest.raises(Conflict, match="acme is being deleted"):
            operations.add(CALLER, wanted)
    manage = operations.administration
    assert (listed(operations), manage.secrets.stored, manage.mail.addresses) == ([], {}, {})


def test_destinations_of_other_tenants_are_not_there(operations):
    """Not in the list, and not to be tested or removed."""
    operations.add(CALLER, HOOK)
    other = Caller("globex", CALLER.identity, ALL_ROLES, DEFAULT)
    assert operations.list(other, event()) == {"destinations": []}
    for operation, path in ((operations.test, "/test"), (operations.remove, "")):
        with pytest.raises(NotFound):
            operation(other, event(path=f"/destinations/hook{path}"))


def test_unknown_parameter_is_refused(operations):
    with pytest.raises(BadRequest, match="unknown parameter"):
        operations.list(CALLER, event(queryStringParameters={"a": "b"}))
