"""The watch of one tenant and of all: what is compared when, stored, sent and reported."""

from datetime import timedelta

import pytest

from echostream.domain.alerts.alert import Subject
from echostream.domain.alerts.delivery import Delivered
from echostream.domain.alerts.deviations import HOUR, Deviation, Metric
from echostream.domain.alerts.tenant_watch import REPEATED, TenantWatch
from echostream.domain.alerts.tenants import AlertTenants
from echostream.domain.counters import OPERATOR
from echostream.domain.errors import TryAgain
from tests.builders import NOW, RETENTION, scored
from tests.destinations_contract import destination
from tests.fakes import MemoryCounters, MemoryStore
from tests.memory_alerts import MemoryAlerts

TENANT = "acme"
HOUR_START = NOW.replace(minute=0)
WINDOW = timedelta(minutes=2)


class Tenants:
    """A store, its counters and an alert log, with a watch of them."""

    def __init__(self):
        self.store, self.log = MemoryStore(), MemoryAlerts()
        self.compared, self.themes = [], {}

    def send(self, hour, number, compound=0.0, tenant=TENANT):
        """Store documents of an hour."""
        names = (f"{tenant}{hour:%d%H}-{compound}-{n}" for n in range(number))
        at = hour + timedelta(minutes=30)
        documents = [scored(name, at=at, compound=compound) for name in names]
        self.store.put(tenant, documents, NOW, RETENTION)

    def send_days(self, days=6, number=30, end=HOUR_START, **fields):
        """Store documents of each hour of some days."""
        for n in range(1, 24 * days):
            self.send(end - HOUR * n, number, **fields)

    def compare_themes(self, tenant, first, hour):
        self.compared.append((tenant, first, hour))
        return self.themes.get(hour, {})

    def watch(self, now=NOW, tenant=TENANT, repeated=REPEATED):
        watch = TenantWatch(MemoryCounters(self.store), self.log, self.compare_themes, WINDOW)
        return watch(tenant, now, repeated)


@pytest.fixture
def tenants():
    return Tenants()


def test_spike_is_stored_once(tenants):
    """A second run finds nothing new, and stores the same."""
    tenants.send_days()
    tenants.send(HOUR_START - HOUR, 200)
    tenants.store.mark_received(TENANT, NOW)
    [alert] = tenants.watch()
    assert (alert.start, alert.end) == (HOUR_START - HOUR, HOUR_START)
    assert tenants.watch(NOW + timedelta(minutes=7)) == []
    assert list(tenants.log.between(TENANT, HOUR_START - 9 * HOUR, NOW)) == [alert]
    assert tenants.log.watched_to(TENANT) == HOUR_START


def test_hours_that_are_not_counted_are_not_compared(tenants):
    """Documents up to 11:50 are counted: the last hour ends at 11:00."""
    tenants.send_days()
    tenants.store.mark_received(TENANT, HOUR_START - timedelta(minutes=10))
    assert tenants.watch() == []
    assert tenants.log.watched_to(TENANT) == HOUR_START - HOUR


def test_without_any_count_nothing_is_compared(tenants):
    """A new tenant has no hour that was compared."""
    assert tenants.watch() == []
    assert tenants.log.watched_to(TENANT) is None


def test_silence_is_compared_by_the_times_of_all_tenants(tenants):
    """A tenant that sends nothing has nothing to count; that everything is counted shows another
    time of receipt."""
    tenants.send_days(days=8, end=HOUR_START - 3 * HOUR)
    tenants.store.mark_received(TENANT, HOUR_START - 3 * HOUR)
    assert tenants.watch() == []
    tenants.store.mark_received(OPERATOR, NOW)
    [alert] = tenants.watch()
    [change] = alert.changes
    assert (change.metric, change.value, change.expected) == (Metric.VOLUME, 0, 30)
    assert (alert.start, alert.end) == (HOUR_START - 3 * HOUR, HOUR_START)


def test_shards_of_the_stream_may_be_behind(tenants):
    """Changes are collected for the window: an hour is compared after it."""
    tenants.send_days()
    soon = HOUR_START + timedelta(minutes=1)
    tenants.store.mark_received(TENANT, soon)
    tenants.watch(soon)
    assert tenants.log.watched_to(TENANT) == HOUR_START - HOUR


def test_late_documents_make_a_former_hour_unusual(tenants):
    """It is found in the time in which hours are compared again."""
    tenants.send_days()
    tenants.store.mark_received(TENANT, NOW)
    assert tenants.watch() == []
    tenants.send(HOUR_START - 20 * HOUR, 200, compound=0.1)
    [alert] = tenants.watch()
    assert alert.start == HOUR_START - 20 * HOUR
    assert tenants.watch(repeated=4 * HOUR) == []


def test_themes_are_compared_once_each_hour(tenants):
    """They are those of the last hour at first, then of each new hour without another alert."""
    tenants.send_days()
    tenants.store.mark_received(TENANT, NOW + 3 * HOUR)
    first = HOUR_START - HOUR * (24 * 6 - 1)
    tenants.watch()
    assert tenants.compared == [(TENANT, first, HOUR_START - HOUR)]
    for n in range(2):
        tenants.send(HOUR_START + n * HOUR, 30)
    tenants.watch(NOW + 2 * HOUR)
    assert [hour for *_, hour in tenants.compared[1:]] == [HOUR_START, HOUR_START + HOUR]
    tenants.send(HOUR_START + 2 * HOUR, 300)
    assert tenants.watch(NOW + 3 * HOUR)
    assert len(tenants.compared) == 3


def test_unusual_theme_is_an_alert(tenants):
    """It is stored as those of sources are."""
    tenants.send_days()
    tenants.store.mark_received(TENANT, NOW)
    hour, subject = HOUR_START - HOUR, Subject(terms=("battery",))
    tenants.themes = {hour: {subject: [Deviation(hour, Metric.VOLUME, 30, 1, 9.0)]}}
    [alert] = tenants.watch()
    assert (alert.subject, alert.id) == (subject, f"{hour:%Y-%m-%dT%H}#theme:battery")


def test_theme_of_two_hours_is_one_alert(tenants):
    """Its terms differ from hour to hour; a theme without any of them is another alert."""
    tenants.send_days()
    tenants.store.mark_received(TENANT, NOW + 2 * HOUR)
    names = [("battery", "charger"), ("charger", "cable"), ("parcel",)]
    for n, terms in enumerate(names):
        hour = HOUR_START + (n - 1) * HOUR
        if n:
            tenants.send(hour, 30)
        change = Deviation(hour, Metric.VOLUME, 30, 1, 9.0)
        tenants.themes[hour] = {Subject(terms=terms): [change]}
        tenants.watch(NOW + n * HOUR)
    stored = list(tenants.log.between(TENANT, HOUR_START - 2 * HOUR, NOW + 2 * HOUR))
    assert [alert.subject.terms for alert in stored] == [names[2], names[0]]
    assert stored[1].end - stored[1].start == 2 * HOUR


class Run:
    """Runs over tenants, some of which fail."""

    def __init__(self, watched, failing=()):
        self.watched, self.failing = watched, failing
        self.marked, self.calls = [], []

    def watch(self, tenant, now, repeated):
        self.calls.append(tenant)
        if tenant in self.failing:
            raise TryAgain("the table is throttled")
        return []

    def deliver(self, tenant, now):
        return [
            Delivered(destination(tenant=tenant), 1),
            Delivered(destination(tenant=tenant), 0, "gone"),
        ]

    def __call__(self, **options):
        marks = lambda *mark: self.marked.append(mark)  # noqa: E731
        return AlertTenants(lambda: self.watched, marks, self.watch, self.deliver)(NOW, **options)


def test_tenant_that_fails_does_not_stop_the_others():
    """Its reason is in the report; nothing is sent for it."""
    run = Run(["a", "b", "c"], failing=["a"])
    report = run().to_wire()
    assert run.calls == ["a", "b", "c"]
    assert report["failed"] == {"a": "the table is throttled"}
    assert (report["sent"], report["not_sent"], report["raised"]) == (2, 2, {})


def test_run_marks_its_time_first():
    """So that the next run sees up to when documents of all tenants are counted."""
    run = Run([])
    run()
    assert run.marked == [(OPERATOR, NOW)]


def test_tenants_without_time_wait_for_the_next_run():
    """They are counted in the report."""
    left = iter([True, False, False])
    run = Run(["a", "b", "c"])
    assert run(has_time=lambda: next(left)).postponed == 2
    assert run.calls == ["a"]
