"""Compaction of a separate lake: what readers see before, during and after a run."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from echostream.adapters.glue_catalog import GlueCatalog
from echostream.adapters.s3_lake import S3Lake
from echostream.adapters.s3_lake_files import S3LakeFiles
from echostream.domain import compaction
from echostream.domain.codec import scored_to_wire
from echostream.domain.erase_places import EraseCompacted
from echostream.domain.erasure import Chunk, Erasure, documents_of
from echostream.domain.errors import QueryRefused, TryAgain
from echostream.domain.lake import Batch
from echostream.domain.lake_sql import compact_day, documents_view
from tests.builders import RETENTION, scored
from tests.integration.echostream.lake import EARLIER, NOON, TENANT, TODAY, YESTERDAY


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
    athena = Failing(lake.athena, "query", lambda sql: sql.startswith("CREATE"))
    second_report = lake.compaction(athena=athena)(NOON)
    assert (second_report.written, second_report.current) == ([], [EARLIER, YESTERDAY])
    assert lake.keys("compacted/") == before
    assert lake.counts() == expected


def test_compacted_rows_equal_the_stored_documents(lake):
    """Every column keeps its type and value, including quotes and newlines in the text."""
    at = datetime.fromisoformat(f"{YESTERDAY}T12:34:56.789Z")
    text = "caf\u00e9 \U0001f60d 'quoted'\n\u2028"
    attributes = {"app version": "2.1", "caf\u00e9": '"x"'}
    fields: dict[str, Any] = {"channel": "r/caf\u00e9", "rating": 4.5, "attributes": attributes}
    row = scored_to_wire(scored("a", text=text, at=at, compound=-0.25, **fields))
    S3Lake(lake.s3, lake.bucket).write("enriched", Batch(TENANT, at, "b1"), [row])
    lake.compaction()(NOON)
    sql = f"SELECT * FROM documents WHERE tenant_id = '{TENANT}' AND dt = '{YESTERDAY}'"
    result = lake.athena.query(sql)
    [cells] = result.rows
    columns = dict(zip([column.name for column in result.columns], cells, strict=True))
    assert json.loads(str(columns.pop("attributes"))) == attributes
    time = f"{YESTERDAY} 12:34:56.789"
    assert columns == {
        "tenant_id": TENANT,
        "id": "a",
        "text": text,
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
        "channel": "r/caf\u00e9",
        "rating": "4.5",
        "unscored": None,
        "dt": YESTERDAY,
    }


LATER_COLUMNS = ", channel, rating, attributes, unscored"
"""Of a list of columns: those that the first versions did not have."""


def test_days_compacted_without_later_columns_are_read_and_compacted_again(lake, monkeypatch):
    """Versions without them wrote these. Old days stay; the others get them with their rows."""
    old = f"{NOON - RETENTION - timedelta(days=5):%Y-%m-%d}"
    later = {"channel": "r/a", "rating": 4, "attributes": {"country": "DE"}}
    for day, name, fields in ((old, "old", {}), (YESTERDAY, "a", later)):
        at = datetime.fromisoformat(f"{day}T12:00:00Z")
        row = scored_to_wire(scored(name, at=at))
        for field in (*later, "unscored"):
            del row[field]
        S3Lake(lake.s3, lake.bucket).write("enriched", Batch(TENANT, at, "b1"), [row | fields])
    with monkeypatch.context() as before:
        before.setattr(compaction, "_FORMAT", "before")
        before.setattr(
            compaction, "compact_day", lambda *args: compact_day(*args).replace(LATER_COLUMNS, "")
        )
        lake.compaction()(NOON)
    country = "json_extract_scalar(attributes, '$.country')"
    sql = f"SELECT id, channel, rating, {country} FROM documents WHERE tenant_id = '{TENANT}'"
    nothing = [None, None, None]

    def by_id():
        return {name: values for name, *values in lake.athena.query(sql).rows}

    assert by_id() == {"old": nothing, "a": nothing}
    assert lake.compaction()(NOON).written == [YESTERDAY]
    assert by_id() == {"old": nothing, "a": ["r/a", "4.0", "DE"]}


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


class RewritingAthena:
    """Athena whose first statements of a kind fail because an erasure rewrites an object."""

    def __init__(self, lake, starts_with):
        self._lake, self._starts_with, self.failures = lake, starts_with, 0

    def query(self, sql):
        if sql.lstrip().startswith(self._starts_with) and self.failures < 2:
            self.failures += 1
            names = ("a", "erased")[: 3 - self.failures]  # two, then one
            self._lake.put(YESTERDAY, *names)
            raise QueryRefused("query_failed", "NoSuchKey")
        return self._lake.athena.query(sql)


@pytest.mark.parametrize("statement", ["UNLOAD", "SELECT object"])
def test_objects_that_change_during_a_statement_are_read_again(lake, statement):
    """The check and the compaction of a day."""
    lake.put(YESTERDAY, "a")
    athena = RewritingAthena(lake, statement)
    report = lake.compaction(athena=athena)(NOON)
    assert athena.failures == 2
    assert (report.written, report.failed) == ([YESTERDAY], {})
    assert lake.counts() == {YESTERDAY: 1}
    assert lake.compaction()(NOON).written == []


def test_new_objects_are_no_reason_to_repeat_a_statement(lake):
    """The open day gets them all the time, and a statement that fails has a cost."""
    statements = []

    def refuses(sql):
        is_check = sql.startswith("SELECT object") and f"dt = '{TODAY}'" in sql
        if is_check:
            statements.append(sql)
            lake.put(TODAY, "new", batch=f"new-{len(statements)}")
        return is_check

    lake.put(TODAY, "a")
    report = lake.compaction(athena=RefusingAthena(lake.athena, refuses, "no"))(NOON)
    assert report.failed == {TODAY: "no"}
    assert len(statements) == 1


def test_replaced_folders_are_deleted_a_day_later(lake):
    """Running queries may still read a folder that no partition points to."""
    lake.put(YESTERDAY, "a")
    lake.compaction()(NOON)
    lake.put(YESTERDAY, "late", batch="late")
    lake.compaction()(NOON)
    folders = {key.split("/")[3] for key in lake.keys("compacted/")}
    assert len(folders) == 2
    lake.compaction()(datetime.now(UTC) + timedelta(hours=1))
    assert {key.split("/")[3] for key in lake.keys("compacted/")} == folders
    lake.compaction()(datetime.now(UTC) + timedelta(hours=25))
    remaining = {key.split("/")[3] for key in lake.keys(f"compacted/tenants/dt={YESTERDAY}/")}
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


def folders_of(lake, day):
    """The folder of each tenant's compacted day."""
    days = GlueCatalog(lake.glue, lake.database).compacted_days()
    return {tenant: one.folder for tenant, one in days.get(day, {}).items()}


def test_each_tenant_has_a_folder_of_its_own(lake):
    """A tenant's SQL reads no file of another, also if their names are prefixes of each other."""
    for tenant in (TENANT, f"{TENANT}-b", TENANT[:-1], TENANT.upper()):
        lake.put(YESTERDAY, "same-id", "other-id", tenant=tenant)
    lake.compaction()(NOON)
    folders = folders_of(lake, YESTERDAY)
    assert len(set(folders.values())) == len(folders) == 4
    assert all(folder.endswith(f"/tenant_id={tenant}/") for tenant, folder in folders.items())
    for key in lake.keys("compacted/"):
        if f"/tenant_id={TENANT}/" not in key:
            lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    assert lake.counts() == {YESTERDAY: 2}


def test_change_of_one_tenant_rewrites_its_day_only(lake):
    """So that an erasure or a late document costs one statement, however many tenants there are."""
    lake.put(YESTERDAY, "a")
    lake.put(YESTERDAY, "b", tenant="other")
    lake.compaction()(NOON)
    before = folders_of(lake, YESTERDAY)
    lake.put(YESTERDAY, "late", batch="late")
    lake.compaction()(NOON)
    after = folders_of(lake, YESTERDAY)
    assert after["other"] == before["other"]
    assert after[TENANT] != before[TENANT]
    assert lake.counts() == {YESTERDAY: 2}


def test_tenant_without_objects_has_no_compacted_day(lake):
    """Its objects were erased: its rows are gone, also from a day that nobody else has."""
    lake.put(YESTERDAY, "a")
    lake.put(YESTERDAY, "b", tenant="other")
    lake.put(EARLIER, "c")
    lake.compaction()(NOON)
    for key in lake.keys(f"enriched/tenant_id={TENANT}/"):
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    report = lake.compaction()(NOON, rewritten=[EARLIER, YESTERDAY])
    assert report.written == [EARLIER, YESTERDAY]
    assert lake.counts() == {}
    assert folders_of(lake, YESTERDAY).keys() == {"other"}
    assert lake.compaction()(NOON, rewritten=[EARLIER, YESTERDAY]).written == []


def test_day_of_many_tenants_is_written_in_parts(lake):
    """One statement writes 100 of them; a run that stops between two of them is continued."""
    tenants = [f"t{number:03}" for number in range(101)]
    for tenant in (*tenants, TENANT):
        lake.put(YESTERDAY, "a", tenant=tenant)
    failing = Failing(lake.athena, "query", lambda sql: "/part-00001/" in sql)
    with pytest.raises(TryAgain):
        lake.compaction(athena=failing)(NOON)
    assert len(folders_of(lake, YESTERDAY)) == 100
    before = folders_of(lake, YESTERDAY)
    lake.compaction()(NOON)
    after = folders_of(lake, YESTERDAY)
    assert after.keys() == {*tenants, TENANT}
    assert before.items() <= after.items()
    [[number]] = lake.athena.query(
        f"SELECT count(DISTINCT tenant_id) FROM documents WHERE dt = '{YESTERDAY}'"
    ).rows
    assert int(number) == len(tenants) + 1


LONG_AGO = f"{NOON - timedelta(days=40):%Y-%m-%d}"
"""The table has deleted what arrived then."""
YEARS_AGO = NOON - timedelta(days=2000)


def texts_by_id(lake, tenant=TENANT):
    """Every row of the view as (id, text)."""
    sql = f"SELECT id, text FROM documents WHERE tenant_id = '{tenant}' ORDER BY id, text"
    return [tuple(row) for row in lake.athena.query(sql).rows]


def test_late_repeat_is_left_out_of_its_day(lake):
    """A file that is imported again after the table forgot its rows; the first text stays."""
    first = {"written": YEARS_AGO, "text": "first"}
    lake.put(LONG_AGO, "same", "edited", **first)
    lake.put(LONG_AGO, "same", tenant="other", written=YEARS_AGO, text="of other")
    lake.put(LONG_AGO, "theirs", batch="b2", tenant="other", **first)
    lake.compaction()(NOON - timedelta(days=38))
    lake.put(YESTERDAY, "same", **first)
    lake.put(YESTERDAY, "edited", batch="b2", written=YEARS_AGO, text="second")
    lake.put(YESTERDAY, "new", "theirs", batch="b3", written=YEARS_AGO, text="new")
    lake.put(YESTERDAY, "same", tenant="third", **first)
    assert len(texts_by_id(lake)) == 6
    lake.compaction()(NOON)
    assert lake.counts() == {LONG_AGO: 2, YESTERDAY: 2}
    assert texts_by_id(lake) == [
        ("edited", "first"),
        ("new", "new"),
        ("same", "first"),
        ("theirs", "new"),
    ]
    assert texts_by_id(lake, "other") == [("same", "of other"), ("theirs", "first")]
    assert texts_by_id(lake, "third") == [("same", "first")]
    assert lake.compaction()(NOON).written == []


def test_days_of_one_run_are_compared_too(lake):
    """The oldest is compacted first; two earlier rows of a document make it no two."""
    days = [f"{NOON - timedelta(days=days):%Y-%m-%d}" for days in (90, 60, 30)]
    for day in days:
        lake.put(day, "a", f"on-{day}", written=YEARS_AGO)
    lake.put(YESTERDAY, "a", "b", written=YEARS_AGO)
    lake.compaction()(NOON)
    assert lake.counts() == {days[0]: 2, days[1]: 1, days[2]: 1, YESTERDAY: 1}


def test_document_written_after_its_id_was_used_is_another_one(lake):
    """Such as rows that each month's file numbers from one, and rows without a time of writing."""
    lake.put(LONG_AGO, "1", "2", written=YEARS_AGO)
    lake.put(YESTERDAY, "1", written=NOON - timedelta(days=10))
    lake.put(YESTERDAY, "2", batch="b2")
    lake.put(YESTERDAY, "3", batch="b3", written=YEARS_AGO)  # so that the former day is read
    lake.compaction()(NOON)
    rows = lake.athena.query(f"SELECT id, dt FROM documents WHERE tenant_id = '{TENANT}'").rows
    assert sorted(map(tuple, rows)) == [
        ("1", LONG_AGO),
        ("1", YESTERDAY),
        ("2", LONG_AGO),
        ("2", YESTERDAY),
        ("3", YESTERDAY),
    ]


class CountingAthena:
    """Athena that keeps the statements."""

    def __init__(self, athena):
        self._athena, self.statements = athena, []

    def query(self, sql):
        self.statements.append(sql)
        return self._athena.query(sql)


def test_days_without_late_documents_read_no_other_day(lake):
    """A day that has some reads the days since the first was written, of tenants with such ones."""
    lake.put(EARLIER, "a")
    lake.put(YESTERDAY, "b", tenant="other")
    lake.put(YESTERDAY, "c", written=NOON - timedelta(days=5))
    athena = CountingAthena(lake.athena)
    lake.compaction(athena=athena)(NOON)
    unloads = [sql for sql in athena.statements if sql.startswith("UNLOAD")]
    reading = [sql for sql in unloads if "compacted_documents" in sql]
    assert (len(unloads), len(reading)) == (2, 1)
    bound = f"{NOON - timedelta(days=6):%Y-%m-%d}"
    where = f"tenant_id IN ('{TENANT}') AND dt >= '{bound}' AND dt < '{YESTERDAY}'"
    assert where in reading[0]


def test_oldest_possible_document_is_compacted(lake):
    """No day is before its own."""
    lake.put(EARLIER, "a", written=datetime(1, 1, 1, tzinfo=UTC))
    lake.put(YESTERDAY, "a", written=datetime(1, 1, 1, tzinfo=UTC))
    report = lake.compaction()(NOON)
    assert report.failed == {}
    assert lake.counts() == {EARLIER: 1}


def test_repeat_is_kept_after_its_first_row_was_erased(lake):
    """A compaction left it out while the erasure had not yet reached the day of the first row."""
    lake.put(LONG_AGO, "a", "b", written=YEARS_AGO)
    lake.compaction()(NOON - timedelta(days=38))
    lake.put(YESTERDAY, "a", written=YEARS_AGO, text="sent again")
    lake.compaction()(NOON)
    assert lake.counts() == {LONG_AGO: 2}
    lake.put(LONG_AGO, "b", written=YEARS_AGO)  # the erasure rewrites the object
    subject, requested_at = documents_of(["a"]), NOON - timedelta(hours=13)
    erasure = Erasure(TENANT, "e", "document", subject, b"k", "", requested_at, requested_at)
    catalog, files = GlueCatalog(lake.glue, lake.database), S3LakeFiles(lake.s3, lake.bucket)
    place = EraseCompacted(
        lambda at, days: lake.compaction()(at, rewritten=days),
        *(catalog, files, lambda: NOON, timedelta(0)),
    )
    place.erase(erasure, Chunk({LONG_AGO: 0}, None))
    assert lake.counts() == {LONG_AGO: 1, YESTERDAY: 1}
    assert texts_by_id(lake) == [("a", "sent again"), ("b", "some words")]


def compact_as_before(lake, *days):
    """Compact days as versions before 2.0 did: all tenants in one file of the table `compacted`."""
    for day in days:
        folder = f"s3://{lake.bucket}/compacted/dt={day}/version-1/"
        sql = compact_day(day, [TENANT, "other"], f"{folder}part-00000/")
        for part in (", partitioned_by = ARRAY['tenant_id']", LATER_COLUMNS):
            sql = sql.replace(part, "")
        lake.athena.query(sql)
        table = lake.glue.get_table(DatabaseName=lake.database, Name="compacted")["Table"]
        descriptor = {**table["StorageDescriptor"], "Location": folder}
        lake.glue.create_partition(
            DatabaseName=lake.database,
            TableName="compacted",
            PartitionInput={"Values": [day], "StorageDescriptor": descriptor},
        )
    view = documents_view(max(days)).replace("compacted_documents", "compacted")
    view = re.sub(", 'view [^']+' AS definition", "", view)
    lake.athena.query(view.replace(LATER_COLUMNS, ""))
    S3LakeFiles(lake.s3, lake.bucket).write_report({"compacted_to": max(days)})


@pytest.mark.parametrize("step", ["unload", "register", "view"])
def test_update_divides_the_compacted_days_of_before(lake, step):
    """Readers see each document once before, during and after; the former files are deleted."""
    old = f"{NOON - RETENTION - timedelta(days=5):%Y-%m-%d}"
    lake.put(old, "x")
    lake.put(EARLIER, "a", "b")
    lake.put(EARLIER, "theirs", tenant="other")
    lake.put(YESTERDAY, "c")
    expected = {old: 1, EARLIER: 2, YESTERDAY: 1}
    compact_as_before(lake, old, EARLIER)
    assert lake.counts() == expected
    replacements = {
        "unload": {"athena": Failing(lake.athena, "query", lambda sql: f"dt = '{EARLIER}'" in sql)},
        "register": {"catalog": Failing(GlueCatalog(lake.glue, lake.database), "register")},
        "view": {"athena": Failing(lake.athena, "query", lambda sql: sql.startswith("CREATE"))},
    }
    with pytest.raises(TryAgain):
        lake.compaction(**replacements[step])(datetime.now(UTC) + timedelta(days=2))
    assert lake.counts() == expected
    lake.compaction()(NOON)
    assert lake.counts() == expected
    assert lake.keys("compacted/dt=")
    assert lake.compaction()(NOON).written == []
    assert lake.keys("compacted/dt=") == []
    assert lake.counts() == expected
