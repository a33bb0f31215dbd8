"""Repeated crawls: new, changed and missing data, other tables, the log."""

import json

import pytest
from crawled_lake import Lake, client, new_client, reasons
from moto import mock_aws

from aws_companion.crawler.report import LOG_GROUP


@pytest.fixture
def lake():
    with mock_aws():
        yield Lake()


def test_second_crawl_changes_nothing(lake):
    """It writes nothing, and reads no sampled object again."""
    for hour in ("00", "01"):
        lake.put_json(f"raw/hour={hour}/1.json", {"id": "a", "n": 1})
    lake.put("raw/hour=00/bad.json", "hello")
    lake.crawl()
    gets, lake.s3 = [], new_client("s3")
    lake.s3.meta.events.register("before-call.s3.GetObject", lambda **_: gets.append(1))
    report = lake.crawl()
    assert report.tables == {"created": [], "updated": [], "deleted": []}
    assert not +report.partition_counts
    versions = lake.glue.get_table_versions(DatabaseName="db", TableName="raw")["TableVersions"]
    assert len(versions) == 1
    assert reasons(report) == {"bad.json": "not JSON"}
    assert gets == []


def test_new_data_updates_the_table(lake):
    """New columns are last, new partitions are added, all partitions have the new columns."""
    lake.put_json("raw/hour=01/1.json", {"id": "a", "n": 1})
    lake.crawl()
    lake.put_json("raw/hour=00/1.json", {"more": True, "n": 1.5, "id": "a"})
    report = lake.crawl()
    assert report.tables["updated"] == ["raw"]
    assert report.partition_counts == {"created": 1, "updated": 1}
    assert list(lake.columns().items()) == [("id", "string"), ("n", "double"), ("more", "boolean")]
    columns = lake.table()["StorageDescriptor"]["Columns"]
    partitions = lake.partitions("raw")
    assert partitions.keys() == {("00",), ("01",)}
    for partition in partitions.values():
        assert partition["StorageDescriptor"]["Columns"] == columns


def test_update_behavior_log_keeps_the_table(lake):
    """A changed table is not updated; new partitions have its old columns."""
    lake.crawler["SchemaChangePolicy"] = {"UpdateBehavior": "LOG"}
    lake.put_json("raw/hour=00/1.json", {"id": "a"})
    lake.crawl()
    lake.put_json("raw/hour=01/1.json", {"id": "a", "more": 1})
    report = lake.crawl()
    assert report.tables["updated"] == []
    assert lake.columns() == {"id": "string"}
    assert lake.partitions("raw").keys() == {("00",), ("01",)}
    assert any("Table raw has changed" in line for _, line in report.events)


def test_merge_new_columns_keeps_other_columns(lake):
    """No column is removed, and none changes its type."""
    output = {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}
    lake.crawler["Configuration"] = json.dumps({"Version": 1.0, "CrawlerOutput": output})
    lake.set_target("d")
    lake.put_json("d/1.json", {"id": "a", "n": 1, "old": 1})
    lake.crawl()
    lake.put_json("d/1.json", {"id": "a", "n": "x", "more": 1})
    lake.crawl()
    assert lake.columns() == {"id": "string", "n": "bigint", "old": "bigint", "more": "bigint"}


@pytest.mark.parametrize("policy", ["DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE", "LOG"])
def test_delete_behavior_applies_to_missing_data(lake, policy):
    """A table or a partition without data is deleted, marked or kept."""
    lake.crawler["SchemaChangePolicy"] = {"DeleteBehavior": policy}
    lake.put_json("raw/hour=00/1.json", {"id": "a"})
    lake.put_json("raw/hour=01/1.json", {"id": "a"})
    lake.put_json("other/x=1/1.json", {"sensor": 1})
    lake.crawl()
    lake.remove("raw/hour=01/1.json")
    lake.remove("other/x=1/1.json")
    lake.crawl()
    tables, partitions = lake.tables(), lake.partitions("raw")
    is_kept = policy != "DELETE_FROM_DATABASE"
    assert ("other" in tables) is is_kept
    assert (("01",) in partitions) is is_kept
    if is_kept:
        is_marked = policy == "DEPRECATE_IN_DATABASE"
        for entry in (tables["other"], partitions[("01",)]):
            assert ("DEPRECATED_BY_CRAWLER" in entry["Parameters"]) is is_marked
    report = lake.crawl()
    assert not any(report.tables.values())
    assert not +report.partition_counts


def test_table_of_unusable_objects_is_not_deleted(lake):
    """Neither is a table that no crawler created."""
    lake.crawler["SchemaChangePolicy"] = {"DeleteBehavior": "DELETE_FROM_DATABASE"}
    lake.put_json("raw/hour=00/1.json", {"id": "a"})
    lake.put_json("other/x=1/1.json", {"sensor": 1})
    lake.crawl()
    storage = {"Location": "s3://lake/mine/", "Columns": []}
    mine = {"Name": "mine", "StorageDescriptor": storage, "Parameters": {}}
    lake.glue.create_table(DatabaseName="db", TableInput=mine)
    lake.put("raw/hour=00/1.json", "hello")
    lake.crawl()
    assert lake.tables().keys() == {"raw", "other", "mine"}


def test_table_of_another_origin_is_not_changed(lake):
    """The log reports a table that no crawler created."""
    lake.put_json("raw/dt=2026-01-01/1.json", {"id": "a"})
    lake.glue.create_database(DatabaseInput={"Name": "db"})
    parameters = {"projection.enabled": "true"}
    mine = {"Name": "raw", "StorageDescriptor": {"Location": "s3://lake/raw/", "Columns": []}}
    lake.glue.create_table(DatabaseName="db", TableInput={**mine, "Parameters": parameters})
    report = lake.crawl()
    assert lake.table()["Parameters"] == parameters
    assert lake.partitions("raw") == {}
    assert any("raw was not made by a crawler" in line for _, line in report.events)


def test_second_table_of_a_name_gets_a_hash(lake):
    """As in Glue."""
    targets = [{"Path": "s3://lake/a/docs/"}, {"Path": "s3://lake/b/docs/"}]
    lake.crawler["Targets"] = {"S3Targets": targets}
    lake.put_json("a/docs/1.json", {"id": "a"})
    lake.put_json("b/docs/1.json", {"id": "a"})
    lake.crawl()
    first, second = sorted(lake.tables())
    assert first == "docs"
    assert second.startswith("docs_")
    assert lake.crawl().tables == {"created": [], "updated": [], "deleted": []}


def test_more_partitions_than_one_request_creates(lake):
    """Of each folder, SampleSize objects are read."""
    lake.set_target("raw", SampleSize=1)
    for number in range(130):
        lake.put_json(f"raw/n={number}/1.json", {"id": "a"})
    lake.put("raw/n=0/2.json", "not sampled")
    report = lake.crawl()
    assert report.partition_counts["created"] == 130
    assert len(lake.partitions("raw")) == 130
    assert report.left_out == {}


def test_configuration_sets_the_level_of_tables(lake):
    """With TableLevelConfiguration 2, each folder directly below the bucket is a table."""
    lake.crawler["Configuration"] = json.dumps({"Grouping": {"TableLevelConfiguration": 2}})
    lake.put_json("a/x=1/1.json", {"id": "a"})
    lake.put_json("b/x=1/1.json", {"id": "a"})
    lake.crawl()
    assert lake.tables().keys() == {"a", "b"}


def test_report_is_sent_to_the_log_group_of_glue(lake):
    """Each crawl appends to the crawler's stream."""
    logs = client("logs")
    lake.put("d/bad.json", "hello")
    for _ in range(2):
        lake.crawl().send(logs)
    events = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName="c")["events"]
    lines = [event["message"] for event in events]
    assert lines.count("[crawl-id] WARN : Skipped s3://lake/d/bad.json: not JSON") == 2
