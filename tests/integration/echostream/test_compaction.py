"""Compaction over a lake of the test's own: what readers see before, during and after it."""

import gzip
import json
from datetime import UTC, datetime, timedelta

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
    """A bucket and a database like those of the template, and what tests do with them."""

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
        found = self.glue.get_table(DatabaseName=sandbox["DATABASE"], Name=name)["Table"]
        kept = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
        text = json.dumps({key: found[key] for key in kept})
        made = json.loads(text.replace(sandbox["LAKE_BUCKET"], self.bucket))
        self.glue.create_table(DatabaseName=self.database, TableInput=made)

    def compaction(self, **others):
        catalog = GlueCatalog(self.glue, self.database)
        parts = {
            "athena": self.athena,
            "catalog": catalog,
            "files": S3LakeFiles(self.s3, self.bucket),
        }
        return Compaction(**{**parts, **others}, retention=RETENTION)

    def put(self, day, *names, batch="b1", tenant=TENANT, at=None):
        """Documents as the pipeline leaves them: named, one each hour, in one object."""
        at = at or datetime.fromisoformat(f"{day}T12:00:00Z")
        rows = [scored_to_wire(scored(name, at=at, compound=0.5)) for name in names]
        S3Lake(self.s3, self.bucket).write("enriched", Batch(tenant, at, batch), rows)

    def put_bytes(self, key, body):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def counts(self):
        """Documents of the tenant by day of arrival, as readers see them."""
        rows = self.athena.query(
            f"SELECT dt, count(*), count(DISTINCT id) FROM documents"
            f" WHERE tenant_id = '{TENANT}' GROUP BY dt"
        ).rows
        assert all(total == distinct for _, total, distinct in rows)
        return {day: int(total) for day, total, _ in rows}

    def keys(self, prefix):
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return sorted(one["Key"] for one in found.get("Contents", []))


@pytest.fixture
def lake(settings, sandbox, name):
    return Lake(settings, sandbox, name)


def test_readers_see_the_same_before_and_after(lake):
    """Each document once, whatever was delivered twice; a second run changes nothing."""
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
    again = lake.compaction()(NOON)
    assert (again.written, again.current) == ([], [EARLIER, YESTERDAY])
    assert lake.keys("compacted/") == before
    assert lake.counts() == expected


def test_compacted_documents_are_those_that_were_stored(lake):
    """Every column comes through, with its type; nothing of the text is lost."""
    at = datetime.fromisoformat(f"{YESTERDAY}T12:34:56.789Z")
    document = scored("a", text="caf\u00e9 \U0001f60d 'quoted'\n\u2028", at=at, compound=-0.25)
    row = scored_to_wire(document)
    S3Lake(lake.s3, lake.bucket).write("enriched", Batch(TENANT, at, "b1"), [row])
    lake.compaction()(NOON)
    sql = f"SELECT * FROM documents WHERE tenant_id = '{TENANT}' AND dt = '{YESTERDAY}'"
    answer = lake.athena.query(sql)
    [cells] = answer.rows
    found = dict(zip([column.name for column in answer.columns], cells, strict=True))
    time = f"{YESTERDAY} 12:34:56.789"
    assert found == {
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


def test_a_late_document_reopens_its_day_alone(lake):
    """A day whose objects changed is compacted anew; the same delivery again does not count."""
    lake.put(EARLIER, "a")
    lake.put(YESTERDAY, "b")
    lake.compaction()(NOON)
    lake.put(YESTERDAY, "b")
    assert lake.compaction()(NOON).written == []
    lake.put(YESTERDAY, "late", batch="late")
    report = lake.compaction()(NOON)
    assert (report.written, report.current) == ([YESTERDAY], [EARLIER])
    assert lake.counts() == {EARLIER: 1, YESTERDAY: 2}


def test_a_day_beyond_all_repeats_is_not_looked_at(lake):
    """The table answers no repeat of so old a document, so its day is not listed again."""
    day = f"{NOON - RETENTION - timedelta(days=5):%Y-%m-%d}"
    lake.put(day, "a")
    assert lake.compaction()(NOON).written == [day]
    lake.put(day, "b", batch="b2")
    assert lake.compaction()(NOON).written == []


BAD = {
    "not-gzip.json.gz": (b"this is no gzip", "not gzip"),
    "cut.json.gz": (gzip.compress(b'{"id":"x"}\n' * 99)[:-12], "not gzip"),
    "not-json.json.gz": (gzip.compress(b"{broken\n"), "no JSON object"),
    "a-list.json.gz": (gzip.compress(b"[1, 2]\n"), "no JSON object"),
    "other-schema.json.gz": (gzip.compress(b'{"name":"x","value":3}\n'), "no JSON object"),
}


@pytest.mark.parametrize("day", [YESTERDAY, TODAY], ids=["closed", "open"])
def test_every_bad_object_costs_only_itself(lake, day):
    """In a closed day and in an open one: it is named with a reason, all others are read."""
    lake.put(day, "a", "b")
    good = scored_to_wire(scored("c", at=datetime.fromisoformat(f"{day}T12:00:00Z")))
    folder = f"enriched/tenant_id={TENANT}/dt={day}/hour=12"
    changed = {**good, "id": "d", "compound": {"value": 1}, "scores": "none"}
    misplaced = {**good, "id": "e", "enriched_at": time_to_wire(NOON - timedelta(days=20))}
    bad = dict(BAD)
    bad["changed.json.gz"] = (pack(changed, good), "compound: not a number")
    bad["misplaced.json.gz"] = (pack(misplaced), "lies in the partition of another day")
    for name, (body, _) in bad.items():
        lake.put_bytes(f"{folder}/{name}", body)
    lake.put_bytes(f"{folder}/empty.json.gz", b"")
    future = f"enriched/tenant_id={TENANT}/dt=2999-01-01/hour=12/future.json.gz"
    lake.put_bytes(future, pack(good))
    lake.put_bytes("enriched/stray.json.gz", pack(good))
    lake.put_bytes(f"enriched/tenant_id={TENANT}/dt=someday/x.json.gz", pack(good))
    report = lake.compaction()(NOON)
    reasons = {problem.object.split("/")[-1]: problem.problem for problem in report.problems}
    for name, (_, reason) in bad.items():
        assert reason in reasons[name], name
    assert reasons["empty.json.gz"] == "empty"
    assert "future day" in reasons["future.json.gz"]
    assert "outside of every partition" in reasons["stray.json.gz"]
    assert any("dt=someday" in problem.object for problem in report.problems)
    assert lake.counts() == {day: 3}
    aside = lake.keys("quarantine/")
    assert [key.split("/")[-1] for key in aside] == ["cut.json.gz", "not-gzip.json.gz"]
    second = lake.compaction()(NOON)
    kept = {problem.object for problem in second.problems}
    assert kept == {problem.object for problem in report.problems}
    assert second.written == []


def pack(*rows):
    return gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())


class Dying:
    """Stands before a part and raises at a call of one of its methods."""

    def __init__(self, behind, method, matches=lambda *_: True):
        self._behind, self._method, self._matches = behind, method, matches

    def __getattr__(self, name):
        found = getattr(self._behind, name)
        if name != self._method:
            return found

        def dying(*arguments, **named):
            if self._matches(*arguments):
                raise TryAgain("it died")
            return found(*arguments, **named)

        return dying


@pytest.mark.parametrize("line", ["unload", "register", "view", "report"])
def test_whatever_dies_readers_see_a_whole_picture(lake, line):
    """A run that dies at any step leaves what was there; the next one finishes."""
    lake.put(EARLIER, "a")
    lake.compaction()(NOON - timedelta(days=1))
    lake.put(EARLIER, "late", batch="late")
    lake.put(YESTERDAY, "b", "c")
    parts = {
        "unload": {"athena": Dying(lake.athena, "query", lambda sql: sql.startswith("UNLOAD"))},
        "register": {"catalog": Dying(GlueCatalog(lake.glue, lake.database), "register")},
        "view": {"athena": Dying(lake.athena, "query", lambda sql: sql.startswith("CREATE"))},
        "report": {"files": Dying(S3LakeFiles(lake.s3, lake.bucket), "write_report")},
    }
    before = lake.counts()
    assert before == {EARLIER: 1, YESTERDAY: 2}
    with pytest.raises(TryAgain):
        lake.compaction(**parts[line])(NOON)
    assert lake.counts() in (before, {EARLIER: 2, YESTERDAY: 2})
    lake.compaction()(NOON)
    assert lake.counts() == {EARLIER: 2, YESTERDAY: 2}
    assert lake.compaction()(NOON).written == []


def test_what_is_wrong_is_named_though_the_run_dies(lake):
    """A run that dies after a day has told of it; the next one finds that day current."""
    lake.put(EARLIER, "a")
    lake.put_bytes(f"enriched/tenant_id={TENANT}/dt={EARLIER}/hour=12/bad.json.gz", b"no gzip")
    lake.put(YESTERDAY, "b")
    dying = Dying(lake.athena, "query", lambda sql: f"dt = '{YESTERDAY}'" in sql)
    with pytest.raises(TryAgain):
        lake.compaction(athena=dying)(NOON)
    report = lake.compaction()(NOON)
    assert report.current == [EARLIER]
    assert [p.problem[:8] for p in report.problems if p.object.endswith("bad.json.gz")] == [
        "not gzip"
    ]


def test_an_open_day_that_cannot_be_looked_at(lake):
    """Costs nobody else: closed days are compacted, and the view moves on."""

    class Refusing:
        def query(self, sql):
            if f"dt = '{TODAY}'" in sql:
                raise QueryRefused("query_failed", "Bytes scanned limit was exceeded")
            return lake.athena.query(sql)

    lake.put(YESTERDAY, "a")
    lake.put(TODAY, "b")
    report = lake.compaction(athena=Refusing())(NOON)
    assert report.failed == {TODAY: "Bytes scanned limit was exceeded"}
    assert (report.written, report.compacted_to) == ([YESTERDAY], YESTERDAY)
    assert lake.counts() == {YESTERDAY: 1, TODAY: 1}


def test_what_no_partition_points_at_goes_a_day_later(lake):
    """Also of a day that is current; until then readers may be in the folder of before."""
    lake.put(YESTERDAY, "a")
    lake.compaction()(NOON)
    lake.put(YESTERDAY, "late", batch="late")
    lake.compaction()(NOON)
    folders = {key.split("/")[2] for key in lake.keys("compacted/")}
    assert len(folders) == 2
    lake.compaction()(datetime.now(UTC) + timedelta(hours=1))
    assert {key.split("/")[2] for key in lake.keys("compacted/")} == folders
    lake.compaction()(datetime.now(UTC) + timedelta(hours=25))
    left = {key.split("/")[2] for key in lake.keys(f"compacted/dt={YESTERDAY}/")}
    assert len(left) == 1
    assert lake.counts() == {YESTERDAY: 2}


def test_a_day_that_fails_holds_back_the_view_alone(lake):
    """Days before and after it are compacted; readers still read it, and what follows, as sent."""

    class Refusing:
        def query(self, sql):
            if sql.startswith("UNLOAD") and f"dt = '{EARLIER}'" in sql:
                raise QueryRefused("query_failed", "too much for one")
            return lake.athena.query(sql)

    first = f"{NOON - timedelta(days=3):%Y-%m-%d}"
    for day in (first, EARLIER, YESTERDAY):
        lake.put(day, f"on-{day}")
    report = lake.compaction(athena=Refusing())(NOON)
    assert report.failed == {EARLIER: "too much for one"}
    assert (report.written, report.compacted_to) == ([first, YESTERDAY], first)
    assert lake.counts() == {first: 1, EARLIER: 1, YESTERDAY: 1}
    assert lake.compaction()(NOON).compacted_to == YESTERDAY
    assert lake.counts() == {first: 1, EARLIER: 1, YESTERDAY: 1}
