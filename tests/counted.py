"""Waits until the documents of a sandbox are counted."""

from echostream_cli import counting
from echostream_cli.outputs import outputs
from echostream_cli.settings import Settings

TIMEOUT = 60.0
"""Seconds."""


def wait_until_counted(settings: Settings) -> None:
    """Fails if the function `derive` does not count all changes made so far."""
    client, table = settings.target.client("dynamodb"), outputs(settings)["TABLE_NAME"]
    assert counting.wait_until_counted(client, table, TIMEOUT)
