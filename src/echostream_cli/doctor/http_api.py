"""Probes of HTTP APIs, their authorizers, and Cognito."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any

from echostream_cli.doctor.fixtures import PASSWORD, api, function, pool, session
from echostream_cli.doctor.lambda_functions import ECHO
from echostream_cli.doctor.probe_context import ProbeContext, becomes, expect, refused
from echostream_cli.doctor.probes import probe

ADD_CLAIM = """
def handler(event, context):
    claims = {"claimsToAddOrOverride": {"tenant_id": "of-the-directory"}}
    event["response"]["claimsOverrideDetails"] = claims
    return event
"""


def status(url: str, token: str = "") -> int:
    """The HTTP status of a GET."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=15
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def guarded(at: ProbeContext) -> tuple[str, str]:
    """An API that lets a pool's users in, and the token of one."""
    made, client = pool(at)
    issuer = f"https://cognito-idp.{at.engine.region}.amazonaws.com/{made}"
    authorizer = {
        "Name": "members",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": [client], "Issuer": issuer},
    }
    url = _echoing(at, authorizer)
    return f"{url}/guarded", session(at, client)["IdToken"]


def _echoing(at: ProbeContext, authorizer: dict[str, Any] | None = None, **stage: Any) -> str:
    """An API with a function behind it; without APIs there is no need for the function."""
    at.client("apigatewayv2").get_apis()
    return api(at, function(at, ECHO), authorizer, **stage)


@probe("HTTP API", "a route passes a request on to a function", leans="all routes")
def route(at: ProbeContext) -> None:
    url = _echoing(at)
    expect(
        becomes(lambda: status(f"{url}/guarded") == 200), f"it answers {status(f'{url}/guarded')}"
    )


@probe("HTTP API", "an unknown route is 404", leans="the API's contract")
def unknown_route(at: ProbeContext) -> None:
    url = _echoing(at)
    expect(becomes(lambda: status(f"{url}/guarded") == 200), "the known one does not answer")
    expect(status(f"{url}/wall") == 404, f"it is {status(f'{url}/wall')}")


@probe("HTTP API", "a good token passes, none is 401", leans="every route but /health")
def good_token(at: ProbeContext) -> None:
    url, token = guarded(at)
    expect(becomes(lambda: status(url, token) == 200), f"a good token gets {status(url, token)}")
    expect(status(url) == 401, f"no token gets {status(url)}")


@probe("HTTP API", "a forged token is 401", leans="tenants are apart")
def forged_token(at: ProbeContext) -> None:
    url, token = guarded(at)
    expect(becomes(lambda: status(url, token) == 200), "the true one does not pass")
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["tenant_id"] = "another"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    forged = f"{head}.{changed}.{signature}"
    expect(status(url, forged) == 401, f"it gets {status(url, forged)}")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    unsigned = f"{none}.{changed}."
    expect(status(url, unsigned) == 401, f"an unsigned one gets {status(url, unsigned)}")


@probe("HTTP API", "a token of another pool is 401", leans="tenants are apart")
def foreign_token(at: ProbeContext) -> None:
    url, token = guarded(at)
    expect(becomes(lambda: status(url, token) == 200), "the pool's own does not pass")
    _, other = pool(at)
    foreign = session(at, other)["IdToken"]
    expect(status(url, foreign) == 401, f"it gets {status(url, foreign)}")


@probe(
    "HTTP API",
    "a throttle answers 429",
    leans="ThrottleRate",
    without="set in the template for AWS; here nobody throttles",
)
def throttle(at: ProbeContext) -> None:
    limits = {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
    url = _echoing(at, DefaultRouteSettings=limits)
    becomes(lambda: status(f"{url}/guarded") == 200)
    expect(429 in {status(f"{url}/guarded") for _ in range(25)}, "25 requests at once all pass")


@probe(
    "HTTP API",
    "requests are written to the access log",
    leans="ApiLogs",
    without="functions log each request too; make logs reads those",
)
def access_log(at: ProbeContext) -> None:
    logs, group = at.client("logs"), f"/aws/apigateway/{at.name}"
    logs.create_log_group(logGroupName=group)
    at.undo(logs.delete_log_group, logGroupName=group)
    arn = f"arn:aws:logs:{at.engine.region}:{_account(at)}:log-group:{group}"
    settings = {"DestinationArn": arn, "Format": '{"status":"$context.status"}'}
    url = _echoing(at, AccessLogSettings=settings)
    becomes(lambda: status(f"{url}/guarded") == 200)
    found = becomes(lambda: logs.filter_log_events(logGroupName=group)["events"], 15)
    expect(found, "the log stays empty")


def _account(at: ProbeContext) -> str:
    return str(at.client("sts").get_caller_identity()["Account"])


@probe("Cognito", "a wrong password is refused", leans="signing in")
def wrong_password(at: ProbeContext) -> None:
    _, client = pool(at)
    asked = {
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ann", "PASSWORD": PASSWORD + "x"},
    }
    call = at.client("cognito-idp").initiate_auth
    expect(refused(call, "NotAuthorizedException", **asked), "it lets one in")


@probe("Cognito", "the trigger's claim is in the token", leans="ClaimsFunction")
def claim(at: ProbeContext) -> None:
    at.client("cognito-idp").list_user_pools(MaxResults=1)
    target = function(at, ADD_CLAIM)
    made, client = pool(at, LambdaConfig={"PreTokenGeneration": target})
    at.client("lambda").add_permission(
        FunctionName=at.name,
        StatementId="pool",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
    )
    payload = session(at, client)["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    expect(claims.get("tenant_id") == "of-the-directory", f"pool {made} gives none")


@probe("Cognito", "a refresh token gives a new session", leans="the dashboard")
def refresh(at: ProbeContext) -> None:
    _, client = pool(at)
    answer = at.client("cognito-idp").initiate_auth(
        ClientId=client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": session(at, client)["RefreshToken"]},
    )
    expect(answer["AuthenticationResult"]["IdToken"], "there is no token")


@probe(
    "Cognito",
    "a user may not write an attribute that is not theirs to write",
    leans="tenants are apart",
    without="no attribute says whose member one is: the claims function asks our own directory",
)
def foreign_attribute(at: ProbeContext) -> None:
    _, client = pool(at)
    asked = {
        "AccessToken": session(at, client)["AccessToken"],
        "UserAttributes": [{"Name": "profile", "Value": "another"}],
    }
    call = at.client("cognito-idp").update_user_attributes
    expect(refused(call, "NotAuthorizedException", **asked), "it is written")
