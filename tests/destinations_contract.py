"""Tests of every store of destinations; subclasses have fixtures `destinations` and `tenant`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from echostream.domain.alerts.destinations import MAX_ERROR, Destination, Kind, Listed
from echostream.domain.digest.report_periods import ReportKind
from echostream.domain.errors import Conflict

AT = datetime(2026, 5, 20, 12, 30, 15, 123456, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def destination(tenant="acme", name="chat", kind=Kind.SLACK, address="hooks.slack.com", **fields):
    return Destination(tenant, name, kind, AT, True, address, **fields)


class DestinationsContract:
    def test_destination_is_read_as_it_was_added(self, destinations, tenant):
        """By name; those of other tenants are apart."""
        mail = destination(tenant, "mail", Kind.EMAIL, "ä@example.org", subscription="arn:1")
        chat = replace(destination(tenant, secret="s"), with_texts=False)
        for one in (mail, chat, destination(f"{tenant}-b")):
            destinations.add(one)
        assert list(destinations.all(tenant)) == [Listed(chat), Listed(mail)]

    def test_name_is_given_once(self, destinations, tenant):
        """The first destination stays; a removed name is free."""
        destinations.add(destination(tenant, secret="a"))
        with pytest.raises(Conflict, match=f"{tenant} has a destination chat already"):
            destinations.add(destination(tenant, secret="b"))
        assert list(destinations.all(tenant)) == [Listed(destination(tenant, secret="a"))]
        for _ in range(2):
            destinations.remove(destination(tenant))
        destinations.add(destination(tenant, secret="b"))

    def test_last_success_and_last_failure_are_stored(self, destinations, tenant):
        """With the reason, which is cut."""
        one = destination(tenant)
        destinations.add(one)
        destinations.mark_failed(one, AT, "x" * (MAX_ERROR + 1))
        destinations.mark_sent(one, LATER)
        assert list(destinations.all(tenant)) == [Listed(one, LATER, AT, "x" * MAX_ERROR)]

    def test_later_destination_of_a_name_is_not_marked(self, destinations, tenant):
        """Nor is one that was removed added again."""
        former = destination(tenant)
        destinations.mark_sent(former, LATER)
        destinations.mark_failed(former, LATER, "HTTP 500")
        assert list(destinations.all(tenant)) == []
        later = replace(former, added_at=LATER)
        destinations.add(later)
        destinations.mark_failed(former, LATER, "HTTP 500")
        assert list(destinations.all(tenant)) == [Listed(later)]

    def test_what_a_destination_sends_is_stored(self, destinations, tenant):
        """Alerts, unless something else was chosen."""
        chat = destination(tenant)
        mail = destination(tenant, "mail", Kind.EMAIL, sends=frozenset({"daily", "weekly"}))
        for one in (chat, mail):
            destinations.add(one)
        stored = {one.destination.name: one.destination.sends for one in destinations.all(tenant)}
        assert stored == {"chat": {"alerts"}, "mail": {"daily", "weekly"}}

    def test_last_report_of_each_kind_is_stored(self, destinations, tenant):
        """The end of its period; a later destination of the name has none."""
        one = destination(tenant)
        destinations.add(one)
        destinations.mark_reported(one, ReportKind.DAILY, AT)
        destinations.mark_reported(one, ReportKind.WEEKLY, AT)
        destinations.mark_reported(one, ReportKind.DAILY, LATER)
        destinations.mark_reported(replace(one, added_at=LATER), ReportKind.DAILY, LATER)
        [listed] = destinations.all(tenant)
        assert listed.reported == {ReportKind.DAILY: LATER, ReportKind.WEEKLY: AT}
