"""Builds storage descriptors and parameters of tables and partitions, as crawlers do."""

from collections.abc import Mapping
from typing import Any

from aws_companion.crawler.objects import Statistics, Table

BY = "UPDATED_BY_CRAWLER"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
Definition = Mapping[str, Any]
"""A table, partition or crawler as the API describes it."""


def parameters_of(table: Table, statistics: Statistics, crawler: str) -> dict[str, str]:
    """The parameters that a crawler writes for a table or a partition."""
    csv: dict[str, str] = {}
    if table.layout.format == "csv":
        csv = {
            "delimiter": table.layout.delimiter,
            "columnsOrdered": "true",
            "areColumnsQuoted": str(table.is_quoted).lower(),
        }
        if table.layout.has_header:
            csv["skip.header.line.count"] = "1"
    return {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        BY: crawler,
        "averageRecordSize": str(round(statistics.plain / (statistics.records or 1))),
        "classification": table.layout.format,
        "compressionType": "gzip" if table.is_compressed else "none",
        "objectCount": str(statistics.objects),
        "recordCount": str(round(statistics.records)),
        "sizeKey": str(statistics.size),
        "typeOfData": "file",
        **csv,
    }


def storage(
    table: Table, location: str, columns: Mapping[str, str], parameters: Mapping[str, str]
) -> dict[str, Any]:
    is_parquet = table.layout.format == "parquet"
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
        "Location": location,
        "InputFormat": f"{_PARQUET}.MapredParquetInputFormat" if is_parquet else _TEXT_INPUT,
        "OutputFormat": f"{_PARQUET}.MapredParquetOutputFormat" if is_parquet else _TEXT_OUTPUT,
        "Compressed": table.is_compressed,
        "NumberOfBuckets": -1,
        "SerdeInfo": _serde(table),
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": dict(parameters),
        "StoredAsSubDirectories": False,
    }


def _serde(table: Table) -> dict[str, Any]:
    """The serde of a format; the paths of JSON are the keys as spelled in the documents."""
    delimiter = table.layout.delimiter
    if table.layout.format == "parquet":
        library, parameters = f"{_PARQUET}.serde.ParquetHiveSerDe", {"serialization.format": "1"}
    elif table.layout.format == "json":
        library = "org.openx.data.jsonserde.JsonSerDe"
        parameters = {"paths": ",".join(sorted(table.columns))}
    elif table.is_quoted:
        library = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
        parameters = {"separatorChar": delimiter, "quoteChar": '"', "escapeChar": "\\"}
    else:
        library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
        parameters = {"field.delim": delimiter}
    return {"SerializationLibrary": library, "Parameters": parameters}


def is_unchanged(existing: Definition, new_definition: Definition) -> bool:
    """Whether a table already has the definition that the crawl would write."""
    keys = [key["Name"] for key in existing.get("PartitionKeys", [])]
    return keys == [key["Name"] for key in new_definition["PartitionKeys"]] and not is_changed(
        existing, new_definition
    )


def is_changed(existing: Definition, new_definition: Definition) -> bool:
    old, new = existing["StorageDescriptor"], new_definition["StorageDescriptor"]
    named = ("Location", "InputFormat", "OutputFormat", "SerdeInfo")
    types = [[(c["Name"], c["Type"]) for c in one.get("Columns", [])] for one in (old, new)]
    return (
        types[0] != types[1]
        or any(old.get(name) != new[name] for name in named)
        or existing.get("Parameters", {}) != new_definition["Parameters"]
    )
