"""Objects that a crawl cannot use or skips."""

import gzip
import json

import pytest
from crawled_lake import Lake, reasons
from moto import mock_aws


@pytest.fixture
def lake():
    with mock_aws():
        yield Lake()


def test_unusable_objects_are_left_out(lake):
    """Each is logged with its reason; the others form the table."""
    lake.set_target("d")
    for name in ("a", "b", "c"):
        lake.put_json(f"d/{name}.json", {"id": name, "text": "x"})
    lake.put("d/not-gzip.json.gz", '{"id": "x"}')
    lake.put("d/cut.json.gz", gzip.compress(b'{"id": "x", "text": "y"}\n' * 500)[:-20])
    lake.put("d/hidden.json", gzip.compress(b'{"id": "x", "text": "y"}\n'))
    lake.put("d/not-json.json", "hello\n")
    lake.put("d/half.json", '{"id": "x", "text": "y"}\n{"id": "x", "te')
    lake.put("d/scalars.json", "1\n2\n")
    lake.put("d/latin.json", '{"text": "caf\xe9"}\n'.encode("latin-1"))
    lake.put("d/empty.json", "")
    lake.put("d/blank.json", "\n\n")
    lake.put("d/picture.png", b"\x89PNG\x00\x01" * 40)
    lake.put("d/bad.parquet", b"PAR1" + b"x" * 40)
    lake.put("d/table.csv", "id,text\n1,x\n2,y\n")
    lake.put_json("d/other.json", {"sensor": 1, "temperature": 2.5})
    report = lake.crawl()
    assert lake.columns() == {"id": "string", "text": "string"}
    assert lake.table()["Parameters"]["objectCount"] == "3"
    assert {name: reason.split(":")[0] for name, reason in reasons(report).items()} == {
        "not-gzip.json.gz": "not gzip, though its name ends in .gz",
        "cut.json.gz": "not gzip",
        "hidden.json": "gzip, but its name does not end in .gz, so that no query could read it",
        "not-json.json": "not JSON",
        "half.json": "not JSON",
        "scalars.json": "not JSON objects, one a line",
        "latin.json": "not JSON",
        "empty.json": "empty",
        "blank.json": "empty",
        "picture.png": "not JSON, CSV or Parquet",
        "bad.parquet": "not Parquet",
        "table.csv": "another format than the table's",
        "other.json": "another schema than the table's",
    }
    warnings = [line for _, line in report.events if "] WARN : Skipped s3://lake/d/" in line]
    assert len(warnings) == 13


def test_unusable_objects_are_logged_in_one_line(lake, caplog):
    """The companion's log has one JSON line per crawl."""
    lake.set_target("d")
    lake.put("d/bad.json", "hello")
    with caplog.at_level("INFO", logger="companion"):
        lake.crawl().log("SUCCEEDED", 0.1)
    [line] = [json.loads(entry.message) for entry in caplog.records]
    assert line["event"] == "crawl"
    assert line["left_out"] == [{"object": "s3://lake/d/bad.json", "reason": "not JSON"}]


def test_unusable_objects_only_create_no_table(lake):
    """The database is created, as in Glue."""
    lake.put("d/bad.json", "hello")
    lake.crawl()
    assert [one["Name"] for one in lake.glue.get_databases()["DatabaseList"]] == ["db"]
    assert lake.tables() == {}


def test_hidden_and_excluded_objects_are_skipped(lake):
    """Names that start with `_` or `.`, and the exclusions of the target."""
    lake.set_target("d", Exclusions=["**.bak", "old/**", "{x,y}?.json"])
    lake.put_json("d/a.json", {"id": "a"})
    for key in ("_SUCCESS", ".hidden/a.json", "dt=1/_temporary/a.json", "a.bak", "k/a.bak"):
        lake.put(f"d/{key}", "hello")
    for key in ("old/deep/a.json", "x1.json", "y2.json"):
        lake.put_json(f"d/{key}", {"other": 1})
    report = lake.crawl()
    assert report.left_out == {}
    assert lake.table()["Parameters"]["objectCount"] == "1"
