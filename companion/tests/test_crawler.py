"""Crawls over moto's S3 and Glue: formats, tables, partitions, unusable objects, repeats."""

import gzip
import io
import json
from functools import cache

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto import mock_aws

from aws_companion.crawler.crawl import Crawl
from aws_companion.crawler.report import LOG_GROUP, CrawlReport

BUCKET = "lake"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def new_client(service):
    return boto3.client(
        service,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


client = cache(new_client)
"""One client for all tests: creating one takes longer than most tests."""


class Lake:
    """A bucket, the definition of a crawler, and the tables in the catalog."""

    def __init__(self):
        self.s3, self.glue = client("s3"), client("glue")
        self.s3.create_bucket(Bucket=BUCKET)
        self.crawler = {"Name": "c", "DatabaseName": "db"}
        self.cache = {}
        self.set_target("")

    def set_target(self, folder, **more):
        self.crawler["Targets"] = {"S3Targets": [{"Path": f"s3://{BUCKET}/{folder}", **more}]}

    def put(self, key, body):
        data = body.encode() if isinstance(body, str) else body
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=data)

    def put_json(self, key, *rows):
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        self.put(key, gzip.compress(text) if key.endswith(".gz") else text)

    def remove(self, key):
        self.s3.delete_object(Bucket=BUCKET, Key=key)

    def crawl(self):
        report = CrawlReport("c", "crawl-id")
        Crawl(self.crawler, self.s3, self.glue, report, self.cache).run()
        return report

    def tables(self):
        tables = self.glue.get_tables(DatabaseName="db")["TableList"]
        return {table["Name"]: table for table in tables}

    def table(self):
        [table] = self.tables().values()
        return table

    def columns(self, table=None):
        columns = (table or self.table())["StorageDescriptor"]["Columns"]
        return {column["Name"]: column["Type"] for column in columns}

    def partitions(self, table):
        partitions = self.glue.get_partitions(DatabaseName="db", TableName=table)["Partitions"]
        return {tuple(partition["Values"]): partition for partition in partitions}


@pytest.fixture
def lake():
    with mock_aws():
        yield Lake()


def parquet(table):
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def reasons(report):
    """The reason for each object that the crawl skipped, by name."""
    return {uri.rsplit("/", 1)[-1]: reason for uri, reason in report.left_out.items()}


def test_json_lines_become_a_table(lake):
    """Types can be nested; a date stays a string, because the serde does not parse dates."""
    row = {"Id": "a", "n": 1, "x": 1.5, "ok": True, "at": "2026-01-01", "none": None}
    lake.put_json("docs/1.json.gz", row | {"tags": ["x"], "who": {"name": "b", "age": 3}})
    report = lake.crawl()
    table = lake.table()
    assert table["Name"] == BUCKET
    assert report.tables["created"] == [BUCKET]
    assert lake.columns() == {
        "id": "string",
        "n": "bigint",
        "x": "double",
        "ok": "boolean",
        "at": "string",
        "none": "string",
        "tags": "array<string>",
        "who": "struct<name:string,age:bigint>",
    }
    assert lake.partitions(BUCKET).keys() == {("docs",)}


def test_descriptor_is_that_of_glue(lake):
    """Serde paths, formats, a location that ends in a slash, and statistics."""
    lake.set_target("docs")
    lake.put_json("docs/1.json.gz", {"id": "a", "Text": "b"}, {"id": "c", "Text": "d"})
    lake.crawl()
    table, size = lake.table(), lake.s3.head_object(Bucket=BUCKET, Key="docs/1.json.gz")
    storage = table["StorageDescriptor"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert storage["Location"] == "s3://lake/docs/"
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": OPENX,
        "Parameters": {"paths": "Text,id"},
    }
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    parameters = table["Parameters"]
    assert storage["Parameters"] == parameters
    assert parameters == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "c",
        "averageRecordSize": "25",
        "classification": "json",
        "compressionType": "gzip",
        "objectCount": "1",
        "recordCount": "2",
        "sizeKey": str(size["ContentLength"]),
        "typeOfData": "file",
    }


def test_csv_with_a_header_is_typed(lake):
    """The header is skipped; numbers and ISO dates have types, other dates are strings."""
    lake.set_target("sales/")
    lake.put(
        "sales/a.csv",
        "Id;amount;day;other\n1;2.5;2026-01-31;31/01/2026\n2;3;2026-02-01;01/02/2026\n",
    )
    lake.crawl()
    table = lake.table()
    assert lake.columns() == {"id": "bigint", "amount": "double", "day": "date", "other": "string"}
    assert table["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": LAZY,
        "Parameters": {"field.delim": ";"},
    }
    assert table["Parameters"]["skip.header.line.count"] == "1"
    assert table["Parameters"]["recordCount"] == "2"


def test_csv_without_a_header_has_numbered_columns(lake):
    """As in Glue; no line is skipped."""
    lake.set_target("sales/")
    lake.put("sales/a.csv.gz", gzip.compress(b"1,2.5,x\n2,3.5,y\n"))
    lake.crawl()
    assert lake.columns() == {"col0": "bigint", "col1": "double", "col2": "string"}
    assert "skip.header.line.count" not in lake.table()["Parameters"]
    assert lake.table()["Parameters"]["compressionType"] == "gzip"


def test_quoted_csv_uses_opencsvserde(lake):
    """With types that it can parse: no dates, and no numbers with missing values."""
    lake.set_target("sales/")
    lake.put("sales/a.csv", 'id,n,day,text\n1,1,2026-01-01,"a,b"\n2,,2026-01-02,"c"\n')
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "string", "day": "string", "text": "string"}
    serde = lake.table()["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"] == OPEN_CSV
    assert serde["Parameters"] == {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"}


def test_csv_files_of_several_kinds_are_one_table(lake):
    """A column without values has the type of other files; with a quoted file all are strings."""
    lake.set_target("sales/")
    lake.put("sales/a.csv", "id,n\n1,2.5\n")
    lake.put("sales/b.csv", "id,n\n2,\n")
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "double"}
    lake.put("sales/c.csv", 'id,n,text\n3,4,"a,b"\n')
    lake.crawl()
    assert lake.columns() == {"id": "string", "n": "string", "text": "string"}


def test_parquet_types_come_from_the_footer(lake):
    """Of a large file, only the start and the footer are read."""
    rows = 300_000
    columns = {
        "i": pa.array(range(rows), pa.int32()),
        "d": pa.array([None] * rows, pa.decimal128(10, 2)),
        "t": pa.array([0] * rows, pa.timestamp("us", "UTC")),
        "l": pa.array([[1.5]] * rows, pa.list_(pa.float64())),
        "s": pa.array([{"a": "x", "b": True}] * rows),
        "m": pa.array([[("k", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
        "day": pa.array([0] * rows, pa.date32()),
    }
    lake.set_target("p/")
    body = parquet(pa.table(columns))
    lake.put("p/part-0", body)
    sizes, lake.s3 = [], new_client("s3")
    lake.s3.meta.events.register(
        "after-call.s3.GetObject", lambda parsed, **_: sizes.append(parsed["ContentLength"])
    )
    lake.crawl()
    assert 0 < sum(sizes) < len(body)
    assert lake.columns() == {
        "i": "int",
        "d": "decimal(10,2)",
        "t": "timestamp",
        "l": "array<double>",
        "s": "struct<a:string,b:boolean>",
        "m": "map<string,bigint>",
        "day": "date",
    }
    table = lake.table()
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == PARQUET
    assert table["Parameters"]["recordCount"] == str(rows)


def test_folders_with_keys_are_partitions(lake):
    """Keys are strings; each partition has a location, the table has totals."""
    lake.set_target("raw/")
    for tenant in ("a", "b"):
        for hour in ("00", "01", "02"):
            key = f"raw/Tenant-Id={tenant}/dt=2026-01-01/hour={hour}/x.json.gz"
            lake.put_json(key, {"id": "x", "text": hour})
    report = lake.crawl()
    table = lake.table()
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("tenant_id", "string"),
        ("dt", "string"),
        ("hour", "string"),
    ]
    partitions = lake.partitions("raw")
    assert len(partitions) == 6
    storage = partitions["b", "2026-01-01", "02"]["StorageDescriptor"]
    assert storage["Location"] == "s3://lake/raw/Tenant-Id=b/dt=2026-01-01/hour=02/"
    assert storage["Columns"] == table["StorageDescriptor"]["Columns"]
    assert table["Parameters"]["objectCount"] == "6"
    assert report.partition_counts["created"] == 6


def test_folders_with_different_schemas_are_tables(lake):
    """Zones below one target are tables with partitions."""
    lake.crawler["TablePrefix"] = "My "
    document = {"id": "a", "text": "b", "source": "c"}
    scored = {"id": "a", "sentiment": "POSITIVE", "scores": {"Positive": 1.0}, "engine": "vader"}
    lake.put_json("raw/tenant_id=t/dt=2026-01-01/1.json", document)
    lake.put_json("en-riched/tenant_id=t/dt=2026-01-01/1.json", scored)
    lake.crawl()
    tables = lake.tables()
    assert tables.keys() == {"my_raw", "my_en_riched"}
    assert lake.partitions("my_raw").keys() == {("t", "2026-01-01")}
    assert tables["my_raw"]["StorageDescriptor"]["Location"] == "s3://lake/raw/"


def test_folders_with_similar_schemas_are_partitions(lake):
    """Folders without keys have Glue's column names."""
    lake.set_target("logs")
    for folder in ("2026/01", "2026/02", "2027/01"):
        lake.put_json(f"logs/{folder}/1.json", {"id": "a", "text": folder})
    lake.crawl()
    assert [key["Name"] for key in lake.table()["PartitionKeys"]] == ["partition_0", "partition_1"]
    assert lake.partitions("logs").keys() == {("2026", "01"), ("2026", "02"), ("2027", "01")}


def test_only_folder_of_a_bucket_names_the_table(lake):
    """Not the bucket."""
    lake.put_json("raw/dt=2026-01-01/1.json", {"id": "a"})
    lake.crawl()
    assert lake.tables().keys() == {"raw"}


def test_column_with_the_name_of_a_partition_key_is_left_out(lake):
    """The log names it."""
    lake.set_target("raw")
    lake.put_json("raw/tenant_id=t/1.json", {"id": "a", "tenant_id": "t"})
    report = lake.crawl()
    assert lake.columns() == {"id": "string"}
    assert any("tenant_id" in line for _, line in report.events)


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


def test_different_types_are_widened(lake):
    """Integer and fraction become double, other mixes string; structs are merged."""
    lake.set_target("d")
    lake.put_json("d/1.json", {"n": 1, "mixed": 1, "s": {"a": 1}, "l": [], "null": None})
    lake.put_json("d/2.json", {"n": 1.5, "mixed": "x", "s": {"b": "y"}, "l": [2], "null": True})
    lake.crawl()
    assert lake.columns() == {
        "n": "double",
        "mixed": "string",
        "s": "struct<a:bigint,b:string>",
        "l": "array<bigint>",
        "null": "boolean",
    }


def test_types_of_parquet_files_are_widened(lake):
    """int and bigint, int and double, date and string."""
    lake.set_target("d")
    narrow = {"n": pa.int32(), "x": pa.int32(), "day": pa.date32()}
    wide = {"n": pa.int64(), "x": pa.float64(), "day": pa.string()}
    for number, kinds in enumerate((narrow, wide)):
        values = {name: pa.nulls(1, kind) for name, kind in kinds.items()}
        lake.put(f"d/{number}.parquet", parquet(pa.table(values)))
    lake.crawl()
    assert lake.columns() == {"n": "bigint", "x": "double", "day": "string"}


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
