"""Combinations of the template's parameters that CloudFormation refuses, on the emulator."""

import json

import pytest
import yaml
from botocore.exceptions import ClientError


def create(settings, name, parameters):
    """Create a stack with the parameters and rules of the built template, and one resource."""
    built = yaml.safe_load((settings.state_dir / "build" / "template.yaml").read_text())
    template = {
        "Parameters": built["Parameters"],
        "Rules": built["Rules"],
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    }
    cloudformation = settings.target.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    cloudformation.delete_stack(StackName=name)


OIDC = {
    "HostedSignIn": "true",
    "IdentityProvider": "Okta",
    "IdentityProviderType": "OIDC",
    "OidcIssuer": "https://example.org",
    "OidcClientId": "echostream",
    "OidcClientSecretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:okta-abcdef",
}
SAML = {
    "HostedSignIn": "true",
    "IdentityProvider": "Okta",
    "IdentityProviderType": "SAML",
    "SamlMetadataUrl": "https://example.org/metadata",
}


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        (SAML, {"HostedSignIn": "false", "IdentityProvider": "Okta"}),
        (OIDC, {"IdentityProviderType": "OIDC", "OidcIssuer": ""}),
        (OIDC, {"IdentityProviderType": "OIDC", "OidcClientId": ""}),
        (OIDC, {"IdentityProviderType": "OIDC", "OidcClientSecretArn": ""}),
        (SAML, {"IdentityProviderType": "SAML", "SamlMetadataUrl": ""}),
    ],
)
def test_refused_combination_names_both_parameters(settings, sandbox, name, accepted, refused):
    """And one that differs in a value is accepted."""
    create(settings, f"{name}-good", accepted)
    with pytest.raises(ClientError) as error:
        create(settings, f"{name}-bad", {**accepted, **refused})
    assert all(parameter in str(error.value) for parameter in refused)
