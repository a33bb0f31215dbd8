"""Compaction of a separate lake: what readers see before, during and after a run."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from echostream.adapters.athena import Athena
from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain.codec import scored_to_wire, time_to_wire
from echostream.domain.compaction import Compaction
from echostream.domain.errors import QueryRefused, TryAgain
from echostream.domain.lake import Batch
from tests.builders import RETENTION, scored

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TODAY, YESTERDAY, EARLIER = (f"{NOON - timedelta(days=days):%Y-%m-%d}" for days in range(3))
TENANT = "acme"


class Lake:
    """A bucket and a database like those of the template, with operations for tests."""

    def __init__(self, settings, sandbox, name):
        self.bucket, self.database = f"lake-{name}", name
        self.s3 = settings.target.client("s3")
        self.glue = settings.target.client("glue")
        self.athena = Athena(settings.target.client("athena"), sandbox["WORKGROUP"], self.database)
        self.s3.create_bucket(Bucket=self.bucket)
        self.glue.create_database(DatabaseInput={"Name": name})
        for table in ("raw", "enriched", "compacted"):
            self._copy(sandbox, table)

    def _copy(self, sandbox, name):
        table = self.glue.get_table(DatabaseName=sandbox["DATABASE"], Name=name)["Table"]
        fields = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
        text = json.dumps({field: table[field] for field in fields})
        copy = json.loads(text.replace(sandbox["LAKE_BUCKET"], self.bucket))
        self.glue.create_table(DatabaseName=self.database, TableInput=copy)

    def compaction(self, **replacements):
        """A compaction of this lake; replacements take the place of its adapters, by name."""
        adapters = {
            "athena": self.athena,
            "catalog": GlueCatalog(self.glue, self.database),
            "files": S3LakeFiles(self.s3, self.bucket),
        }
        return Compaction(**{**adapters, **replacements}, retention=RETENTION)

    def put(self, day, *names, batch="b1", tenant=TENANT, at=None):
        """Write documents with these ids as one object, as the pipeline does."""
        at = at or datetime.fromisoformat(f"{day}T12:00:00Z")
        rows = [scored_to_wire(scored(name, at=at, compound=0.5)) for name in names]
        S3Lake(self.s3, self.bucket).write("enriched", Batch(tenant, at, batch), rows)

    def put_bytes(self, key, body):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def counts(self):
        """The tenant's documents by day of arrival, as readers of the view see them."""
        rows: list[Any] = self.athena.query(
            f"SELECT dt, count(*), count(DISTINCT id) FROM documents"
            f" WHERE tenant_id = '{TENANT}' GROUP BY dt"
        ).rows
        assert all(total == distinct for _, total, distinct in rows)
        return {day: int(total) for day, total, _ in rows}

    def keys(self, prefix):
        page = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return sorted(item["Key"] for item in page.get("Contents", []))


@pytest.fixture
def lake(settings, sandbox, name):
    return Lake(settings, sandbox, name)


def test_compaction_does_not_change_counts(lake):
    """Readers see each document once despite repeated deliveries; a second run changes nothing."""
    lake.put(EARLIER, "a", "b")
    lake.put(YESTERDAY, "c", "d", "e")
    lake.put(YESTERDAY, "d", batch="again")
    lake.put(TODAY, "f")
    lake.put(TODAY, "f", batch="again")
    lake.put(TODAY, "theirs", tenant="other")
    expected = {EARLIER: 2, YESTERDAY: 3, TODAY: 1}
    lake.compaction()(NOON - timedelta(days=9))
    assert lake.counts() == expected
    report = lake.compaction()(NOON)
    assert (report.written, report.compacted_to) == ([EARLIER, YESTERDAY], YESTERDAY)
    assert lake.counts() == expected
    before = lake.keys("compacted/")
    second_report = lake.compaction()(NOON)
    assert (second_report.written, second_report.current) == ([], [EARLIER, YESTERDAY])
    assert lake.keys("compacted/") == before
    assert lake.counts() == expected


def test_compacted_rows_equal_the_stored_documents(lake):
    """Every column keeps its type and value, including quotes and newlines in the text."""
    at = datetime.fromisoformat(f"{YESTERDAY}T12:34:56.789Z")
    document = scored("a", text="caf\u00e9 \U0001f60d 'quoted'\n\u2028", at=at, compound=-0.25)
    row = scored_to_wire(document)
    S3Lake(lake.s3, lake.bucket).write("enriched", Batch(TENANT, at, "b1"), [row])
    lake.compaction()(NOON)
    sql = f"SELECT * FROM documents WHERE tenant_id = '{TENANT}' AND dt = '{YESTERDAY}'"
    result = lake.athena.query(sql)
    [cells] = result.rows
    columns = dict(zip([column.name for column in result.columns], cells, strict=True))
    time = f"{YESTERDAY} 12:34:56.789"
    assert columns == {
        "tenant_id": TENANT,
        "id": "a",
        "text": document.document.text,
        "source": "forum",
        "author": "ann",
        "url": None,
        "language": "en",
        "created_at": time,
        "sentiment": "NEGATIVE",
        "positive": "0.0",
        "negative": "0.0",
        "neutral": "1.0",
        "mixed": "0.0",
        "compound": "-0.25",
        "engine": "vader",
        "engine_version": "nltk-test",
        "truncated": "false",
        "fallback": None,
        "enriched_at": time,
        "others": "[]",
        "dt": YESTERDAY,
    }


def test_late_document_recompacts_its_day_only(lake):
    """A new object recompacts its day; a repeated delivery of the same object does not."""
    lake.put(EARLIER, "a")
    lake.put(YESTERDAY, "b")
    lake.compaction()(NOON)
    lake.put(YESTERDAY, "b")
    assert lake.compaction()(NOON).written == []
    lake.put(YESTERDAY, "late", batch="late")
    report = lake.compaction()(NOON)
    assert (report.written, report.current) == ([YESTERDAY], [EARLIER])
    assert lake.counts() == {EARLIER: 1, YESTERDAY: 2}


def test_compacted_day_past_the_retention_is_not_listed_again(lake):
    """The documents table accepts no repeat of such old documents: the objects are final."""
    day = f"{NOON - RETENTION - timedelta(days=5):%Y-%m-%d}"
    lake.put(day, "a")
    assert lake.compaction()(NOON).written == [day]
    lake.put(day, "b", batch="b2")
    assert lake.compaction()(NOON).written == []


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


def pack(*rows):
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())


class Failing:
    """Wraps an adapter and raises `TryAgain` when one of its methods is called."""

    def __init__(self, adapter, method, matches=lambda *_: True):
        self._adapter, self._method, self._matches = adapter, method, matches

    def __getattr__(self, name):
        attribute = getattr(self._adapter, name)
        if name != self._method:
            return attribute

        def fail(*arguments, **named):
            if self._matches(*arguments):
                raise TryAgain("injected failure")
            return attribute(*arguments, **named)

        return fail


class RefusingAthena:
    """Athena that refuses the statements that `refuses` selects."""

    def __init__(self, athena, refuses, message):
        self._athena, self._refuses, self._message = athena, refuses, message

    def query(self, sql):
        if self._refuses(sql):
            raise QueryRefused("query_failed", self._message)
        return self._athena.query(sql)


@pytest.mark.parametrize("step", ["unload", "register", "view", "report"])
def test_failed_run_leaves_consistent_counts(lake, step):
    """A run that fails at any step leaves the counts before or after it; the next one completes."""
    lake.put(EARLIER, "a")
    lake.compaction()(NOON - timedelta(days=1))
    lake.put(EARLIER, "late", batch="late")
    lake.put(YESTERDAY, "b", "c")
    replacements = {
        "unload": {"athena": Failing(lake.athena, "query", lambda sql: sql.startswith("UNLOAD"))},
        "register": {"catalog": Failing(GlueCatalog(lake.glue, lake.database), "register")},
        "view": {"athena": Failing(lake.athena, "query", lambda sql: sql.startswith("CREATE"))},
        "report": {"files": Failing(S3LakeFiles(lake.s3, lake.bucket), "write_report")},
    }
    before = lake.counts()
    assert before == {EARLIER: 1, YESTERDAY: 2}
    with pytest.raises(TryAgain):
        lake.compaction(**replacements[step])(NOON)
    assert lake.counts() in (before, {EARLIER: 2, YESTERDAY: 2})
    lake.compaction()(NOON)
    assert lake.counts() == {EARLIER: 2, YESTERDAY: 2}
    assert lake.compaction()(NOON).written == []


def test_failed_run_keeps_its_reported_problems(lake):
    """The problems of a day that was compacted before the failure are in the next report."""
    lake.put(EARLIER, "a")
    lake.put_bytes(f"enriched/tenant_id={TENANT}/dt={EARLIER}/hour=12/bad.json.gz", b"no gzip")
    lake.put(YESTERDAY, "b")
    failing = Failing(lake.athena, "query", lambda sql: f"dt = '{YESTERDAY}'" in sql)
    with pytest.raises(TryAgain):
        lake.compaction(athena=failing)(NOON)
    report = lake.compaction()(NOON)
    assert report.current == [EARLIER]
    assert [p.problem[:8] for p in report.problems if p.object.endswith("bad.json.gz")] == [
        "not gzip"
    ]


def test_failed_check_of_the_open_day_does_not_stop_compaction(lake):
    """Closed days are compacted, and the view includes them."""
    message = "Bytes scanned limit was exceeded"
    athena = RefusingAthena(lake.athena, lambda sql: f"dt = '{TODAY}'" in sql, message)
    lake.put(YESTERDAY, "a")
    lake.put(TODAY, "b")
    report = lake.compaction(athena=athena)(NOON)
    assert report.failed == {TODAY: message}
    assert (report.written, report.compacted_to) == ([YESTERDAY], YESTERDAY)
    assert lake.counts() == {YESTERDAY: 1, TODAY: 1}


def test_replaced_folders_are_deleted_a_day_later(lake):
    """Running queries may still read a folder that no partition points to."""
    lake.put(YESTERDAY, "a")
    lake.compaction()(NOON)
    lake.put(YESTERDAY, "late", batch="late")
    lake.compaction()(NOON)
    folders = {key.split("/")[2] for key in lake.keys("compacted/")}
    assert len(folders) == 2
    lake.compaction()(datetime.now(UTC) + timedelta(hours=1))
    assert {key.split("/")[2] for key in lake.keys("compacted/")} == folders
    lake.compaction()(datetime.now(UTC) + timedelta(hours=25))
    remaining = {key.split("/")[2] for key in lake.keys(f"compacted/dt={YESTERDAY}/")}
    assert len(remaining) == 1
    assert lake.counts() == {YESTERDAY: 2}


def test_failed_day_stops_the_view_before_it(lake):
    """Other days are compacted, but readers get the failed day and later ones uncompacted."""

    def is_unload_of_earlier(sql):
        return sql.startswith("UNLOAD") and f"dt = '{EARLIER}'" in sql

    athena = RefusingAthena(lake.athena, is_unload_of_earlier, "out of memory")
    first = f"{NOON - timedelta(days=3):%Y-%m-%d}"
    for day in (first, EARLIER, YESTERDAY):
        lake.put(day, f"on-{day}")
    report = lake.compaction(athena=athena)(NOON)
    assert report.failed == {EARLIER: "out of memory"}
    assert (report.written, report.compacted_to) == ([first, YESTERDAY], first)
    assert lake.counts() == {first: 1, EARLIER: 1, YESTERDAY: 1}
    assert lake.compaction()(NOON).compacted_to == YESTERDAY
    assert lake.counts() == {first: 1, EARLIER: 1, YESTERDAY: 1}
