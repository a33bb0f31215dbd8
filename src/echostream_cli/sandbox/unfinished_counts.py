"""Before the emulator stops: waits until all changes of the table are counted.

The emulator forgets the changes that no function has read, because it does not store the streams of
tables.
"""

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.errors import TryAgain
from echostream_cli.console import step
from echostream_cli.counting import wait_until_counted
from echostream_cli.settings import Settings
from echostream_cli.target import outputs_of

TIMEOUT = 30.0
"""Seconds."""


def finish(settings: Settings) -> None:
    """Wait, if a stack with a table is deployed; say so if the time was too short."""
    stack = settings.target.stack()
    table = outputs_of(stack).get("TableName") if stack else None
    if table is None:
        return
    client = settings.target.client("dynamodb")
    with step("counting") as note:
        try:
            is_counted = wait_until_counted(client, table, TIMEOUT)
        except (TryAgain, ClientError, BotoCoreError):
            is_counted = False
        note.append("done" if is_counted else "not finished: run make recount after make up")
