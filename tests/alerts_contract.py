"""Tests of every alert log. A subclass provides the fixtures `log` and `tenant`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from echostream.domain.alerts.alert import ALL, Alert, Sent, Subject
from echostream.domain.alerts.deviations import HOUR, Deviation, Metric

START = datetime(2026, 5, 20, 10, tzinfo=UTC)
VOLUME = Deviation(START, Metric.VOLUME, 412.0, 38.5, 12.25)
SENTIMENT = Deviation(START + HOUR, Metric.SENTIMENT, -0.4123456789, 0.1, -6.1)


def alert(start=START, subject=ALL, changes=(VOLUME,)):
    return Alert(subject, start, start + HOUR, changes, start + 2 * HOUR)


class AlertLogContract:
    def test_alert_is_read_as_it_was_saved(self, log, tenant):
        """With every number, and with names and terms in any language."""
        subjects = (ALL, Subject("Prüfung#1"), Subject(None, ("café", "late night")))
        saved = [alert(subject=one, changes=(VOLUME, SENTIMENT)) for one in subjects]
        for one in saved:
            log.save(tenant, one)
        found = list(log.between(tenant, START, START + HOUR))
        assert sorted(found, key=lambda one: one.id) == sorted(saved, key=lambda one: one.id)

    def test_period_has_the_alerts_that_begin_in_it(self, log, tenant):
        """Newest first, whatever the minute of its start and its end is; of one tenant only."""
        alerts = [alert(START + HOUR * n) for n in range(4)]
        for one in alerts:
            log.save(tenant, one)
        log.save(f"{tenant}-b", alerts[0])
        minute = timedelta(minutes=1)
        assert list(log.between(tenant, START + minute, START + 3 * HOUR)) == [alerts[2], alerts[1]]
        to_minute = log.between(tenant, START, START + HOUR + minute)
        assert list(to_minute) == [alerts[1], alerts[0]]
        assert list(log.between(tenant, START, START)) == []
        assert list(log.between(tenant, START + HOUR, START)) == []

    def test_later_version_takes_the_place_of_an_alert(self, log, tenant):
        """It keeps the first time at which the alert was noticed; a repeat changes nothing."""
        first = alert()
        longer = first.with_hour(START + HOUR, [SENTIMENT])
        log.save(tenant, first)
        for _ in range(2):
            log.save(tenant, replace(longer, noticed_at=START + 5 * HOUR))
        assert list(log.between(tenant, START, START + HOUR)) == [longer]

    def test_destinations_of_an_alert_stay(self, log, tenant):
        """Each once, also when the alert gets another hour."""
        log.save(tenant, alert())
        for destination in ("mail", "chat", "mail"):
            log.mark_sent(tenant, alert(), destination)
        longer = alert().with_hour(START + HOUR, [SENTIMENT])
        log.save(tenant, longer)
        log.save(tenant, alert(START + HOUR))
        assert list(log.sent(tenant, START, START + 2 * HOUR)) == [
            Sent(alert(START + HOUR)),
            Sent(longer, frozenset({"mail", "chat"})),
        ]

    def test_alert_that_is_gone_is_not_marked(self, log, tenant):
        """It expired, or its tenant was deleted."""
        log.mark_sent(tenant, alert(), "mail")
        assert list(log.sent(tenant, START, START + HOUR)) == []

    def test_watched_time_never_moves_back(self, log, tenant):
        """Runs may overlap. It is no alert."""
        assert log.watched_to(tenant) is None
        for hours in (2, 1, 2):
            log.mark_watched(tenant, START + HOUR * hours)
        assert log.watched_to(tenant) == START + 2 * HOUR
        assert log.watched_to(f"{tenant}-b") is None
        assert list(log.between(tenant, START - HOUR, datetime(9999, 1, 1, tzinfo=UTC))) == []
