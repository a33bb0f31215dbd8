"""What several probes need first: buckets, roles, functions, APIs, users."""

import io
import json
import zipfile
from typing import Any

from echostream_cli.doctor.probe_context import ProbeContext, becomes

PASSWORD = "Correct-horse-1-battery"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "glue.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def bucket(at: ProbeContext) -> str:
    """An empty bucket, which goes with what is in it."""
    s3 = at.client("s3")
    abroad: Any = {"CreateBucketConfiguration": {"LocationConstraint": at.engine.region}}
    s3.create_bucket(Bucket=at.name, **(abroad if at.engine.region != "us-east-1" else {}))
    at.undo(s3.delete_bucket, Bucket=at.name)
    at.undo(lambda: _empty(s3, at.name))
    return at.name


def _empty(s3: Any, name: str) -> None:
    for found in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=found["Key"])


def table(at: ProbeContext) -> str:
    """A table with a key in two parts and an index over two others, as template.yaml has it."""
    dynamodb, keys = at.client("dynamodb"), ("pk", "sk", "time_pk", "time_sk")
    dynamodb.create_table(
        TableName=at.name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=_key("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_time",
                "KeySchema": _key("time_pk", "time_sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    at.undo(dynamodb.delete_table, TableName=at.name)
    dynamodb.get_waiter("table_exists").wait(TableName=at.name, WaiterConfig={"Delay": 1})
    return at.name


def _key(first: str, second: str) -> list[dict[str, str]]:
    names = ((first, "HASH"), (second, "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for name, kind in names]


def zipped(name: str, text: str) -> bytes:
    """An archive of one file."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, text)
    return body.getvalue()


def role(at: ProbeContext, *statements: dict[str, Any]) -> str:
    """A role that Lambda code or a crawler runs as, which may write logs and what else is said."""
    iam = at.client("iam")
    made = iam.create_role(RoleName=at.name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    at.undo(iam.delete_role, RoleName=at.name)
    policy = {"Version": "2012-10-17", "Statement": [LOGS, *statements]}
    iam.put_role_policy(RoleName=at.name, PolicyName="probe", PolicyDocument=json.dumps(policy))
    at.undo(iam.delete_role_policy, RoleName=at.name, PolicyName="probe")
    return str(made["Arn"])


def function(at: ProbeContext, code: str, *statements: dict[str, Any], **options: Any) -> str:
    """The ARN of a function `handler(event, context)` that can be invoked."""
    client = at.client("lambda")
    arguments: dict[str, Any] = {
        "FunctionName": at.name,
        "Runtime": "python3.11",
        "Handler": "code.handler",
        "Role": role(at, *statements),
        "Code": {"ZipFile": zipped("code.py", code)},
        "Timeout": 10,
        **options,
    }
    made = becomes(lambda: _created(client, arguments))
    # Undone in the other order: what the function still writes would make the group again.
    at.undo(at.client("logs").delete_log_group, logGroupName=f"/aws/lambda/{at.name}")
    at.undo(client.delete_function, FunctionName=at.name)
    client.get_waiter("function_active_v2").wait(
        FunctionName=at.name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return str(made["FunctionArn"])


def _created(client: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new function; nothing as long as AWS does not know its role yet."""
    try:
        return dict(client.create_function(**arguments))
    except client.exceptions.InvalidParameterValueException:
        return {}


def invoked(at: ProbeContext, event: Any = None) -> tuple[Any, bool]:
    """What the scene's function answers, and whether that is an error."""
    client = at.client("lambda")
    answer = client.invoke(FunctionName=at.name, Payload=json.dumps(event or {}).encode())
    return json.load(answer["Payload"]), "FunctionError" in answer


def api(
    at: ProbeContext, target: str, authorizer: dict[str, Any] | None = None, **stage: Any
) -> str:
    """Where an HTTP API answers that passes `GET /guarded` on to a function."""
    client = at.client("apigatewayv2")
    made = client.create_api(Name=at.name, ProtocolType="HTTP")
    known = {"ApiId": made["ApiId"]}
    at.undo(client.delete_api, **known)
    integration = client.create_integration(
        **known,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
        IntegrationUri=target,
    )["IntegrationId"]
    guard: dict[str, Any] = {}
    if authorizer:
        guard["AuthorizationType"] = "JWT"
        guard["AuthorizerId"] = client.create_authorizer(**known, **authorizer)["AuthorizerId"]
    route = {"RouteKey": "GET /guarded", "Target": f"integrations/{integration}"}
    client.create_route(**known, **route, **guard)
    client.create_stage(**known, StageName="$default", AutoDeploy=True, **stage)
    at.client("lambda").add_permission(
        FunctionName=at.name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return at.engine.api_url(made)


def pool(at: ProbeContext, **options: Any) -> tuple[str, str]:
    """A user pool with one client for passwords; their ids."""
    cognito = at.client("cognito-idp")
    made = cognito.create_user_pool(PoolName=at.name, **options)["UserPool"]["Id"]
    at.undo(cognito.delete_user_pool, UserPoolId=made)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(
        UserPoolId=made,
        ClientName=at.name,
        ExplicitAuthFlows=flows,
        ReadAttributes=["email"],
        WriteAttributes=["email"],
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=made, Username="ann", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=made, Username="ann", Password=PASSWORD, Permanent=True
    )
    return str(made), str(client)


def session(at: ProbeContext, client: str) -> dict[str, str]:
    """The tokens of a user who signs in."""
    answer = at.client("cognito-idp").initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    return dict(answer["AuthenticationResult"])
