"""Objects of the lake that cannot be read: a compaction reports each one."""

import gzip
from datetime import datetime, timedelta

import pytest

from echostream.domain.codec import scored_to_wire, time_to_wire
from tests.builders import scored
from tests.integration.echostream.lake import NOON, TENANT, TODAY, YESTERDAY, pack

UNREADABLE = {
    "not-gzip.json.gz": (b"this is no gzip", "not gzip"),
    "cut.json.gz": (gzip.compress(b'{"id":"x"}\n' * 99)[:-12], "not gzip"),
    "not-json.json.gz": (gzip.compress(b"{broken\n"), "no JSON object"),
    "a-list.json.gz": (gzip.compress(b"[1, 2]\n"), "no JSON object"),
    "other-schema.json.gz": (gzip.compress(b'{"name":"x","value":3}\n'), "no JSON object"),
}


@pytest.mark.parametrize("day", [YESTERDAY, TODAY], ids=["closed", "open"])
def test_unreadable_objects_are_reported(lake, day):
    """In a closed and in an open day each has its reason; readers see all other documents."""
    lake.put(day, "a", "b")
    row = scored_to_wire(scored("c", at=datetime.fromisoformat(f"{day}T12:00:00Z")))
    folder = f"enriched/tenant_id={TENANT}/dt={day}/hour=12"
    changed = {**row, "id": "d", "compound": {"value": 1}, "scores": "none"}
    misplaced = {**row, "id": "e", "enriched_at": time_to_wire(NOON - timedelta(days=20))}
    objects = dict(UNREADABLE)
    objects["changed.json.gz"] = (pack(changed, row), "compound: not a number")
    objects["misplaced.json.gz"] = (pack(misplaced), "lies in the partition of another day")
    for name, (body, _) in objects.items():
        lake.put_bytes(f"{folder}/{name}", body)
    lake.put_bytes(f"{folder}/empty.json.gz", b"")
    future = f"enriched/tenant_id={TENANT}/dt=2999-01-01/hour=12/future.json.gz"
    lake.put_bytes(future, pack(row))
    lake.put_bytes("enriched/stray.json.gz", pack(row))
    lake.put_bytes(f"enriched/tenant_id={TENANT}/dt=someday/x.json.gz", pack(row))
    report = lake.compaction()(NOON)
    reasons = {problem.object.split("/")[-1]: problem.problem for problem in report.problems}
    for name, (_, reason) in objects.items():
        assert reason in reasons[name], name
    assert reasons["empty.json.gz"] == "empty"
    assert "future day" in reasons["future.json.gz"]
    assert "outside of every partition" in reasons["stray.json.gz"]
    assert any("dt=someday" in problem.object for problem in report.problems)
    assert lake.counts() == {day: 3}
    quarantined = lake.keys("quarantine/")
    assert [key.split("/")[-1] for key in quarantined] == ["cut.json.gz", "not-gzip.json.gz"]
    second_report = lake.compaction()(NOON)
    second_problems = {problem.object for problem in second_report.problems}
    assert second_problems == {problem.object for problem in report.problems}
    assert second_report.written == []
