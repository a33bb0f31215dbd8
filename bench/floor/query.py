"""The floor of `GET /query`: one DynamoDB query of one partition of the index, returned as JSON."""

import json
import os
from typing import Any

from botocore.config import Config
from botocore.session import get_session

_dynamodb: Any = get_session().create_client("dynamodb", config=Config(parameter_validation=False))
_query = json.loads(os.environ["FLOOR_QUERY"])
_attribute = os.environ["FLOOR_ATTRIBUTE"]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    items = _dynamodb.query(**_query)["Items"]
    documents = [json.loads(item[_attribute].get("S")) for item in items]
    print(json.dumps({"message": "read", "documents": len(documents)}))
    body = json.dumps({"documents": documents, "cursor": None})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}
