"""The floor of `POST /ingest`: no JSON, no checks, no scores; two objects and bare batch writes.

The bench deploys this file, with items and objects that it built in advance. Only the keys are new
in each call.
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import get_session

BATCH = 25
"""The number of items that one `BatchWriteItem` takes."""

_session = get_session()
_config = Config(parameter_validation=False)
_dynamodb: Any = _session.create_client("dynamodb", config=_config)
_s3: Any = _session.create_client("s3", config=_config)
_payload = json.loads(Path(__file__).with_name("payload.json").read_text())
_mark: str = _payload["mark"]
_objects = {
    number: [base64.b64decode(body) for body in bodies]
    for number, bodies in _payload["objects"].items()
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    number, call = event["headers"]["x-documents"], event["requestContext"]["requestId"]
    raw, enriched = _objects[number]
    _put(f"floor/raw/{call}.json.gz", raw)
    items = _payload["items"][: int(number)]
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        _write([_put_request(item, call[: len(_mark)]) for item in batch])
    _put(f"floor/enriched/{call}.json.gz", enriched)
    print(json.dumps({"message": "written", "documents": len(items)}))
    body = json.dumps({"accepted": len(items), "ids": [], "rejected": []})
    return {"statusCode": 202, "headers": {"Content-Type": "application/json"}, "body": body}


def _put_request(item: dict[str, Any], name: str) -> dict[str, Any]:
    keys = {key: {"S": text.replace(_mark, name)} for key, text in item["keys"].items()}
    return {"PutRequest": {"Item": {**item["rest"], **keys}}}


def _write(puts: list[dict[str, Any]]) -> None:
    response = _dynamodb.batch_write_item(RequestItems={os.environ["FLOOR_TABLE"]: puts})
    if response.get("UnprocessedItems"):
        raise RuntimeError("DynamoDB did not write all items; the floor makes no second attempt")


def _put(key: str, body: bytes) -> None:
    _s3.put_object(
        Bucket=os.environ["LAKE_BUCKET"],
        Key=key,
        Body=body,
        ContentType="application/x-ndjson",
        ContentEncoding="gzip",
    )
