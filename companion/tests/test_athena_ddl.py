"""DDL over moto's catalog. Moto's own Athena accepts every statement and runs none."""

from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from aws_companion.athena.engine import Engine
from aws_companion.athena.execution import QueryFailed, ScanMeter, Statement

CREATE = "CREATE EXTERNAL TABLE d.t (a string) LOCATION 's3://lake/t/'"


class Emulator:
    """Clients of moto."""

    @cache  # noqa: B019 (one object per test)
    def client(self, service):
        keys: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, region_name="us-east-1", **keys)


@pytest.fixture
def emulator():
    with mock_aws():
        yield Emulator()


def run(emulator, sql):
    statement = Statement(sql, output="s3://lake/results/")
    return Engine(emulator).run(statement, ScanMeter())


def test_external_table_that_the_emulator_does_not_create_fails(emulator):
    """The message names the operation to use instead of CREATE EXTERNAL TABLE."""
    emulator.client("glue").create_database(DatabaseInput={"Name": "d"})
    with pytest.raises(QueryFailed, match=r"did not create d\.t; use CreateTable"):
        run(emulator, CREATE)


def test_drop_table_removes_the_table(emulator):
    """DROP TABLE of a missing table fails, unless it has IF EXISTS."""
    glue = emulator.client("glue")
    glue.create_database(DatabaseInput={"Name": "d"})
    glue.create_table(DatabaseName="d", TableInput={"Name": "t", "StorageDescriptor": {}})
    assert run(emulator, "DROP TABLE d.t").substatement == "DROP_TABLE"
    assert glue.get_tables(DatabaseName="d")["TableList"] == []
    assert run(emulator, "DROP TABLE IF EXISTS d.t").substatement == "DROP_TABLE"
    with pytest.raises(QueryFailed, match=r"Table not found d\.t"):
        run(emulator, "DROP TABLE d.t")
