"""What scripts, notebooks and the dashboard need to reach a running sandbox."""

from urllib.parse import urlsplit

from echostream_cli import users
from echostream_cli.settings import Settings, load_running
from echostream_client.api import ApiClient
from echostream_client.cognito import SignedInUser


def outputs(settings: Settings) -> dict[str, str]:
    """`KEY=VALUE` pairs of `make outputs`. Raises `UserError` where nothing is deployed."""
    named = settings.target.outputs()
    return {
        "API_URL": settings.api_url,
        "SITE_URL": _from_here(settings, named["SiteUrl"]),
        "DASHBOARD_URL": settings.dashboard_url,
        "AWS_ENDPOINT_URL": settings.endpoint,
        **settings.target.service_variables(),
        "STACK_NAME": settings.stack_name,
        "TABLE_NAME": named["TableName"],
        "LAKE_BUCKET": named["LakeBucket"],
        "DATABASE": named["Database"],
        "WORKGROUP": named["WorkGroup"],
        "USER_POOL_ID": named["UserPoolId"],
        "USER_POOL_CLIENT_ID": named["UserPoolClientId"],
        "DEMO_USERNAME": users.DEMO_USER,
        "DEMO_PASSWORD": users.demo_password(settings),
    }


def _from_here(settings: Settings, url: str) -> str:
    """An address of the emulator's own as it is reached from here, where the port may differ."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{settings.emulator_port}").geturl()


def demo_user(settings: Settings, found: dict[str, str]) -> SignedInUser:
    """The demo user, who signs in when first needed."""
    return SignedInUser(
        settings.target.client("cognito-idp"),
        found["USER_POOL_CLIENT_ID"],
        found["DEMO_USERNAME"],
        found["DEMO_PASSWORD"],
        lambda: [users.demo_password(settings)],
    )


def api(settings: Settings, found: dict[str, str]) -> ApiClient:
    """The API as the demo user sees it."""
    return ApiClient(found["API_URL"], demo_user(settings, found))


def running_api() -> ApiClient:
    """The API of the sandbox that runs here, as the demo user sees it. Raises `UserError`."""
    settings = load_running()
    return api(settings, outputs(settings))
