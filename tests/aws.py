"""Boto3 clients for tests that run against moto. Clients are created once per service."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

IGNORE_ENVIRONMENT: dict[str, Any] = {"ignore_configured_endpoint_urls": True}


@cache
def _session() -> Any:
    """Shared, so that botocore loads each service model once."""
    return boto3.Session("test", "test")


def new_client(service: str) -> Any:
    """A client that ignores the endpoint and credentials configured on this machine."""
    config = Config(**IGNORE_ENVIRONMENT)
    return _session().client(service, region_name="us-east-1", config=config)


@cache
def client(service: str) -> Any:
    """The shared client of a service: creating one takes longer than most tests."""
    return new_client(service)
