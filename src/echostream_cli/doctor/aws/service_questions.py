"""Questions about Cognito, CloudFront and DynamoDB."""

import base64
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from echostream.adapters.table_keys import PARTITION, SORT
from echostream_cli.deploy.public_site import PublicSite
from echostream_cli.doctor.aws.context import AskContext, NotDeployed
from echostream_cli.doctor.aws.questions import question
from echostream_cli.doctor.aws.template_parts import time_to_live_specification
from echostream_cli.doctor.fixtures import create_function, create_pool, create_table, sign_in
from echostream_cli.doctor.probe_context import Differs, expect, wait_for

TOKEN_MINUTES = 15
"""The validity of both tokens in the template."""
CLAIM, TENANT = "tenant_id", "asking"
CLAIMS = f"""\
def handler(event, context):
    added = {{"claimsToAddOrOverride": {{"{CLAIM}": "{TENANT}"}}}}
    tokens = ("idTokenGeneration", "accessTokenGeneration")
    event["response"]["claimsAndScopeOverrideDetails"] = dict.fromkeys(tokens, added)
    return event
"""
FAILS_UNTIL = """\
import time
def handler(event, context):
    now = time.time()
    status = 503 if now < float(event["pathParameters"]["until"]) else 200
    return {"statusCode": status, "headers": {"Cache-Control": "no-store"}, "body": str(now)}
"""
FAILING, CACHED = 3.0, 12.0
"""Seconds for which the function fails, and for which CloudFront may serve an error (10 s)."""
KEY = {PARTITION: {"S": "x"}, SORT: {"S": "x"}}
CONFLICTS = 100
"""Transactions on one item, several at once, until one conflicts."""


@question(
    "Cognito",
    "a trigger V3_0 on the plan Essentials adds claims to both tokens, which last 15 minutes",
    remedy="the API finds no tenant in tokens: set the pool's plan and trigger version",
    creates="user pool, Lambda function with role and log group",
    lambda_request=5,
    lambda_gb_second=2,
    logs_ingested=0.0001,
    user=1,
)
def token_claims(context: AskContext) -> str:
    function = create_function(context, CLAIMS)
    context.client("lambda").add_permission(
        FunctionName=context.name,
        StatementId="pool",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
    )
    trigger = {"LambdaArn": function, "LambdaVersion": "V3_0"}
    pool, client = create_pool(
        context, UserPoolTier="ESSENTIALS", LambdaConfig={"PreTokenGenerationConfig": trigger}
    )
    _set_validity(context, pool, client)
    tokens = sign_in(context, client)
    check_tokens(tokens["IdToken"], tokens["AccessToken"], client)
    return "ID token: aud; access token: client_id and no aud"


def _set_validity(context: AskContext, pool: str, client: str) -> None:
    context.client("cognito-idp").update_user_pool_client(
        UserPoolId=pool,
        ClientId=client,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        IdTokenValidity=TOKEN_MINUTES,
        AccessTokenValidity=TOKEN_MINUTES,
        TokenValidityUnits={"IdToken": "minutes", "AccessToken": "minutes"},
    )


def check_tokens(id_token: str, access_token: str, client: str) -> None:
    """Raise `Differs` unless the claims of both tokens are those that the API reads."""
    tokens = {"ID token": _claims(id_token), "access token": _claims(access_token)}
    for name, claims in tokens.items():
        expect(claims.get(CLAIM) == TENANT, f"the {name} has no {CLAIM} of the trigger")
        seconds = claims["exp"] - claims["iat"]
        expect(seconds == TOKEN_MINUTES * 60, f"the {name} lasts {seconds} s")
    expect(tokens["ID token"].get("aud") == client, "aud of the ID token is not the client")
    access = tokens["access token"]
    expect(access.get("client_id") == client, "client_id of the access token is not the client")
    expect("aud" not in access, "the access token has aud")


def _claims(token: str) -> Mapping[str, Any]:
    body = token.split(".")[1]
    claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


@question(
    "CloudFront",
    "a 503 of the API is not served again: 200 at the same address within 10 s",
    remedy="the page shows an error for some seconds after it has passed: report the detail",
    creates="Lambda function with role and log group, a route of the stage's API",
    lambda_request=250,
    lambda_gb_second=30,
    logs_ingested=0.001,
    api_request=250,
)
def error_caching(context: AskContext) -> str:
    if "SiteUrl" not in context.run.require_stage():
        raise NotDeployed("the stage is deployed without its page")
    path = create_route(context)
    site = PublicSite(context.run.target)
    now = wait_for(lambda: _server_time(site, path), 60)
    expect(now, "the new route of the API returns no 200 within 60 s")
    address = f"{path}/{now + FAILING}"
    first = site.get(address).status
    expect(first == 503, f"the function's 503 arrives as {first}")
    time.sleep(FAILING)
    start = time.monotonic()
    expect(wait_for(lambda: site.get(address).status == 200, CACHED), "503 for more than 12 s")
    seconds = time.monotonic() - start
    expect(seconds < 1, f"the 503 is served for {seconds:.0f} s more")
    return "200 as soon as the API returns it"


def create_route(context: AskContext) -> str:
    """Add a route to the stage's API that fails until a time; returns its path."""
    api: Any = {"ApiId": context.run.target.resource("Api")}
    function = create_function(context, FAILS_UNTIL)
    context.client("lambda").add_permission(
        FunctionName=context.name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    client = context.client("apigatewayv2")
    integration = client.create_integration(
        **api,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
        IntegrationUri=function,
    )["IntegrationId"]
    context.add_cleanup(client.delete_integration, **api, IntegrationId=integration)
    path = f"/api/{context.name}"
    route = client.create_route(
        **api, RouteKey=f"GET {path}/{{until}}", Target=f"integrations/{integration}"
    )["RouteId"]
    context.add_cleanup(client.delete_route, **api, RouteId=route)
    return path


def _server_time(site: PublicSite, path: str) -> float:
    """The function's clock; 0 while the route does not exist.

    Each address is new, so that the response is the API's own.
    """
    response = site.get(f"{path}/-{time.time_ns()}")
    return float(response.data) if response.status == 200 else 0.0


@question(
    "DynamoDB",
    "time to live is on for the template's attribute; the expiry itself takes days, and no question"
    " waits for it",
    remedy="documents never expire: RetentionDays has no effect",
    creates="table",
)
def time_to_live(context: AskContext) -> str:
    client, table = context.client("dynamodb"), create_table(context)
    specification = time_to_live_specification()
    client.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    tables = {"a new table": table}
    if context.run.outputs:
        tables["the stage's table"] = context.run.outputs["TableName"]
    for what, name in tables.items():
        state = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        status, attribute = state["TimeToLiveStatus"], state.get("AttributeName")
        expect(status in ("ENABLED", "ENABLING"), f"the state of {what} is {status}")
        expected = specification["AttributeName"]
        expect(attribute == expected, f"the attribute of {what} is {attribute}")
    return f"on for {' and '.join(tables)}"


@question(
    "DynamoDB",
    "transactions that meet on one item are cancelled with the reason TransactionConflict",
    remedy="contention shows another error, which is not repeated: report the detail",
    creates="table",
    dynamodb_write=4 * CONFLICTS,
)
def transaction_conflict(context: AskContext) -> str:
    table = create_table(context)
    clients = [context.client("dynamodb") for _ in range(4)]
    update = {
        "TableName": table,
        "Key": KEY,
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    with ThreadPoolExecutor(len(clients)) as threads:
        for number in range(CONFLICTS // len(clients)):
            attempts = threads.map(lambda client: _reasons(client, update), clients)
            codes = sorted(filter(None, attempts))
            if codes:
                expect(codes[0] == "TransactionConflict", f"the reason is {codes[0]}")
                return f"after {(number + 1) * len(clients)} transactions, {len(clients)} at once"
    raise Differs(f"none of {CONFLICTS} transactions conflicted, {len(clients)} at once")


def _reasons(client: Any, update: dict[str, Any]) -> str:
    """The code of the reason for which a transaction is cancelled; empty if it is not."""
    try:
        client.transact_write_items(TransactItems=[{"Update": update}])
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        return next((one["Code"] for one in reasons), error.response["Error"]["Code"])
    return ""


@question(
    "DynamoDB",
    "a write in a transaction uses twice the write units",
    remedy="docs/costs.md counts too many or too few write units: report the detail",
    creates="table",
    dynamodb_write=4,
)
def transaction_units(context: AskContext) -> str:
    client, table = context.client("dynamodb"), create_table(context)
    put = {"TableName": table, "Item": KEY}
    response = client.transact_write_items(
        TransactItems=[{"Put": put}], ReturnConsumedCapacity="TOTAL"
    )
    units = [one["CapacityUnits"] for one in response["ConsumedCapacity"]]
    expect(units == [2.0], f"an item of less than 1 KB uses {units}")
    return "2 for an item of less than 1 KB"
