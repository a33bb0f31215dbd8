"""Crawls over moto's S3 and Glue: formats, types, tables and partitions."""

import gzip

import pyarrow as pa
import pytest
from crawled_lake import BUCKET, Lake, new_client, parquet
from moto import mock_aws

OPENX = "org.openx.data.jsonserde.JsonSerDe"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@pytest.fixture
def lake():
    with mock_aws():
        yield Lake()


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
