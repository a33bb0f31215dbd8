"""The floor of a refused request: a function that does nothing."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}
