"""AWS in this process: moto, which each test begins empty, and clients that are made once."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@cache
def _session() -> boto3.Session:
    """Reads the description of each service once."""
    return boto3.Session(**CREDENTIALS)


def new_client(service: str) -> Any:
    """A client that no setting of this machine reaches, neither an endpoint nor credentials."""
    config = Config(ignore_configured_endpoint_urls=True)
    return _session().client(service, region_name="us-east-1", config=config)


@cache
def client(service: str) -> Any:
    """The one client of a service: to make another takes longer than most tests."""
    return new_client(service)
