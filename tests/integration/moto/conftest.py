"""The template's stores in moto, created by its CloudFormation, in place of the sandbox's."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from echostream_cli.doctor import moto_server
from echostream_cli.doctor.template_parts import part_of, to_json
from echostream_cli.target import SANDBOX, Target
from tests.integration.moto.differences import DIFFERENCES, UNRELIABLE

STORES = ("Table", "Lake", "Stream")


def pytest_collection_modifyitems(items):
    """A test that fails because moto differs must fail: a repaired moto shows itself."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            name = item.originalname
            if name in UNRELIABLE:
                item.add_marker(pytest.mark.skip(reason=f"moto: {UNRELIABLE[name]}"))
            if name in DIFFERENCES:
                item.add_marker(pytest.mark.xfail(reason=f"moto: {DIFFERENCES[name]}", strict=True))


@pytest.fixture(scope="session")
def settings():
    """The only part of a sandbox's settings that the tests need."""
    with moto_server.serve() as endpoint:
        yield SimpleNamespace(target=Target("echostream", SANDBOX, "us-east-1", endpoint))


@pytest.fixture(scope="session")
def sandbox(settings):
    """The names of the stores, as `make outputs` prints them."""
    cloudformation = settings.target.client("cloudformation")
    values = {"Stage": SANDBOX, "IngestPath": "stream", "DeletionProtection": "false"}
    cloudformation.create_stack(
        StackName=settings.target.stack_name,
        TemplateBody=to_json(part_of(STORES)),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
    )
    names = dict(zip(STORES, map(settings.target.resource, STORES), strict=True))
    return {
        "TABLE_NAME": names["Table"],
        "LAKE_BUCKET": names["Lake"],
        "STREAM_NAME": names["Stream"],
    }


@pytest.fixture
def table(settings, sandbox):
    """A client of DynamoDB, and the name of the table."""
    return settings.target.client("dynamodb"), sandbox["TABLE_NAME"]


@pytest.fixture
def tenant(name):
    return name


@pytest.fixture
def at():
    """A time near now, with a fraction of a second."""
    return datetime.now(UTC).replace(minute=30, second=0, microsecond=123456)
