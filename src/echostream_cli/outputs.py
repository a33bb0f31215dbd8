"""Addresses and credentials of a running sandbox, for scripts, notebooks and the dashboard."""

from urllib.parse import urlsplit

from echostream_cli import users
from echostream_cli.settings import Settings, load_running
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser


def outputs(settings: Settings) -> dict[str, str]:
    """The values that `make outputs` prints. Raises `UserError` if nothing is deployed."""
    stack_outputs = settings.target.outputs()
    return {
        "API_URL": settings.api_url,
        "SITE_URL": _with_published_port(settings, stack_outputs["SiteUrl"]),
        "DASHBOARD_URL": settings.dashboard_url,
        "AWS_ENDPOINT_URL": settings.endpoint,
        **settings.target.service_variables(),
        **settings.target.credentials(),
        "AWS_DEFAULT_REGION": settings.aws_region,
        "STACK_NAME": settings.stack_name,
        "TABLE_NAME": stack_outputs["TableName"],
        "LAKE_BUCKET": stack_outputs["LakeBucket"],
        **_stream_name(stack_outputs),
        "DATABASE": stack_outputs["Database"],
        "WORKGROUP": stack_outputs["WorkGroup"],
        "USER_POOL_ID": stack_outputs["UserPoolId"],
        "USER_POOL_CLIENT_ID": stack_outputs["UserPoolClientId"],
        "DEMO_USERNAME": users.DEMO_USER,
        "DEMO_PASSWORD": users.demo_password(settings),
    }


def _stream_name(stack_outputs: dict[str, str]) -> dict[str, str]:
    """The stream's name if the deployment has one."""
    name = stack_outputs.get("StreamName")
    return {"STREAM_NAME": name} if name else {}


def _with_published_port(settings: Settings, url: str) -> str:
    """An address with the emulator's port on this machine, which can differ from a container's."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{settings.emulator_port}").geturl()


def demo_user(settings: Settings, outputs: dict[str, str]) -> SignedInUser:
    """The demo user, signed in at the first request."""
    return SignedInUser(
        settings.target.client("cognito-idp"),
        outputs["USER_POOL_CLIENT_ID"],
        outputs["DEMO_USERNAME"],
        outputs["DEMO_PASSWORD"],
        lambda: [users.demo_password(settings)],
    )


def api(settings: Settings, outputs: dict[str, str]) -> ApiClient:
    """A client of the API, signed in as the demo user."""
    return ApiClient(outputs["API_URL"], demo_user(settings, outputs))


def running_api() -> ApiClient:
    """A client of this machine's sandbox, signed in as the demo user. Raises `UserError`."""
    settings = load_running()
    return api(settings, outputs(settings))
