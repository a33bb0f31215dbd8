"""Resources that several probes use: buckets, tables, roles, functions, APIs, user pools.

Each resource has the name of its context, which deletes it.
"""

import io
import json
import zipfile
from typing import Any

from echostream.adapters.table_keys import BY_TIME, PARTITION, SORT, TIME_PARTITION, TIME_SORT
from echostream_cli.doctor.probe_context import NotStarted, ProbeContext, wait_for

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


def create_bucket(context: ProbeContext) -> str:
    """Create an empty bucket; returns its name. Cleanup deletes its objects too."""
    s3, region = context.client("s3"), context.engine.region
    options: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=context.name, **(options if region != "us-east-1" else {}))
    context.add_cleanup(s3.delete_bucket, Bucket=context.name)
    context.add_cleanup(lambda: _empty(s3, context.name))
    return context.name


def _empty(s3: Any, name: str) -> None:
    for summary in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=summary["Key"])


def create_table(context: ProbeContext, **options: Any) -> str:
    """Create a table with the keys and the index of template.yaml's table; returns its name."""
    dynamodb = context.client("dynamodb")
    keys = (PARTITION, SORT, TIME_PARTITION, TIME_SORT)
    dynamodb.create_table(
        TableName=context.name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=_key(PARTITION, SORT),
        GlobalSecondaryIndexes=[
            {
                "IndexName": BY_TIME,
                "KeySchema": _key(TIME_PARTITION, TIME_SORT),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        **options,
    )
    context.add_cleanup(dynamodb.delete_table, TableName=context.name)
    dynamodb.get_waiter("table_exists").wait(TableName=context.name, WaiterConfig={"Delay": 1})
    return context.name


def _key(first: str, second: str) -> list[dict[str, str]]:
    names = ((first, "HASH"), (second, "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for name, kind in names]


def zip_file(name: str, text: str) -> bytes:
    """A zip archive of one file."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr(name, text)
    return body.getvalue()


def create_role(context: ProbeContext, *statements: dict[str, Any]) -> str:
    """Create a role for a function or a crawler; returns its ARN.

    It allows writing logs, and the actions of `statements`.
    """
    iam, name = context.client("iam"), context.name
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    context.add_cleanup(iam.delete_role, RoleName=name)
    policy = {"Version": "2012-10-17", "Statement": [LOGS, *statements]}
    iam.put_role_policy(RoleName=name, PolicyName="probe", PolicyDocument=json.dumps(policy))
    context.add_cleanup(iam.delete_role_policy, RoleName=name, PolicyName="probe")
    return str(role["Arn"])


def create_function(
    context: ProbeContext, code: str, *statements: dict[str, Any], **options: Any
) -> str:
    """Create a function from code with `handler(event, context)`; returns its ARN once active."""
    client = context.client("lambda")
    arguments: dict[str, Any] = {
        "FunctionName": context.name,
        "Runtime": "python3.11",
        "Handler": "code.handler",
        "Role": create_role(context, *statements),
        "Code": {"ZipFile": zip_file("code.py", code)},
        "Timeout": 10,
        **options,
    }
    function = wait_for(lambda: _try_create_function(client, arguments))
    # Cleanup runs in reverse: the function goes first, because it could create its group again.
    logs, group = context.client("logs"), f"/aws/lambda/{context.name}"
    context.add_cleanup(logs.delete_log_group, logGroupName=group)
    context.add_cleanup(client.delete_function, FunctionName=context.name)
    client.get_waiter("function_active_v2").wait(
        FunctionName=context.name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return str(function["FunctionArn"])


def _try_create_function(client: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new function; empty while AWS does not accept its role, which takes some seconds."""
    try:
        return dict(client.create_function(**arguments))
    except client.exceptions.InvalidParameterValueException:
        return {}


def invoke(context: ProbeContext, event: Any = None) -> tuple[Any, bool]:
    """Invoke the context's function; returns its result and whether that is an error.

    Raises `NotStarted` if the result is not JSON, as from an engine that cannot run functions.
    """
    client = context.client("lambda")
    response = client.invoke(FunctionName=context.name, Payload=json.dumps(event or {}).encode())
    result = response["Payload"].read().decode(errors="replace")
    try:
        return json.loads(result), "FunctionError" in response
    except ValueError:
        raise NotStarted(f"the function: {result}") from None


def create_api(
    context: ProbeContext, target: str, authorizer: dict[str, Any] | None = None, **stage: Any
) -> str:
    """Create an HTTP API whose route `GET /guarded` invokes a function; returns its address."""
    client = context.client("apigatewayv2")
    api = client.create_api(Name=context.name, ProtocolType="HTTP")
    api_id = {"ApiId": api["ApiId"]}
    context.add_cleanup(client.delete_api, **api_id)
    integration = client.create_integration(
        **api_id,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
        IntegrationUri=target,
    )["IntegrationId"]
    route: dict[str, Any] = {
        "RouteKey": "GET /guarded",
        "Target": f"integrations/{integration}",
    }
    if authorizer:
        route["AuthorizationType"] = "JWT"
        route["AuthorizerId"] = client.create_authorizer(**api_id, **authorizer)["AuthorizerId"]
    client.create_route(**api_id, **route)
    client.create_stage(**api_id, StageName="$default", AutoDeploy=True, **stage)
    context.client("lambda").add_permission(
        FunctionName=context.name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return context.engine.api_url(api)


def create_pool(context: ProbeContext, **options: Any) -> tuple[str, str]:
    """Create a user pool with the user `ann` and a client; returns the ids of pool and client."""
    cognito = context.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=context.name, **options)["UserPool"]["Id"]
    context.add_cleanup(cognito.delete_user_pool, UserPoolId=pool)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName=context.name,
        ExplicitAuthFlows=flows,
        ReadAttributes=["email"],
        WriteAttributes=["email"],
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ann", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username="ann", Password=PASSWORD, Permanent=True
    )
    return str(pool), str(client)


def sign_in(context: ProbeContext, client: str) -> dict[str, str]:
    """Sign in as `ann`; returns the tokens."""
    response = context.client("cognito-idp").initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    return dict(response["AuthenticationResult"])


def wait_until_settled(context: ProbeContext) -> dict[str, Any]:
    """The description of the stack when it is settled; empty after two minutes."""
    cloudformation = context.client("cloudformation")

    def read() -> dict[str, Any]:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=context.name)["Stacks"][0]
        return {} if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    return wait_for(read, 120)
