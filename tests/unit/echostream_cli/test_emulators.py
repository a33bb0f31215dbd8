"""The forms of each emulator's addresses, in the commands and in the template."""

import pytest

from echostream_cli import emulators, sam, stages, user_pool
from echostream_cli.deploy import parameters
from echostream_cli.doctor.template_parts import translate
from echostream_cli.emulators import LOCALSTACK, MINISTACK
from echostream_cli.ports import free_port
from echostream_cli.settings import Settings, load
from tests.unit.echostream_cli.fake_localstack import FakeLocalStack
from tests.unit.echostream_cli.template_values import Values

API_ID, POOL, LABEL = "dd846520", "us-east-1_abc", "e1a2b3"
RESOURCES = {
    "Api": API_ID,
    "UserPool": POOL,
    "UserPoolDomain": "echostream-local",
    "Distribution.DomainName": f"{LABEL}.cloudfront.net",
}


def template_values(host, port="4566"):
    """The template's values on an emulator, or on AWS with port 0."""
    chosen = {"EmulatorHost": host, "EmulatorPort": port, "HostedSignIn": "true"}
    return Values(translate(), {**chosen, "ApiId": "" if port == "0" else API_ID}, RESOURCES)


def addresses(values):
    """All addresses that the template builds from the emulator's host and the API's id."""
    distribution = values.of("Resources", "Distribution")["Properties"]["DistributionConfig"]
    [origin] = [one for one in distribution["Origins"] if one["Id"] == "api"]
    admin = values.of("Resources", "AdminFunction")["Properties"]["Environment"]["Variables"]
    authorizer = values.of("Resources", "Authorizer")["Properties"]["JwtConfiguration"]
    client = values.of("Resources", "UserPoolClient")["Properties"]
    return {
        "tags": values.of("Resources", "Api")["Properties"].get("Tags"),
        "origin": origin["DomainName"] + origin["OriginPath"],
        "issuer": authorizer["Issuer"],
        "token": admin["TOKEN_URL"],
        "token output": values.of("Outputs", "TokenUrl")["Value"],
        "hosted": values.of("Outputs", "HostedSignInUrl")["Value"],
        "site": values.of("Outputs", "SiteUrl")["Value"],
        "callback": client["CallbackURLs"][0],
    }


def test_addresses_on_ministack():
    """Below one path of localhost, and names below `localhost`, which resolve without DNS."""
    assert addresses(template_values(MINISTACK.host)) == {
        "tags": {"ms-custom-id": API_ID, "_custom_id_": API_ID},
        "origin": f"localhost/_aws/execute-api/{API_ID}",
        "issuer": f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}",
        "token": "http://localhost:4566/oauth2/token",
        "token output": "http://localhost:4566/oauth2/token",
        "hosted": "http://localhost:4566",
        "site": f"http://{LABEL}.cloudfront.localhost:4566/",
        "callback": f"http://{LABEL}.cloudfront.localhost:4566/",
    }


def test_addresses_on_localstack():
    """As its documentation has them: API Gateway, CloudFront, Cognito (issuer, OAuth flows)."""
    cognito = "http://cognito-idp.localhost.localstack.cloud:4566/_aws/cognito-idp/oauth2/token"
    assert addresses(template_values(LOCALSTACK.host)) == {
        "tags": {"ms-custom-id": API_ID, "_custom_id_": API_ID},
        "origin": f"{API_ID}.execute-api.localhost.localstack.cloud",
        "issuer": f"http://localhost.localstack.cloud:4566/{POOL}",
        "token": cognito,
        "token output": cognito,
        "hosted": "http://localhost.localstack.cloud:4566/_aws/cognito-idp",
        "site": f"http://{LABEL}.cloudfront.localhost.localstack.cloud:4566/",
        "callback": f"http://{LABEL}.cloudfront.localhost.localstack.cloud:4566/",
    }


def test_addresses_on_aws():
    """None has anything of an emulator, and the API has no tags."""
    values = addresses(template_values(MINISTACK.host, port="0"))
    assert values.pop("tags") is None
    assert values["origin"] == f"{API_ID}.execute-api.us-east-1.amazonaws.com"
    assert not [value for value in values.values() if "localhost" in value]


def test_api_url_has_the_form_of_the_emulator():
    assert MINISTACK.api_url("http://localhost:4600", "ab") == (
        "http://localhost:4600/_aws/execute-api/ab"
    )
    assert LOCALSTACK.api_url("http://localstack:4566", "ab") == (
        "http://ab.execute-api.localhost.localstack.cloud:4566"
    )


@pytest.mark.parametrize(
    ("variables", "host"),
    [
        ({"MODE": "docker"}, "localhost"),
        ({"MODE": "docker", "LOCALSTACK_AUTH_TOKEN": "ls-a"}, "localhost.localstack.cloud"),
        ({"MODE": "docker", "EMULATOR": "localstack"}, "localhost.localstack.cloud"),
        ({"MODE": "local", "LOCALSTACK_AUTH_TOKEN": "ls-a"}, "localhost"),
    ],
    ids=str,
)
def test_settings_choose_the_form(tmp_path, variables, host, monkeypatch):
    """A container has no token, but the emulator's name; MODE=local has no LocalStack."""
    monkeypatch.setattr(user_pool, "get_user_names", lambda _: "case-insensitive")
    settings = load({**variables, "STATE_DIR": str(tmp_path)}, tmp_path / "none")
    assert sam.parameters(settings)["EmulatorHost"] == host
    assert host in settings.api_url
    assert API_ID in settings.api_url


def test_emulator_is_recognised_by_its_health():
    """For a stage with ENDPOINT, which no setting describes."""
    stage = stages.load("staging")
    with FakeLocalStack() as fake:
        assert emulators.identify(fake.url) == (LOCALSTACK, "2026.3.0")
        found = parameters.resolve(stage, stage.target(fake.url), {})
    assert found["EmulatorHost"] == LOCALSTACK.host
    assert ".execute-api.localhost.localstack.cloud:" in found["ApiEndpoint"]
    assert emulators.identify(f"http://127.0.0.1:{free_port()}") is None


def test_default_api_id_of_compose_is_that_of_the_default_stack(tmp_path):
    """Plain `docker compose` knows no id; with another STACK_NAME `make up` passes it."""
    assert Settings(state_dir=tmp_path).api_id == API_ID
