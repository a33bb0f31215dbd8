"""The digest function on its schedule: reports of all tenants, previews, and a model that fails."""

import sys
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest

from echostream.domain.alerts.destinations import Kind
from echostream.domain.digest.report_delivery import ReportDelivery
from echostream.domain.digest.report_periods import ReportKind, last_complete
from echostream.domain.digest.writing import ModelFailed
from echostream.domain.errors import BadRequest, TryAgain
from echostream.domain.members import TenantState
from echostream.domain.privacy import PrivacyOptions
from echostream.entrypoints import admission
from echostream.entrypoints import wiring as entrypoints_wiring
from echostream_cli.paths import ROOT
from tests.builders import NOW, TABLE
from tests.destinations_contract import destination
from tests.fakes import MemoryCounters, MemoryDirectory, MemoryStore
from tests.memory_alerts import MemoryDestinations, MemorySender
from tests.unit.echostream.test_digest import Model
from tests.unit.echostream.test_http import CONTEXT
from tests.unit.echostream.theme_texts import about

SCHEDULED = {"id": "1", "time": "2026-05-20T07:00:00Z", "detail": {}}
YESTERDAY = NOW - timedelta(days=1)
MODULES = ("handler", "reports", "wiring")
"""Of the function's folder; other functions have modules of these names, too."""


class Function:
    """The function, with stores of two tenants in memory."""

    def __init__(self, monkeypatch):
        self.store, self.directory = MemoryStore(), MemoryDirectory()
        self.destinations, self.sender = MemoryDestinations(), MemorySender()
        self.model, self.left = None, 600
        for name in ("acme", "globex"):
            self.directory.create_tenant(name, NOW)
        self.send("acme")
        handler, wiring = import_module("handler"), import_module("wiring")

        self.wiring, self._handler = wiring, handler.handler
        counters = MemoryCounters(self.store)
        tenant = SimpleNamespace(store=self.store, counters=counters)
        senders = dict.fromkeys(Kind, self.sender)
        delivery = ReportDelivery(self.destinations, senders, wiring.write)
        for place, name, value in (
            (entrypoints_wiring, "tenant", lambda _: tenant),
            (entrypoints_wiring, "table_settings", lambda: TABLE),
            (entrypoints_wiring, "language_model", lambda _: self.model),
            (entrypoints_wiring, "now", lambda: NOW),
            (handler, "now", lambda: NOW),
            (admission, "directory", lambda: self.directory),
            (wiring, "delivery", lambda: delivery),
            (wiring, "page", lambda: "https://page.example/"),
        ):
            monkeypatch.setattr(place, name, value)

    def send(self, tenant, **fields):
        documents = about("battery", 40, at=YESTERDAY, compound=-0.5, **fields)
        self.store.put(tenant, documents, NOW, TABLE.retention)

    def add(self, tenant, name="chat", *sends):
        one = destination(tenant, name, sends=frozenset(sends or {"daily"}))
        self.destinations.add(one)

    def __call__(self, event=SCHEDULED):
        left = {"get_remaining_time_in_millis": lambda: self.left * 1000}
        return self._handler(event, SimpleNamespace(**{**vars(CONTEXT), **left}))

    def texts(self):
        return [message.text for _, message in self.sender.sent]


@pytest.fixture
def function(monkeypatch):
    others = {name: sys.modules.pop(name, None) for name in MODULES}
    monkeypatch.syspath_prepend(ROOT / "lambdas" / "digest")
    yield Function(monkeypatch)
    for name, module in others.items():
        sys.modules.pop(name, None)
        if module:
            sys.modules[name] = module


def test_schedule_sends_the_report_of_each_tenant(function):
    """Also of one without documents, which is short. A repeat sends nothing."""
    function.add("acme")
    function.add("globex")
    assert function() == {"sent": 2, "not_sent": 0}
    texts = sorted(function.texts())
    assert "40 documents; the day before had none" in texts[0]
    assert "are about" in texts[0]
    assert "The day has no documents; the day before had no documents." in texts[1]
    assert function() == {"sent": 0, "not_sent": 0}


def test_suspended_tenant_gets_no_report(function):
    """Nor does one that is being deleted."""
    function.add("acme")
    function.directory.set_state("acme", TenantState.SUSPENDED)
    assert function() == {"sent": 0, "not_sent": 0}


def test_tenant_without_destinations_for_reports_costs_nothing(function):
    """No digest is written, so no model is called."""
    function.model = Model(AssertionError("a model was called"))
    function.add("acme", "chat", "alerts")
    assert function() == {"sent": 0, "not_sent": 0}


@pytest.mark.parametrize(
    "answer", [ModelFailed("bedrock_unavailable"), ModelFailed("spend_cap"), "no JSON", None]
)
def test_report_needs_no_model(function, answer):
    """One that is slow, at its cap or broken is replaced by rules, as in `GET /digest`."""
    function.model = Model(answer)
    function.add("acme")
    assert function()["sent"] == 1
    [(_, message)] = function.sender.sent
    assert message.payload["digest"]["written_by"] == "rules"
    assert message.payload["digest"]["reason"] in ("bedrock_unavailable", "spend_cap", "rejected")
    assert "Of 40 documents" in message.text
    assert function.model.prompts


def test_tenant_that_fails_makes_lambda_repeat_the_event(function, monkeypatch):
    """The others have their reports, and the repeat sends only what is missing."""
    function.add("acme")
    function.add("globex")
    tenant = entrypoints_wiring.tenant

    def failing(name):
        if name == "acme":
            raise TryAgain("credentials: throttled")
        return tenant(name)

    monkeypatch.setattr(entrypoints_wiring, "tenant", failing)
    with pytest.raises(TryAgain, match="1 tenants have no report yet"):
        function()
    monkeypatch.setattr(entrypoints_wiring, "tenant", tenant)
    assert function() == {"sent": 1, "not_sent": 0}


def test_short_time_leaves_tenants_for_a_repeat(function):
    """A tenant takes some seconds: none begins in the last minute."""
    function.add("acme")
    function.left = 59
    with pytest.raises(TryAgain, match="2 tenants have no report yet"):
        function()
    assert function.sender.sent == []


def test_documents_that_a_tenant_does_not_keep_are_in_no_report(function):
    """The retention of the tenant holds, not that of the deployment."""
    function.add("acme", "chat", "daily")
    function.directory.set_privacy("acme", PrivacyOptions(table_days=1))
    assert function()["sent"] == 1
    [text] = function.texts()
    assert "Documents before 2026-05-19 12:30 UTC are not kept any more." in text
    assert "the day before" not in text


def test_preview_is_sent_to_nobody(function):
    """It has the text and the picture of the last day or week."""
    function.add("acme")
    content = function({"preview": {"tenant": "acme"}})
    assert content["subject"].startswith("EchoStream, 2026-05-19: 40 documents")
    assert "https://page.example/" in content["text"]
    assert content["picture"]["data"].startswith("iVBOR")
    assert (content["from"], content["to"]) == ("2026-05-19T00:00:00Z", "2026-05-20T00:00:00Z")
    week = function({"preview": {"tenant": "acme", "kind": "weekly"}})
    assert week["kind"] == "weekly"
    assert function.sender.sent == []


@pytest.mark.parametrize(
    ("preview", "message"),
    [
        ({}, "tenant: must be the name"),
        ({"tenant": "a b"}, "tenant: must be the name"),
        ({"tenant": 1}, "tenant: must be the name"),
        ({"tenant": "acme", "kind": "alerts"}, "kind: must be one of daily, weekly"),
    ],
)
def test_wrong_preview_is_refused(function, preview, message):
    with pytest.raises(BadRequest, match=message):
        function({"preview": preview})


def test_report_of_a_large_period_fits_into_a_response(function):
    """Of Lambda: 6 MB with the picture."""
    written = function.wiring.write("acme", last_complete(ReportKind.WEEKLY, NOW))
    assert len(written.picture.data) < 100_000


def test_requests_do_not_load_what_reports_need(function):
    """Such as Pillow and a web client."""
    event = {
        "rawPath": "/",
        "requestContext": {"requestId": "1", "stage": "$default", "http": {"method": "GET"}},
    }
    for name in ("reports", "wiring"):
        sys.modules.pop(name, None)
    assert function(event)["statusCode"] == 404
    assert "reports" not in sys.modules
