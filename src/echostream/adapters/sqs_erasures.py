"""The queue of erasures: a message names an erasure that a worker has to continue."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.adapters.aws_errors import translated
from echostream.domain.codec import to_json

MAX_DELAY = timedelta(seconds=900)
"""SQS's limit."""


@dataclass(frozen=True, slots=True)
class SQSErasures:
    """The `ErasureQueue` in SQS."""

    client: Any
    url: str

    def send(self, tenant: str, name: str, delay: timedelta) -> None:
        """Deliver a message after a time, or after SQS's longest if that is shorter."""
        seconds = int(min(max(delay, timedelta(0)), MAX_DELAY).total_seconds())
        body = to_json({"tenant": tenant, "id": name})
        try:
            self.client.send_message(QueueUrl=self.url, MessageBody=body, DelaySeconds=seconds)
        except (ClientError, BotoCoreError) as error:
            raise translated("queue", error) from error
