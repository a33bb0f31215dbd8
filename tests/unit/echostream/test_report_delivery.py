"""Sending reports: what is due for which destination, once, and what fails alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.domain.alerts.delivery import Senders
from echostream.domain.alerts.destinations import Kind
from echostream.domain.digest.report_delivery import ReportDelivery, report_tenants
from echostream.domain.digest.report_messages import WrittenReport
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.errors import CallRefused, DestinationFailed, TryAgain
from tests.destinations_contract import destination
from tests.memory_alerts import MemoryDestinations, MemoryMail, MemorySender
from tests.reports import MONDAY, PICTURE, report

DAILY, WEEKLY = ReportKind.DAILY, ReportKind.WEEKLY
TUESDAY = MONDAY + timedelta(days=1)


class Reports:
    """Destinations with senders; the reports that were written, and the messages that were sent."""

    def __init__(self):
        self.destinations, self.mail = MemoryDestinations(), MemoryMail()
        self.slack, self.hook = MemorySender(), MemorySender()
        self.written, self.error = [], None
        senders: Senders = {Kind.EMAIL: self.mail, Kind.SLACK: self.slack, Kind.WEBHOOK: self.hook}
        self.deliver = ReportDelivery(
            self.destinations, senders, self.write, "https://page.example/"
        )

    def write(self, tenant, period):
        self.written.append((tenant, period.kind, period.end))
        if self.error:
            raise self.error
        return WrittenReport(replace(report(period.kind, tenant=tenant), period=period), PICTURE)

    def add(self, name, *sends, kind=Kind.SLACK, tenant="acme"):
        one = destination(tenant, name, kind, f"{name}@x.example", sends=frozenset(sends))
        if kind is Kind.EMAIL:
            one = replace(one, subscription=self.mail.subscribe(one))
        self.destinations.add(one)
        return one

    def sent(self):
        """The destination and the beginning of the subject of each message."""
        return [(name, one.subject.split(":")[0]) for name, one in self.slack.sent + self.hook.sent]

    def listed(self, name):
        return next(one for one in self.destinations.all("acme") if one.destination.name == name)


@pytest.fixture
def reports():
    return Reports()


def test_destination_gets_what_it_sends(reports):
    """On Monday the day and the week, then the day; a destination for alerts gets no report."""
    reports.add("both", "daily", "weekly")
    reports.add("alerts", "alerts")
    reports.add("days", "alerts", "daily")
    reports.add("weeks", "weekly", kind=Kind.WEBHOOK)
    reports.deliver("acme", MONDAY)
    day, week = "EchoStream, 2026-11-29", "EchoStream, week of 2026-11-23"
    assert reports.sent() == [("both", day), ("days", day), ("both", week), ("weeks", week)]
    assert reports.written == [
        ("acme", DAILY, MONDAY.replace(hour=0)),
        ("acme", WEEKLY, MONDAY.replace(hour=0)),
    ]
    reports.deliver("acme", TUESDAY)
    assert reports.sent()[3:5] == [(name, "EchoStream, 2026-11-30") for name in ("both", "days")]
    assert len(reports.written) == 3


def test_repeat_sends_nothing_and_writes_nothing(reports):
    """An event may come twice; a model costs something."""
    reports.add("both", "daily", "weekly")
    assert len(reports.deliver("acme", MONDAY)) == 2
    assert reports.deliver("acme", MONDAY + timedelta(minutes=5)) == []
    assert len(reports.slack.sent) == len(reports.written) == 2


def test_destination_that_is_added_later_gets_the_report_alone(reports):
    """As long as it is due."""
    reports.add("first", "daily")
    reports.deliver("acme", TUESDAY)
    reports.add("second", "daily")
    reports.deliver("acme", TUESDAY)
    assert [name for name, _ in reports.slack.sent] == ["first", "second"]


def test_missed_report_is_sent_for_a_day(reports):
    """After 24 hours there is another one; the week's is due on Monday only."""
    reports.add("both", "daily", "weekly")
    reports.deliver("acme", MONDAY.replace(hour=23, minute=59))
    assert len(reports.slack.sent) == 2
    other = Reports()
    other.add("both", "daily", "weekly")
    other.deliver("acme", TUESDAY.replace(hour=0))
    assert other.sent() == [("both", "EchoStream, 2026-11-30")]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DestinationFailed("hooks.example: HTTP 500"), "hooks.example: HTTP 500"),
        (CallRefused("sns: AccessDenied"), "EchoStream could not send"),
        (TryAgain("sns: throttled"), "EchoStream could not send"),
    ],
)
def test_destination_that_fails_does_not_stop_the_others(reports, error, reason):
    """It has the reason, as far as its tenant may read it, and gets the report the next time."""
    reports.add("broken", "daily", kind=Kind.WEBHOOK)
    reports.add("chat", "daily")
    reports.hook.error = error
    found = reports.deliver("acme", TUESDAY)
    assert [(one.destination.name, bool(one.error)) for one in found] == [
        ("broken", True),
        ("chat", False),
    ]
    failing = reports.listed("broken")
    assert failing.state == "failing"
    assert failing.error.startswith(reason)
    assert failing.reported == {}
    assert reports.listed("chat").reported == {DAILY: TUESDAY.replace(hour=0)}
    assert reports.listed("chat").state == "ok"
    reports.hook.error = None
    reports.deliver("acme", TUESDAY)
    assert [name for name, _ in reports.sent()] == ["chat", "broken"]


def test_address_that_has_not_confirmed_gets_nothing(reports):
    """And no report is written for it alone."""
    mail = reports.add("mail", "daily", kind=Kind.EMAIL)
    assert reports.deliver("acme", TUESDAY) == []
    assert reports.written == []
    assert reports.listed("mail").state == "new"
    reports.mail.confirmed.add(mail.subscription)
    reports.deliver("acme", TUESDAY)
    [(name, message)] = reports.mail.sent
    assert name == mail.id
    assert message.picture == PICTURE


def test_subscription_that_has_ended_is_a_failure_of_its_destination(reports, monkeypatch):
    """Others get the report."""
    reports.add("chat", "daily")
    reports.add("mail", "daily", kind=Kind.EMAIL)

    def ended(_):
        raise DestinationFailed("the address has unsubscribed")

    monkeypatch.setattr(reports.mail, "is_ready", ended)
    errors = {one.destination.name: one.error for one in reports.deliver("acme", TUESDAY)}
    assert errors == {"mail": "the address has unsubscribed", "chat": ""}


def test_report_that_cannot_be_written_marks_no_destination(reports):
    """The table or STS failed, not a destination; the next run writes it."""
    reports.add("chat", "daily")
    reports.error = TryAgain("table: throttled")
    with pytest.raises(TryAgain):
        reports.deliver("acme", TUESDAY)
    assert reports.listed("chat").state == "new"
    reports.error = None
    reports.deliver("acme", TUESDAY)
    assert len(reports.slack.sent) == 1


def test_removed_destination_is_not_marked(reports, monkeypatch):
    """One that an admin removed while its message was sent does not come back."""
    one = reports.add("chat", "daily")
    monkeypatch.setattr(reports.slack, "send", lambda *_: reports.destinations.remove(one))
    reports.deliver("acme", TUESDAY)
    assert list(reports.destinations.all("acme")) == []


def test_tenant_that_fails_does_not_stop_the_others(reports):
    """Its reason is in the result of the run."""
    for tenant in ("acme", "bad", "globex"):
        reports.add("chat", "daily", tenant=tenant)

    def deliver(tenant, now):
        if tenant == "bad":
            raise TryAgain("credentials: throttled")
        return reports.deliver(tenant, now)

    run = report_tenants(["acme", "bad", "globex"], deliver, TUESDAY)
    assert run.failed == {"bad": "credentials: throttled"}
    assert [one.destination.tenant for one in run.reported] == ["acme", "globex"]
    assert (run.sent, run.postponed) == (2, 0)


def test_tenants_are_left_for_the_next_run_when_time_is_short(reports):
    """What is begun is completed."""
    times = iter((True, True, False, False))
    run = report_tenants("abcd", lambda *_: [], TUESDAY, lambda: next(times))
    assert (run.postponed, run.failed) == (2, {})
