"""What a function asks of AWS: runs its handler in a process of its own and says each action.

    python -m tests.calls processor < events.json

The environment is the function's; events come as a JSON list. An action is what IAM calls it, with
the zone of the lake (the first part of the key) where it is about an object.
"""

import importlib.util
import json
import sys
from collections.abc import Iterator
from typing import Any

import boto3

from echostream_cli.paths import ROOT

ALIASES = {"s3:ListObjectsV2": "s3:ListBucket", "s3:HeadObject": "s3:GetObject"}
UNSIGNED = {"cognito-idp:InitiateAuth"}
"""What anybody may ask; IAM has no say in it."""
TRANSACTED = {"Put": "dynamodb:PutItem", "Update": "dynamodb:UpdateItem"}


def actions(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[str]:
    """What IAM must allow for a call."""
    action = f"{service}:{operation}"
    if action == "dynamodb:TransactWriteItems":
        kinds = {kind for item in parameters["TransactItems"] for kind in item}
        yield from (TRANSACTED[kind] for kind in kinds)
    elif action == "s3:CopyObject":
        yield f"s3:GetObject {_zone(parameters['CopySource']['Key'])}"
        yield f"s3:PutObject {_zone(parameters['Key'])}"
    elif service == "s3" and "Key" in parameters:
        yield f"{ALIASES.get(action, action)} {_zone(parameters['Key'])}"
    elif action not in UNSIGNED:
        yield ALIASES.get(action, action)


def _zone(key: str) -> str:
    return key.split("/", 1)[0]


class Context:
    """What Powertools' logger reads of Lambda's context."""

    function_name = invoked_function_arn = aws_request_id = "calls"
    memory_limit_in_mb = 128


def main(function: str) -> None:
    found: set[str] = set()

    def record(params: dict[str, Any], model: Any, **_: Any) -> None:
        found.update(actions(model.service_model.service_name, model.name, params))

    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION.events.register("provide-client-params", record)
    path = ROOT / "lambdas" / function / "handler.py"
    spec = importlib.util.spec_from_file_location("handler", path)
    assert spec
    assert spec.loader
    sys.path.insert(0, str(path.parent))  # as Lambda does
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for event in json.load(sys.stdin):
        answer = module.handler(event, Context())
        assert not answer or answer.get("statusCode", 200) < 400, answer
    print("\n" + json.dumps(sorted(found)))


if __name__ == "__main__":
    main(sys.argv[1])
