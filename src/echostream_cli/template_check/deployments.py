"""The deployments that are checked: the stages, the sandbox, and three that switch every option."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from echostream_cli import stages
from echostream_cli.deploy import parameters

ACCOUNT = "123456789012"
LONGEST_STAGE = "a-longest-stage1"
"""16 characters, as the template's `Stage` allows."""
LONGEST_REGION = "ap-southeast-2"
"""14 characters; no name of a region in the partition `aws` is longer."""
EMULATOR = "http://localhost:4566"
KEY = "12345678-1234-1234-1234-123456789012"
EVERYTHING = {
    "AlarmEmail": "you@example.org",
    "AuditLock": "compliance",
    "CertificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{KEY}",
    "DomainName": "page.example.org",
    "EncryptionKey": f"arn:aws:kms:{LONGEST_REGION}:{ACCOUNT}:key/{KEY}",
    "IdentityProvider": "Okta",
    "IngestPath": "stream",
    "Mfa": "required",
    "MonthlyBudget": "10",
    "OidcClientId": "client",
    "OidcClientSecretArn": f"arn:aws:secretsmanager:{LONGEST_REGION}:{ACCOUNT}:secret:"
    f"echostream-{LONGEST_STAGE}-oidc-AbCdEf",
    "OidcIssuer": "https://id.example.org",
    "ReportSender": "reports@example.org",
    "RoleBoundary": f"echostream-{LONGEST_STAGE}-boundary",
    "WebAcl": f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/page/{KEY}",
}
"""Every option that is not a switch. All switches are "true", too."""
LONGEST = {
    "AuditDays": "9999",
    "CounterShards": "64",
    "DeriveWindow": "240",
    "MembershipSeconds": "300",
    "RetentionDays": "3650",
    "Shards": "64",
    "SpendCap": "1000000000",
    "TenantDocuments": "9" * 12,
    "TenantModelSpendCap": "1000000000",
    "TenantRequests": "9" * 12,
    "TenantSpendCap": "1000000000",
    "TenantStored": "9" * 12,
}
"""The longest values of the parameters that texts with a limit contain."""
OTHERS = {
    "AuditLock": "governance",
    "Mfa": "optional",
    "SamlMetadataUrl": "https://id.example.org/metadata",
    "Tracing": "false",
}
"""Other values than those of `EVERYTHING`. All other choices have their last value, too."""


@dataclass(frozen=True)
class Deployment:
    """One stack: the template with these parameters, in this account and region."""

    name: str
    stack_name: str
    region: str
    parameters: Mapping[str, str]
    account: str = ACCOUNT

    @cached_property
    def pseudo_parameters(self) -> dict[str, str]:
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:"
            f"stack/{self.stack_name}/{KEY}",
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }

    @property
    def is_emulated(self) -> bool:
        return self.parameters.get("EmulatorPort", "0") != "0"

    def values(self, declared: Mapping[str, Any]) -> dict[str, str]:
        """All parameters by name; those that the deployment lacks have their defaults."""
        defaults = {name: str(p["Default"]) for name, p in declared.items() if "Default" in p}
        return {**defaults, **self.parameters, **self.pseudo_parameters}


def all_deployments(declared: Mapping[str, Any]) -> list[Deployment]:
    """The deployments. Together they make every condition of the template true and false."""
    choices = {
        name: [str(value) for value in parameter["AllowedValues"]]
        for name, parameter in declared.items()
        if "AllowedValues" in parameter
    }
    switches = [name for name, values in choices.items() if values == ["true", "false"]]
    last = {name: values[-1] for name, values in choices.items() if name not in switches}
    everything = {**dict.fromkeys(switches, "true"), **EVERYTHING, **LONGEST}
    return [
        make("everything", everything),
        make("everything else", {**everything, **last, **OTHERS}),
        make("nothing", dict.fromkeys(switches, "false")),
        *(_stage(name) for name in stages.names()),
        _sandbox(),
    ]


def role_deployments() -> list[Deployment]:
    """The stacks of role.yaml: the first one in an account, and one that finds a provider there."""
    ids = {"OwnerId": "123456", "RepositoryId": "456789"}
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    return [role_deployment(LONGEST_STAGE), role_deployment("prod", {**ids, "Provider": provider})]


def role_deployment(stage: str, options: Mapping[str, str] | None = None) -> Deployment:
    """The stack of role.yaml for a stage."""
    own = {"Repository": "owner/name", "Environment": "production", "Stage": stage}
    name = f"echostream-{stage}-role"
    return Deployment(f"role of {stage}", name, LONGEST_REGION, {**own, **(options or {})})


def make(
    name: str,
    options: Mapping[str, str],
    stage: str = LONGEST_STAGE,
    region: str = LONGEST_REGION,
    account: str = ACCOUNT,
) -> Deployment:
    """A deployment of a stage that samconfig.toml does not have."""
    return Deployment(name, f"echostream-{stage}", region, {**options, "Stage": stage}, account)


def _stage(name: str) -> Deployment:
    stage = stages.load(name)
    return Deployment(name, stage.stack_name, stage.region, stage.parameters)


def _sandbox() -> Deployment:
    """A stage on an emulator, with the options that the sandbox has."""
    stage = stages.load(stages.names()[0])
    companion = (f"AWS_ENDPOINT_URL_{name}" for name in ("ATHENA", "BEDROCK_RUNTIME", "COMPREHEND"))
    environ = dict.fromkeys(companion, EMULATOR)
    resolved = parameters.resolve(stage, stage.target(EMULATOR), environ)
    options = {**resolved, **dict.fromkeys(("Crawler", "HostedSignIn", "Producer"), "true")}
    return Deployment("sandbox", stage.stack_name, stage.region, options)
