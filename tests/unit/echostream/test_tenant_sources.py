"""The sources function: a tenant that is being deleted, and a deployment without a producer."""

import importlib.util
import json

import pytest

from echostream.adapters.dynamodb_directory import DynamoDBDirectory
from echostream.adapters.dynamodb_live_sources import DynamoDBLiveSources
from echostream.adapters.secrets_manager import SecretsManager
from echostream.domain.errors import BadRequest, Conflict
from echostream.domain.members import ALL_ROLES, Identity
from echostream.domain.quotas import DEFAULT
from echostream.entrypoints import audit
from echostream.entrypoints.access import Caller
from echostream_cli.paths import ROOT
from echostream_sources.administration import SourceAdministration
from echostream_sources.opening import Opening
from tests.aws import client, mock_table
from tests.builders import NOW
from tests.unit.echostream.test_member_requests import event
from tests.unit.echostream_cli.filled_table import create_table

CALLER = Caller("acme", Identity("person", "pool", "ann"), ALL_ROLES, DEFAULT)
KEYS = {"client_id": "a", "client_secret": "b"}
NEW = event(json.dumps({"name": "tea", "kind": "reddit", "credentials": KEYS}))


@pytest.fixture(scope="module")
def module():
    path = ROOT / "lambdas" / "sources" / "tenant_sources.py"
    spec = importlib.util.spec_from_file_location("tenant_sources", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def directory():
    with mock_table():
        create_table(client("dynamodb"), "table")
        directory = DynamoDBDirectory(client("dynamodb"), "table")
        directory.create_tenant("acme", NOW)
        yield directory


@pytest.fixture
def recorded(monkeypatch):
    """The actions in the audit log."""
    actions = []
    monkeypatch.setattr(audit, "record", lambda _, action, *__, **___: actions.append(action))
    return actions


@pytest.fixture
def tenant_sources(module, directory, recorded):
    """A function that makes the operations."""

    def make(*, has_producer=True):
        sources = DynamoDBLiveSources(client("dynamodb"), "table", lambda: NOW)
        secrets = SecretsManager(client("secretsmanager"), "stack/source/")
        manage = SourceAdministration(sources, secrets, Opening(sources, secrets, lambda: ()))
        return module.TenantSources(manage, directory, has_producer, lambda: NOW)

    return make


def test_tenant_that_is_being_deleted_gets_no_source(tenant_sources, directory):
    """The deletion has removed the sources already: neither it nor its credentials stay."""
    directory.begin_deletion(directory.tenant("acme"))
    operations = tenant_sources()
    with pytest.raises(Conflict, match="acme is being deleted"):
        operations.add(CALLER, NEW)
    assert operations.list(CALLER, event())["sources"] == []
    assert client("secretsmanager").list_secrets()["SecretList"] == []


def test_without_a_producer_nothing_can_be_added(tenant_sources, recorded):
    """The list has no kinds, and the message says what to do."""
    operations = tenant_sources(has_producer=False)
    assert operations.list(CALLER, event()) == {"sources": [], "kinds": []}
    with pytest.raises(Conflict, match="deploy with Producer=true"):
        operations.add(CALLER, NEW)
    assert recorded == []


def test_refused_source_is_no_event_of_the_audit_log(tenant_sources, recorded):
    """One that was added is."""
    operations = tenant_sources()
    for name in ("a/b", "A"):
        with pytest.raises(BadRequest, match="name: must have"):
            operations.add(CALLER, event(json.dumps({"name": name, "kind": "hackernews"})))
    assert recorded == []
    operations.add(CALLER, NEW)
    assert recorded == ["source.add"]
