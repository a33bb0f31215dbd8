"""Sends documents of any tenant to the function behind `POST /ingest`, for the producer.

The producer has no token. It invokes the function itself, which its role permits, with the event
that the API would send, and in place of the claims of a token the tenant.
"""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from echostream.domain.codec import to_json
from echostream_client.api import ApiFailed, content_of, ingest

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

REPEATS = 2
"""Of documents that were rejected as `try_again`."""


@dataclass(frozen=True, slots=True)
class IngestFunction:
    """Documents of a tenant; `function` is the name or the ARN of the function or its alias."""

    client: "LambdaClient"
    function: str
    tenant: str

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Send 1 to 500 documents; the response of `POST /ingest`. Raises `ApiFailed`."""
        return ingest(self._post, documents, REPEATS)

    def _post(self, body: str) -> dict[str, Any]:
        try:
            response = self.client.invoke(
                FunctionName=self.function, Payload=to_json(self._event(body)).encode()
            )
            payload = json.loads(response["Payload"].read())
        except (ClientError, BotoCoreError, ValueError) as error:
            raise ApiFailed(None, "no_answer", f"POST /ingest: {error}") from error
        if "FunctionError" in response:
            reason = str(payload.get("errorMessage", "no reason given"))[:200]
            raise ApiFailed(None, "crashed", f"POST /ingest: {reason}")
        return content_of(payload["statusCode"], payload.get("headers", {}), payload["body"])

    def _event(self, body: str) -> dict[str, Any]:
        return {
            "version": "2.0",
            "routeKey": "POST /ingest",
            "rawPath": "/ingest",
            "rawQueryString": "",
            "headers": {"content-type": "application/json"},
            "requestContext": {
                "authorizer": {"producer": {"tenant_id": self.tenant}},
                "http": {"method": "POST", "path": "/ingest"},
                "requestId": str(uuid.uuid4()),
                "stage": "$default",
                "timeEpoch": int(time.time() * 1000),
            },
            "body": body,
            "isBase64Encoded": False,
        }
