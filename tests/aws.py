"""Boto3 clients for tests that run against moto. Clients are created once per service."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

INSERTION = re.compile(r'INSERT INTO "(?P<table>.+)" VALUE {(?P<attributes>.+)}')
REGION = "us-east-1"
IGNORE_ENVIRONMENT: dict[str, Any] = {"ignore_configured_endpoint_urls": True}


@cache
def _session() -> Any:
    """Shared, so that botocore loads each service model once."""
    return boto3.Session("test", "test")


def new_client(service: str) -> Any:
    """A client that ignores the endpoint and credentials configured on this machine."""
    config = Config(**IGNORE_ENVIRONMENT)
    return _session().client(service, region_name=REGION, config=config)


@cache
def client(service: str) -> Any:
    """The shared client of a service: creating one takes longer than most tests."""
    return new_client(service)


@contextmanager
def mock_table() -> Iterator[None]:
    """Moto with insertions as DynamoDB has them; moto's replace an existing item."""
    with mock_aws(), patch.object(DynamoDBBackend, "batch_execute_statement", _insert_all):
        yield


def stream_of(table: str) -> list[dict[str, Any]]:
    """All changes of a table in moto, without the calls that read a stream."""
    shard = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].get_table(table).stream_shard
    assert shard
    return [record.to_json() for record in shard.items]


def _insert_all(backend: Any, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_insert(backend, one["Statement"], one["Parameters"]) for one in statements]


def _insert(backend: Any, statement: str, parameters: list[Any]) -> dict[str, Any]:
    match = INSERTION.fullmatch(statement)
    assert match
    item = dict(zip(re.findall(r"'(\w+)': \?", match["attributes"]), parameters, strict=True))
    if backend.get_item(match["table"], {name: item[name] for name in ("pk", "sk")}):
        return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key"}}
    backend.put_item(match["table"], item)
    return {"TableName": match["table"]}
