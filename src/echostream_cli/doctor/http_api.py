"""Probes of HTTP APIs with their authorizers, and of Cognito."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any

from echostream_cli.doctor.fixtures import (
    PASSWORD,
    create_api,
    create_function,
    create_pool,
    sign_in,
)
from echostream_cli.doctor.lambda_functions import ECHO
from echostream_cli.doctor.probe_context import ProbeContext, expect, is_refused, wait_for
from echostream_cli.doctor.probes import probe

ADD_CLAIM = """
def handler(event, context):
    claims = {"claimsToAddOrOverride": {"tenant_id": "added-by-trigger"}}
    event["response"]["claimsOverrideDetails"] = claims
    return event
"""


def get_status(url: str, token: str = "") -> int:
    """The HTTP status of a GET request."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def create_guarded_api(context: ProbeContext) -> tuple[str, str]:
    """Create an API that requires a pool's token; returns the route's address and a token."""
    pool, client = create_pool(context)
    issuer = f"https://cognito-idp.{context.engine.region}.amazonaws.com/{pool}"
    authorizer = {
        "Name": "members",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": [client], "Issuer": issuer},
    }
    url = _create_echo_api(context, authorizer)
    return f"{url}/guarded", sign_in(context, client)["IdToken"]


def _create_echo_api(
    context: ProbeContext, authorizer: dict[str, Any] | None = None, **stage: Any
) -> str:
    """Create an API whose function returns its event."""
    context.client("apigatewayv2").get_apis()  # an engine without HTTP APIs fails here
    return create_api(context, create_function(context, ECHO), authorizer, **stage)


@probe("HTTP API", "a route invokes a function", needed_for="all routes")
def route(context: ProbeContext) -> None:
    url = f"{_create_echo_api(context)}/guarded"
    expect(wait_for(lambda: get_status(url) == 200), f"the status is {get_status(url)}")


@probe("HTTP API", "an unknown route returns 404", needed_for="the API's contract")
def unknown_route(context: ProbeContext) -> None:
    url = _create_echo_api(context)
    expect(wait_for(lambda: get_status(f"{url}/guarded") == 200), "the route does not return 200")
    status = get_status(f"{url}/unknown")
    expect(status == 404, f"the status is {status}")


@probe("HTTP API", "a token is required and accepted", needed_for="every route but /health")
def good_token(context: ProbeContext) -> None:
    url, token = create_guarded_api(context)
    is_accepted = wait_for(lambda: get_status(url, token) == 200)
    expect(is_accepted, f"with a token the status is {get_status(url, token)}")
    status = get_status(url)
    expect(status == 401, f"without a token the status is {status}")


@probe("HTTP API", "a forged token is refused with 401", needed_for="separation of tenants")
def forged_token(context: ProbeContext) -> None:
    url, token = create_guarded_api(context)
    expect(wait_for(lambda: get_status(url, token) == 200), "the genuine token is refused")
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["tenant_id"] = "another"
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    status = get_status(url, f"{head}.{payload}.{signature}")
    expect(status == 401, f"the status is {status}")
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    status = get_status(url, f"{head}.{payload}.")
    expect(status == 401, f"for an unsigned token the status is {status}")


@probe("HTTP API", "a token of another pool is refused", needed_for="separation of tenants")
def foreign_token(context: ProbeContext) -> None:
    url, token = create_guarded_api(context)
    expect(wait_for(lambda: get_status(url, token) == 200), "a token of the API's pool is refused")
    _, other_client = create_pool(context)
    status = get_status(url, sign_in(context, other_client)["IdToken"])
    expect(status == 401, f"the status is {status}")


@probe(
    "HTTP API",
    "requests above the throttle get 429",
    needed_for="ThrottleRate",
    workaround="the template sets it for AWS; the sandbox does not throttle",
)
def throttle(context: ProbeContext) -> None:
    limits = {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
    url = f"{_create_echo_api(context, DefaultRouteSettings=limits)}/guarded"
    wait_for(lambda: get_status(url) == 200)
    expect(429 in {get_status(url) for _ in range(25)}, "25 requests in a row pass")


@probe(
    "HTTP API",
    "requests are written to the access log",
    needed_for="ApiLogs",
    workaround="functions log each request too; `make logs` prints those lines",
)
def access_log(context: ProbeContext) -> None:
    logs, group = context.client("logs"), f"/aws/apigateway/{context.name}"
    logs.create_log_group(logGroupName=group)
    context.add_cleanup(logs.delete_log_group, logGroupName=group)
    arn = f"arn:aws:logs:{context.engine.region}:{_account(context)}:log-group:{group}"
    settings = {"DestinationArn": arn, "Format": '{"status":"$context.status"}'}
    url = _create_echo_api(context, AccessLogSettings=settings)
    wait_for(lambda: get_status(f"{url}/guarded") == 200)
    events = wait_for(lambda: logs.filter_log_events(logGroupName=group)["events"], 15)
    expect(events, "the log stays empty")


def _account(context: ProbeContext) -> str:
    return str(context.client("sts").get_caller_identity()["Account"])


@probe("Cognito", "a wrong password is refused", needed_for="sign-in")
def wrong_password(context: ProbeContext) -> None:
    _, client = create_pool(context)
    arguments = {
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ann", "PASSWORD": PASSWORD + "x"},
    }
    call = context.client("cognito-idp").initiate_auth
    expect(is_refused(call, "NotAuthorizedException", **arguments), "the password is accepted")


@probe("Cognito", "the trigger's claim is in the token", needed_for="ClaimsFunction")
def claim(context: ProbeContext) -> None:
    context.client("cognito-idp").list_user_pools(
        MaxResults=1
    )  # an engine without pools fails here
    target = create_function(context, ADD_CLAIM)
    _, client = create_pool(context, LambdaConfig={"PreTokenGeneration": target})
    context.client("lambda").add_permission(
        FunctionName=context.name,
        StatementId="pool",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
    )
    payload = sign_in(context, client)["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    tenant = claims.get("tenant_id")
    expect(tenant == "added-by-trigger", f"the claim is {tenant}")


@probe("Cognito", "a refresh token returns new tokens", needed_for="the dashboard")
def refresh(context: ProbeContext) -> None:
    _, client = create_pool(context)
    response = context.client("cognito-idp").initiate_auth(
        ClientId=client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": sign_in(context, client)["RefreshToken"]},
    )
    expect(response["AuthenticationResult"]["IdToken"], "the response has no token")


@probe(
    "Cognito",
    "a user cannot write a read-only attribute",
    needed_for="separation of tenants",
    workaround="the tenant is in the documents table, not in an attribute",
)
def foreign_attribute(context: ProbeContext) -> None:
    _, client = create_pool(context)
    arguments = {
        "AccessToken": sign_in(context, client)["AccessToken"],
        "UserAttributes": [{"Name": "profile", "Value": "another"}],
    }
    call = context.client("cognito-idp").update_user_attributes
    expect(is_refused(call, "NotAuthorizedException", **arguments), "the attribute is written")
