"""Tests of all counters. A subclass needs the fixtures `counters`, `tenant` and `at`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from echostream.domain.counters import Change, Counters
from echostream.domain.model import Count, add_up, count
from echostream.domain.query import Bucket, Question, Stats, stats
from tests.builders import scored


def change(number: int, tenant: str, at: datetime, *counts: Count, **content: Any) -> Change:
    """A change of the stream, by its number."""
    return Change(f"{number:040}", at, tenant, counts, **content)


def non_zero(parts: Iterable[Count]) -> list[Count]:
    """The sums of the counts of each hour and source."""
    sums = (part for part in add_up(parts) if part.total)
    return sorted(sums, key=lambda part: (part.hour, part.source))


class CountersContract:
    """`counters` have counted nothing of `tenant` and of the shard of the same name."""

    @staticmethod
    def stats(counters: Counters, tenant: str, at: datetime, bucket: Bucket = "hour") -> Stats:
        period = Question(at - timedelta(days=30), at + timedelta(hours=1))
        return stats(counters, tenant, period, bucket)

    def test_documents_are_counted_by_hour_day_and_source(self, counters, tenant, at):
        """By sentiment, with the sum of compounds; each hour and day has its own counts."""
        batch = [
            scored("a", at=at, source="x", compound=0.5),
            scored("b", at=at, source="x", compound=-0.5),
            scored("c", at=at, source="y#z", compound=0.0),
            scored("d", at=at - timedelta(days=20), source="x", compound=0.25),
        ]
        changes = [change(n, tenant, at, *count([one])) for n, one in enumerate(batch)]
        counters.add(tenant, changes, is_behind=False)
        hours = counters.hours(tenant, at - timedelta(days=30), at + timedelta(hours=1))
        assert non_zero(hours) == sorted(count(batch), key=lambda c: (c.hour, c.source))
        days = counters.days(tenant, (at - timedelta(days=20)).date(), at.date())
        assert [day.total for day in non_zero(days)] == [1]
        later = at.replace(minute=0) + timedelta(hours=1)
        assert non_zero(counters.hours(tenant, later, later + timedelta(days=40))) == []

    def test_change_that_is_delivered_again_changes_nothing(self, counters, tenant, at):
        """Whole batches, batches with other borders, and changes from before the last position."""
        changes = [change(n, tenant, at, *count([scored("a", at=at)])) for n in range(6)]
        for batch in (changes[:2], changes[:4], changes[1:3], changes[2:], changes):
            counters.add(tenant, batch, is_behind=False)
        assert sum(bucket.total for bucket in self.stats(counters, tenant, at).by_time) == 6

    def test_shards_have_positions_of_their_own(self, counters, tenant, at):
        """The sequence numbers of two shards are not compared."""
        for shard, number in ((tenant, 9), (f"{tenant}-2", 1), (f"{tenant}-2", 2)):
            changes = [change(number, tenant, at, *count([scored("a", at=at)]))]
            counters.add(shard, changes, is_behind=False)
        assert sum(bucket.total for bucket in self.stats(counters, tenant, at).by_time) == 3

    def test_removed_document_leaves_the_counts(self, counters, tenant, at):
        """And a document with another source or label moves."""
        [x] = count([scored("a", at=at, source="x", compound=0.5)])
        [y] = count([scored("a", at=at, source="y", compound=-0.25)])
        counters.add(tenant, [change(1, tenant, at, x), change(2, tenant, at, -x, y)], False)
        result = self.stats(counters, tenant, at)
        assert [(c.source, c.negative, c.total) for c in result.by_source] == [("y", 1, 1)]
        counters.add(tenant, [change(3, tenant, at, -y)], is_behind=False)
        result = self.stats(counters, tenant, at)
        assert (result.by_time, result.by_source) == ([], [])

    def test_many_hours_and_sources_are_counted(self, counters, tenant, at):
        """A batch that needs more than one transaction."""
        batch = [
            scored(f"d{n}", at=at - timedelta(hours=n), source=f"s{n % 9}", compound=0.1)
            for n in range(150)
        ]
        changes = [change(n, tenant, at, *count([one])) for n, one in enumerate(batch)]
        counters.add(tenant, changes, is_behind=False)
        by_hour = self.stats(counters, tenant, at)
        by_day = self.stats(counters, tenant, at, "day")
        assert [bucket.total for bucket in by_hour.by_time] == [1] * 150
        assert sum(bucket.total for bucket in by_day.by_time) == 150
        assert by_day.by_source == by_hour.by_source
        assert sum(part.compound_sum for part in by_day.by_time) == pytest.approx(15)

    def test_tenants_are_separate(self, counters, tenant, at):
        """Changes of several tenants come in one batch."""
        other = f"{tenant}x"
        [part] = count([scored("a", at=at)])
        changes = [change(1, tenant, at, part), change(2, other, at, part, part)]
        counters.add(tenant, changes, is_behind=False)
        assert [bucket.total for bucket in self.stats(counters, tenant, at).by_time] == [1]
        assert [bucket.total for bucket in self.stats(counters, other, at).by_time] == [2]

    def test_counters_tell_how_far_they_are(self, counters, tenant, at):
        """Up to the latest time of receipt, also if an earlier one comes later."""
        assert counters.counted_to(tenant) is None
        times = [at, at - timedelta(seconds=1)]
        changes = [change(n, tenant, at, received=time) for n, time in enumerate(times)]
        for one in changes:
            counters.add(tenant, [one], is_behind=False)
        assert counters.counted_to(tenant) == at
        assert counters.counted_to(f"{tenant}x") is None

    def test_shard_that_is_behind_holds_the_time_back(self, counters, tenant, at):
        """Until it has counted its later changes."""
        earlier = at - timedelta(minutes=5)
        counters.add(tenant, [change(1, tenant, at, received=at)], is_behind=False)
        behind = f"{tenant}-behind"
        counters.add(behind, [change(1, tenant, earlier)], is_behind=True)
        assert counters.counted_to(tenant) == earlier
        counters.add(behind, [change(2, tenant, earlier)], is_behind=False)
        assert counters.counted_to(tenant) == at
