"""What the floor's functions may do, and who may call them."""

import json
from collections.abc import Mapping

from echostream_cli.settings import Settings

ACTIONS = ("dynamodb:BatchWriteItem", "dynamodb:Query", "s3:PutObject")


def make_role(settings: Settings, name: str) -> str:
    """Create a role for a function. Returns its ARN."""
    iam = settings.target.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=_policy({**trust, "Action": "sts:AssumeRole"})
    )
    permissions = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="floor", PolicyDocument=_policy(permissions))
    return str(role["Role"]["Arn"])


def allow_api(settings: Settings, function: str, alias: str) -> None:
    """Let the HTTP API invoke a function."""
    settings.target.client("lambda").add_permission(
        FunctionName=function,
        Qualifier=alias,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
