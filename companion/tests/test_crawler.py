"""Crawls over moto's S3 and Glue: formats, tables, partitions, bad objects, repeats."""

import contextlib
import gzip
import io
import json
import re
from functools import cache

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from aws_companion.crawler.crawl import Crawl, glob_expression
from aws_companion.crawler.objects import S3Object, UnusableObject
from aws_companion.crawler.report import LOG_GROUP, CrawlReport
from aws_companion.crawler.sampling import SampleReader
from aws_companion.crawler.schema import hive, of_json, widest

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
"""Made once for all tests: making one takes longer than most of them."""


class Lake:
    """A bucket, a crawler's definition, and what its crawls left in the catalog."""

    def __init__(self):
        self.s3, self.glue = client("s3"), client("glue")
        self.s3.create_bucket(Bucket=BUCKET)
        self.crawler = {"Name": "c", "DatabaseName": "db"}
        self.cache = {}
        self.aim("")

    def aim(self, folder, **more):
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


PARQUET_FILE = parquet(pa.table({"id": ["a", "b"], "n": [1, 2]}))


def reasons(report):
    return {uri.rsplit("/", 1)[-1]: reason for uri, reason in report.left_out.items()}


def test_json_lines_become_a_table(lake):
    """Types nest; text that looks like a date stays text, because the serde reads no dates."""
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


def test_the_descriptor_is_as_glues_crawler_writes_it(lake):
    """Serde paths, formats, a location that ends in a slash, and statistics."""
    lake.aim("docs")
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


def test_csv_with_a_header(lake):
    """The header is skipped; numbers and ISO dates get types, other dates stay text."""
    lake.aim("sales/")
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


def test_csv_without_a_header(lake):
    """Columns are numbered, as in Glue, and no line is skipped."""
    lake.aim("sales/")
    lake.put("sales/a.csv.gz", gzip.compress(b"1,2.5,x\n2,3.5,y\n"))
    lake.crawl()
    assert lake.columns() == {"col0": "bigint", "col1": "double", "col2": "string"}
    assert "skip.header.line.count" not in lake.table()["Parameters"]
    assert lake.table()["Parameters"]["compressionType"] == "gzip"


def test_quoted_csv(lake):
    """OpenCSVSerde, with types that it can read: no dates, no numbers with gaps."""
    lake.aim("sales/")
    lake.put("sales/a.csv", 'id,n,day,text\n1,1,2026-01-01,"a,b"\n2,,2026-01-02,"c"\n')
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "string", "day": "string", "text": "string"}
    serde = lake.table()["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"] == OPEN_CSV
    assert serde["Parameters"] == {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"}


def test_csv_files_of_several_kinds(lake):
    """A column without values gets the type of other files; a mix of quoted files gives text."""
    lake.aim("sales/")
    lake.put("sales/a.csv", "id,n\n1,2.5\n")
    lake.put("sales/b.csv", "id,n\n2,\n")
    lake.crawl()
    assert lake.columns() == {"id": "bigint", "n": "double"}
    lake.put("sales/c.csv", 'id,n,text\n3,4,"a,b"\n')
    lake.crawl()
    assert lake.columns() == {"id": "string", "n": "string", "text": "string"}


def test_parquet(lake):
    """Types come from the footer; nothing else of a large file is read."""
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
    lake.aim("p/")
    lake.put("p/part-0", parquet(pa.table(columns)))
    lake.crawl()
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
    """Partition keys are strings; each partition has a location, the table has totals."""
    lake.aim("raw/")
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
    found = lake.partitions("raw")
    assert len(found) == 6
    one = found["b", "2026-01-01", "02"]["StorageDescriptor"]
    assert one["Location"] == "s3://lake/raw/Tenant-Id=b/dt=2026-01-01/hour=02/"
    assert one["Columns"] == table["StorageDescriptor"]["Columns"]
    assert table["Parameters"]["objectCount"] == "6"
    assert report.partition_counts["created"] == 6


def test_folders_of_unlike_schemas_are_tables(lake):
    """Different zones below one target become tables with partitions."""
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


def test_folders_of_like_schemas_are_partitions_by_number(lake):
    """Folders without keys get Glue's column names."""
    lake.aim("logs")
    for folder in ("2026/01", "2026/02", "2027/01"):
        lake.put_json(f"logs/{folder}/1.json", {"id": "a", "text": folder})
    lake.crawl()
    assert [key["Name"] for key in lake.table()["PartitionKeys"]] == ["partition_0", "partition_1"]
    assert lake.partitions("logs").keys() == {("2026", "01"), ("2026", "02"), ("2027", "01")}


def test_a_lone_zone_of_a_lake_is_the_table(lake):
    """The table is named after the only folder of a bucket, not after the bucket."""
    lake.put_json("raw/dt=2026-01-01/1.json", {"id": "a"})
    lake.crawl()
    assert lake.tables().keys() == {"raw"}


def test_a_column_that_is_a_partition_key_stays_only_a_key(lake):
    """A column that is also a partition key is left out."""
    lake.aim("raw")
    lake.put_json("raw/tenant_id=t/1.json", {"id": "a", "tenant_id": "t"})
    report = lake.crawl()
    assert lake.columns() == {"id": "string"}
    assert any("tenant_id" in line for _, line in report.events)


def test_bad_objects_cost_only_themselves(lake):
    """Each unusable object is logged with its reason; the others form the table."""
    lake.aim("d")
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
    warned = [line for _, line in report.events if "] WARN : Left out s3://lake/d/" in line]
    assert len(warned) == 13


def test_bad_objects_are_in_one_line_of_the_log(lake, caplog):
    """The companion's log has one JSON line a crawl with these objects."""
    lake.aim("d")
    lake.put("d/bad.json", "hello")
    with caplog.at_level("INFO", logger="companion"):
        lake.crawl().log("SUCCEEDED", 0.1)
    [line] = [json.loads(entry.message) for entry in caplog.records]
    assert line["event"] == "crawl"
    assert line["left_out"] == [{"object": "s3://lake/d/bad.json", "reason": "not JSON"}]


class OneObject:
    """An S3 that holds one object."""

    def __init__(self, body):
        self._body = body

    def get_object(self, Range, **_):  # noqa: N803
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(self._body[int(first) : int(last) + 1])}


def sample(key, body):
    with SampleReader(OneObject(body)) as reader:
        return reader.sample(S3Object(BUCKET, key, len(body), "etag"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.just(0.5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=5,
)
NAMES = st.text("abcdxyz_", min_size=1, max_size=4)
LINES = st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), min_size=1, max_size=4)


def lines_of(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def damaged(body, place, byte):
    """One byte is another, and perhaps it is the last."""
    place %= len(body)
    return body[:place] + bytes([byte]) + (body[place + 1 :] if byte % 2 else b"")


@settings(max_examples=40)
@given(LINES, st.booleans())
def test_json_lines_are_read_whatever_is_in_them(rows, is_packed):
    """Every object of a line counts, every name in one is a column with a type of Hive's."""
    body = lines_of(rows)
    if is_packed:
        found = sample("a.json.gz", gzip.compress(body, mtime=0))
    else:
        found = sample("a.json", body)
    assert found.records == len(rows)
    assert found.columns.keys() == {name for row in rows for name in row}
    assert not [kind for kind in found.columns.values() if not hive(kind)]


@settings(max_examples=60)
@given(
    st.sampled_from(["a.json", "a.json.gz", "a.csv", "a.csv.gz", "a.parquet", "a", "a.tsv"]),
    st.binary(min_size=1, max_size=60)
    | st.text('{}[]",:;1a\n\t\r', min_size=1).map(str.encode)
    | st.builds(damaged, LINES.map(lines_of), st.integers(0), st.integers(0, 255))
    | st.builds(damaged, st.just(PARQUET_FILE), st.integers(0), st.integers(0, 255)),
    st.booleans(),
)
def test_whatever_an_object_holds_it_is_read_or_left_out(key, body, is_packed):
    """No content ends a crawl, also where it was a good object before a byte of it changed."""
    with contextlib.suppress(UnusableObject):
        found = sample(key, gzip.compress(body, mtime=0) if is_packed else body)
        assert not [kind for kind in found.columns.values() if not hive(kind)]


def test_large_objects_are_judged_by_their_beginning():
    """Only whole lines of the first megabyte are read; totals are estimated, also for gzip."""
    line = b'{"id": "0123456789", "n": 1}\n'
    text = line * 100_000
    for key, body in (("a.json", text), ("a.json.gz", gzip.compress(text, mtime=0))):
        found = sample(key, body)
        assert found.records == pytest.approx(100_000, rel=0.01)
        assert found.record_bytes == len(line)
    with pytest.raises(UnusableObject, match="first line is longer"):
        sample("a.json", b'{"id": "' + b"x" * 2_000_000 + b'"}')


def test_several_gzip_members_are_one_text():
    """Concatenated gzip, carriage returns, and deep nesting, which only fails its own object."""
    assert sample("a.json.gz", gzip.compress(b'{"a": 1}\n') * 3).records == 3
    assert sample("a.csv", b"id,name\r\n1,x\r\n2,y\r\n").columns == {
        "id": "bigint",
        "name": "string",
    }
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    with pytest.raises(UnusableObject):
        sample("a.json", deep)


def test_nothing_usable_is_no_table(lake):
    """The database is created even without a table, as in Glue."""
    lake.put("d/bad.json", "hello")
    lake.crawl()
    assert lake.tables() == {}


def test_hidden_and_excluded_objects_are_not_looked_at(lake):
    """Names that begin with `_` or `.`, and the target's exclusions, are skipped."""
    lake.aim("d", Exclusions=["**.bak", "old/**", "{x,y}?.json"])
    lake.put_json("d/a.json", {"id": "a"})
    for key in ("_SUCCESS", ".hidden/a.json", "dt=1/_temporary/a.json", "a.bak", "k/a.bak"):
        lake.put(f"d/{key}", "hello")
    for key in ("old/deep/a.json", "x1.json", "y2.json"):
        lake.put_json(f"d/{key}", {"other": 1})
    report = lake.crawl()
    assert report.left_out == {}
    assert lake.table()["Parameters"]["objectCount"] == "1"


@pytest.mark.parametrize(
    ("glob", "key", "matches"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "b/a.csv", False),
        ("**.csv", "b/a.csv", True),
        ("[ab]?.csv", "a1.csv", True),
        ("[!a].csv", "a.csv", False),
        ("{raw,tmp}/**", "tmp/x/y", True),
        ("a,b", "a,b", True),
        ("a.c", "abc", False),
    ],
)
def test_globs(glob, key, matches):
    """Glue's globs: one asterisk matches within a folder, two across folders."""
    assert bool(re.fullmatch(glob_expression(glob), key)) is matches


def test_a_type_that_changes_becomes_the_widest(lake):
    """Integer and fraction give double, other mixes text; structs are merged."""
    lake.aim("d")
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


def test_types_of_parquet_files_widen_too(lake):
    """int and bigint, int and double, date and text."""
    lake.aim("d")
    narrow = {"n": pa.int32(), "x": pa.int32(), "day": pa.date32()}
    wide = {"n": pa.int64(), "x": pa.float64(), "day": pa.string()}
    for number, kinds in enumerate((narrow, wide)):
        values = {name: pa.nulls(1, kind) for name, kind in kinds.items()}
        lake.put(f"d/{number}.parquet", parquet(pa.table(values)))
    lake.crawl()
    assert lake.columns() == {"n": "bigint", "x": "double", "day": "string"}


types = st.recursive(
    st.sampled_from(["VARCHAR", "UBIGINT", "DOUBLE", "BOOLEAN", "NULL", "JSON"]),
    lambda inner: st.lists(inner, max_size=1) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
).map(of_json)


@given(types, types)
def test_widening_does_not_hang_on_the_order(one, other):
    """The merge is symmetric up to field order, and idempotent."""
    wide = widest(one, other)
    assert sorted(hive(wide)) == sorted(hive(widest(other, one)))
    assert widest(wide, one) == widest(wide, other) == wide


def test_what_hive_cannot_write_is_text():
    """Empty structs and unsafe field names become strings."""
    assert hive(of_json({})) == "string"
    assert hive(of_json([{"a:b": "VARCHAR"}])) == "array<string>"


def test_a_second_crawl_changes_nothing(lake):
    """A second crawl writes nothing and reads no sampled object again."""
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


def test_new_data_update_the_table(lake):
    """New columns come last, new partitions are added, all partitions have the new columns."""
    lake.put_json("raw/hour=01/1.json", {"id": "a", "n": 1})
    lake.crawl()
    lake.put_json("raw/hour=00/1.json", {"more": True, "n": 1.5, "id": "a"})
    report = lake.crawl()
    assert report.tables["updated"] == ["raw"]
    assert report.partition_counts == {"created": 1, "updated": 1}
    assert list(lake.columns().items()) == [("id", "string"), ("n", "double"), ("more", "boolean")]
    for one in lake.partitions("raw").values():
        assert one["StorageDescriptor"]["Columns"] == lake.table()["StorageDescriptor"]["Columns"]


def test_update_behavior_log(lake):
    """A changed table is not updated; new partitions get its old columns."""
    lake.crawler["SchemaChangePolicy"] = {"UpdateBehavior": "LOG"}
    lake.put_json("raw/hour=00/1.json", {"id": "a"})
    lake.crawl()
    lake.put_json("raw/hour=01/1.json", {"id": "a", "more": 1})
    report = lake.crawl()
    assert report.tables["updated"] == []
    assert lake.columns() == {"id": "string"}
    assert lake.partitions("raw").keys() == {("00",), ("01",)}
    assert any("Table raw has changed" in line for _, line in report.events)


def test_new_columns_only(lake):
    """With MergeNewColumns no column is removed or changes its type."""
    output = {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}
    lake.crawler["Configuration"] = json.dumps({"Version": 1.0, "CrawlerOutput": output})
    lake.aim("d")
    lake.put_json("d/1.json", {"id": "a", "n": 1})
    lake.crawl()
    lake.put_json("d/1.json", {"id": "a", "n": "x", "more": 1})
    lake.remove("d/none")
    lake.crawl()
    assert lake.columns() == {"id": "string", "n": "bigint", "more": "bigint"}


@pytest.mark.parametrize("policy", ["DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE", "LOG"])
def test_what_is_gone(lake, policy):
    """DeleteBehavior deletes, marks or keeps a table or partition without data."""
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
        marked = policy == "DEPRECATE_IN_DATABASE"
        for found in (tables["other"], partitions[("01",)]):
            assert ("DEPRECATED_BY_CRAWLER" in found["Parameters"]) is marked
    report = lake.crawl()
    assert not any(report.tables.values())
    assert not +report.partition_counts


def test_what_cannot_be_read_is_not_gone(lake):
    """A table whose objects became unusable stays, and so does a foreign table."""
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


def test_a_table_that_no_crawler_made_is_left_as_it_is(lake):
    """A table that no crawler created does not change; the log says so."""
    lake.put_json("raw/dt=2026-01-01/1.json", {"id": "a"})
    lake.glue.create_database(DatabaseInput={"Name": "db"})
    parameters = {"projection.enabled": "true"}
    mine = {"Name": "raw", "StorageDescriptor": {"Location": "s3://lake/raw/", "Columns": []}}
    lake.glue.create_table(DatabaseName="db", TableInput={**mine, "Parameters": parameters})
    report = lake.crawl()
    assert lake.table()["Parameters"] == parameters
    assert lake.partitions("raw") == {}
    assert any("raw was not made by a crawler" in line for _, line in report.events)


def test_two_folders_of_one_name(lake):
    """The second table's name has a hash, as in Glue."""
    targets = [{"Path": "s3://lake/a/docs/"}, {"Path": "s3://lake/b/docs/"}]
    lake.crawler["Targets"] = {"S3Targets": targets}
    lake.put_json("a/docs/1.json", {"id": "a"})
    lake.put_json("b/docs/1.json", {"id": "a"})
    lake.crawl()
    first, second = sorted(lake.tables())
    assert first == "docs"
    assert second.startswith("docs_")
    assert lake.crawl().tables == {"created": [], "updated": [], "deleted": []}


def test_partitions_come_by_hundreds(lake):
    """More partitions than one request takes; SampleSize objects a folder are read."""
    lake.aim("raw", SampleSize=1)
    for number in range(130):
        lake.put_json(f"raw/n={number}/1.json", {"id": "a"})
    lake.put("raw/n=0/2.json", "not looked at")
    report = lake.crawl()
    assert report.partition_counts["created"] == 130
    assert report.left_out == {}


def test_configuration_sets_the_tables_level(lake):
    """TableLevelConfiguration 2: each folder directly below the bucket is a table."""
    lake.crawler["Configuration"] = json.dumps({"Grouping": {"TableLevelConfiguration": 2}})
    lake.put_json("a/x=1/1.json", {"id": "a"})
    lake.put_json("b/x=1/1.json", {"id": "a"})
    lake.crawl()
    assert lake.tables().keys() == {"a", "b"}


def test_the_report_is_where_glue_logs(lake):
    """Every crawl appends to the crawler's stream in Glue's log group."""
    logs = client("logs")
    lake.put("d/bad.json", "hello")
    for _ in range(2):
        lake.crawl().send(logs)
    events = logs.get_log_events(logGroupName=LOG_GROUP, logStreamName="c")["events"]
    lines = [event["message"] for event in events]
    assert lines.count("[crawl-id] WARN : Left out s3://lake/d/bad.json: not JSON") == 2
