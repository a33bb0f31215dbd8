"""A bucket that a crawler reads, over moto's S3 and Glue."""

import gzip
import io
import json
from functools import cache
from typing import Any

import boto3
import pyarrow.parquet as pq

from aws_companion.crawler.crawl import Crawl
from aws_companion.crawler.report import CrawlReport

BUCKET = "lake"


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
        self.crawler: dict[str, Any] = {"Name": "c", "DatabaseName": "db"}
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


def parquet(table):
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def reasons(report):
    """The reason for each object that the crawl skipped, by name."""
    return {uri.rsplit("/", 1)[-1]: reason for uri, reason in report.left_out.items()}
