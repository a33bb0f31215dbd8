"""Runs a function's handler and prints the IAM actions of its AWS calls as a JSON list.

    python -m tests.calls processor < events.json

The process has the function's environment; its input is a JSON list of events. For an object,
the action is followed by the zone of the lake (the first part of the key). Actions with the
credentials of a tenant's session begin with `tenant `.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from echostream.entrypoints import wiring
from echostream_cli.paths import ROOT

ALIASES = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "apigatewayv2:GetAuthorizer": "apigateway:GET",
    "apigatewayv2:UpdateAuthorizer": "apigateway:PATCH",
    "lambda:Invoke": "lambda:InvokeFunction",
    "bedrock-runtime:Converse": "bedrock:InvokeModel",
}
UNSIGNED = {"cognito-idp:InitiateAuth"}
"""Operations that need no IAM permission."""
DESCRIBED = "actions"
"""The key of a call's actions in its context."""
TRANSACTED = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
}
REFUSED = 403
"""The status of a response to somebody who is no member; functions record it."""


def actions(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[str]:
    """The IAM actions that a call needs."""
    action = f"{service}:{operation}"
    if action == "dynamodb:TransactWriteItems":
        kinds = {kind for item in parameters["TransactItems"] for kind in item}
        yield from (TRANSACTED[kind] for kind in kinds)
    elif action == "dynamodb:BatchExecuteStatement":
        verbs = {one["Statement"].split()[0] for one in parameters["Statements"]}
        yield from (f"dynamodb:PartiQL{verb.capitalize()}" for verb in verbs)
    elif action == "s3:CopyObject":
        yield f"s3:GetObject {_zone(parameters['CopySource']['Key'])}"
        yield f"s3:PutObject {_zone(parameters['Key'])}"
    elif action == "s3:DeleteObjects":
        keys = [one["Key"] for one in parameters["Delete"]["Objects"]]
        yield from (f"s3:DeleteObject {_zone(key)}" for key in keys)
    elif service == "s3" and "Key" in parameters:
        yield f"{ALIASES.get(action, action)} {_zone(parameters['Key'])}"
    elif action == "sts:AssumeRole":
        yield from (action, "sts:TagSession")
    elif action not in UNSIGNED:
        yield ALIASES.get(action, action)


def _zone(key: str) -> str:
    return key.split("/", 1)[0]


class Context:
    """The part of Lambda's context that Powertools' logger and the handlers read."""

    function_name = invoked_function_arn = aws_request_id = "calls"
    memory_limit_in_mb = 128

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 880_000


def main(function: str) -> None:
    called: set[str] = set()

    def describe(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context[DESCRIBED] = list(actions(model.service_model.service_name, model.name, params))

    def record(request: Any, request_signer: Any, **_: Any) -> None:
        key = request_signer._credentials.access_key
        prefix = "" if key == os.environ["AWS_ACCESS_KEY_ID"] else "tenant "
        called.update(prefix + action for action in request.context[DESCRIBED])

    session: Any = wiring.session()
    session.register("provide-client-params", describe)
    session.register("before-sign", record)
    path = ROOT / "lambdas" / function / "handler.py"
    spec = importlib.util.spec_from_file_location("handler", path)
    assert spec
    assert spec.loader
    sys.path.insert(0, str(path.parent))  # as Lambda does
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for event in json.load(sys.stdin):
        response = module.handler(event, Context())
        status = response.get("statusCode", 200) if response else 200
        assert status < 400 or status == REFUSED, response
    print("\n" + json.dumps(sorted(called)))


if __name__ == "__main__":
    main(sys.argv[1])
