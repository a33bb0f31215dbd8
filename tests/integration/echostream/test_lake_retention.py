"""Tenants that keep objects of the lake for fewer days than the deployment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_rewrites import S3Rewrites
from echostream.domain import lake_retention
from echostream.domain.errors import CallRefused, TryAgain
from echostream.domain.lake_retention import Expired, LakeRetention
from echostream.domain.members import Tenant, TenantState
from echostream.domain.privacy import PrivacyOptions
from tests.builders import RETENTION
from tests.integration.echostream.lake import EARLIER, NOON, TENANT, TODAY, YESTERDAY, pack

OTHER = f"{TENANT}-2"
ITEM = f"quarantine/items/tenant_id={TENANT}/1.json"


def retention(lake, days=1):
    """The retention of a lake in which one of two tenants keeps objects for some days."""
    options = {TENANT: PrivacyOptions(lake_days=days), OTHER: PrivacyOptions()}
    tenants = [
        Tenant(name, TenantState.ACTIVE, 1, NOON, privacy=privacy)
        for name, privacy in options.items()
    ]
    catalog = GlueCatalog(lake.glue, lake.database)
    return LakeRetention(lambda: tenants, S3Rewrites(lake.s3, lake.bucket), catalog)


def fill(lake):
    for day in (EARLIER, YESTERDAY, TODAY):
        for tenant in (TENANT, OTHER):
            lake.put(day, f"{day}-a", tenant=tenant)
            key = f"tenant_id={tenant}/dt={day}/hour=12/b1.json.gz"
            for folder in ("raw", "quarantine/enriched"):
                lake.put_bytes(f"{folder}/{key}", pack({"id": "a", "text": "a"}))
    lake.put_bytes(ITEM, b"{}")


def days_of(lake, tenant):
    """The days of a tenant's objects, by folder."""
    folders = ("raw/", "enriched/", "quarantine/enriched/")
    prefixes = {folder: f"{folder}tenant_id={tenant}/dt=" for folder in folders}
    return {
        folder: [key.removeprefix(prefix)[:10] for key in lake.keys(prefix)]
        for folder, prefix in prefixes.items()
    }


def test_days_that_a_tenant_does_not_keep_are_deleted(lake):
    """From all folders and from what SQL reads; another tenant keeps them, and a repeat is idle."""
    fill(lake)
    lake.compaction()(NOON)
    assert lake.counts() == {EARLIER: 1, YESTERDAY: 1, TODAY: 1}
    before = days_of(lake, OTHER)
    expired = retention(lake)(NOON)
    assert expired == Expired([EARLIER], {})
    assert set(map(tuple, days_of(lake, TENANT).values())) == {(YESTERDAY, TODAY)}
    report = lake.compaction()(NOON, expired=expired.days)
    assert report.failed == {}
    assert lake.counts() == {YESTERDAY: 1, TODAY: 1}
    assert days_of(lake, OTHER) == before
    registered = GlueCatalog(lake.glue, lake.database).compacted_days()
    assert registered[EARLIER].keys() == {OTHER}
    assert retention(lake)(NOON) == Expired([], {})


def test_run_that_ends_before_the_compaction_is_continued(lake):
    """Its objects are gone; the next run names the day that is still compacted."""
    fill(lake)
    lake.compaction()(NOON)
    retention(lake)(NOON)
    assert retention(lake)(NOON).days == [EARLIER]


def test_deletion_stops_when_there_is_no_time(lake):
    """At any page; each run deletes the oldest that is left, and the last one all."""
    fill(lake)
    lake.compaction()(NOON)
    expired = retention(lake)(NOON, lambda: False)
    assert expired == Expired([EARLIER], {}, is_complete=False)
    assert days_of(lake, TENANT) == days_of(lake, OTHER)
    moments = iter([True, False])
    assert not retention(lake)(NOON, lambda: next(moments)).is_complete
    left = {folder: len(days) for folder, days in days_of(lake, TENANT).items()}
    assert left == {"raw/": 2, "enriched/": 3, "quarantine/enriched/": 3}
    assert retention(lake)(NOON).is_complete
    assert set(map(tuple, days_of(lake, TENANT).values())) == {(YESTERDAY, TODAY)}


def test_expired_days_wait_for_the_next_run_when_there_is_no_time(lake):
    """The others come first, so that many expired days do not delay the last closed one."""
    fill(lake)
    lake.compaction()(NOON)
    expired = retention(lake)(NOON).days
    tomorrow = NOON + timedelta(days=1)
    report = lake.compaction()(tomorrow, expired=expired, has_time=lambda: False)
    assert (report.written, report.postponed) == ([TODAY], [EARLIER])
    assert report.compacted_to == TODAY
    catalog = GlueCatalog(lake.glue, lake.database)
    assert catalog.compacted_days()[EARLIER].keys() == {TENANT, OTHER}
    lake.put(TODAY, "late", batch="b2")
    report = lake.compaction()(tomorrow, expired=expired)
    assert (report.written, report.postponed) == ([TODAY, EARLIER], [])
    assert catalog.compacted_days()[EARLIER].keys() == {OTHER}


def test_expired_day_with_a_new_tenant_does_not_wait(lake):
    """The view would read nothing of the tenant there."""
    fill(lake)
    lake.compaction()(NOON)
    expired = retention(lake)(NOON).days
    lake.put(EARLIER, "new", tenant=f"{TENANT}-3")
    report = lake.compaction()(NOON, expired=expired, has_time=lambda: False)
    assert (report.written, report.postponed) == ([EARLIER], [])


def test_option_that_is_taken_back_leaves_nothing_compacted(lake):
    """Also of a day that no repeat can change any more; its documents are deleted already."""
    fill(lake)
    lake.compaction()(NOON)
    retention(lake)(NOON)
    lake.compaction()(NOON + RETENTION + timedelta(days=9))
    registered = GlueCatalog(lake.glue, lake.database).compacted_days()
    assert registered[EARLIER].keys() == {OTHER}


def test_tenant_that_fails_stops_no_other(lake):
    """The run goes on, and is repeated because of the error at its end."""
    fill(lake)

    class FailsForOne(S3Rewrites):
        def delete_many(self, keys):
            if any(f"tenant_id={TENANT}/" in key for key in keys):
                raise CallRefused("not deleted")
            super().delete_many(keys)

    options = PrivacyOptions(lake_days=1)
    both = replace(
        retention(lake),
        tenants=lambda: [
            Tenant(name, TenantState.ACTIVE, 1, NOON, privacy=options) for name in (TENANT, OTHER)
        ],
        lake=FailsForOne(lake.s3, lake.bucket),
    )
    expired = both(NOON)
    assert days_of(lake, OTHER)["enriched/"] == [YESTERDAY, TODAY]
    assert expired.failed.keys() == {TENANT}
    with pytest.raises(TryAgain, match=f"{TENANT}: not deleted"):
        expired.check()


def test_items_of_the_quarantine_are_kept_from_their_last_attempt(lake):
    """S3 knows when they were written."""
    fill(lake)
    retention(lake)(NOON)
    assert lake.keys(ITEM) == [ITEM]
    retention(lake)(NOON + timedelta(days=3))
    assert lake.keys(ITEM) == []


class Listed(S3Rewrites):
    """A lake that notes what is listed: the prefixes, and the keys that were found."""

    def __init__(self, lake):
        super().__init__(lake.s3, lake.bucket)
        self.prefixes: list[str] = []
        self.keys: list[str] = []

    def list_objects(self, prefix, after, limit):
        found = super().list_objects(prefix, after, limit)
        self.prefixes.append(prefix)
        self.keys.extend(key for key, _ in found)
        return found


def test_tenant_without_the_option_keeps_all(lake):
    """Nothing of it is listed, not even where it has no objects."""
    fill(lake)
    before, listed = days_of(lake, OTHER), Listed(lake)
    replace(retention(lake), lake=listed)(NOON)
    assert days_of(lake, OTHER) == before
    assert listed.prefixes
    assert not any(f"tenant_id={OTHER}/" in prefix for prefix in listed.prefixes)
    listed.prefixes.clear()
    assert replace(retention(lake, days=None), lake=listed)(NOON) == Expired([], {})
    assert listed.prefixes == []


def test_objects_are_not_listed_without_need(lake, monkeypatch):
    """No page after the first day that is kept."""
    fill(lake)
    monkeypatch.setattr(lake_retention, "AT_ONCE", 2)
    listed = Listed(lake)
    replace(retention(lake), lake=listed)(NOON)
    assert any(f"dt={YESTERDAY}" in key for key in listed.keys)
    assert not any(f"dt={TODAY}" in key for key in listed.keys)
