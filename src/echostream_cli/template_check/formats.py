"""An ARN where an ARN is due, a name where a name is due.

The schemas say it of some properties only; for others a deployment fails halfway, when the service
refuses the value. Here the names of properties decide, with the exceptions below.
"""

import re
from collections.abc import Iterator
from typing import Any

from echostream_cli.template_check.findings import Finding
from echostream_cli.template_check.policy import as_list
from echostream_cli.template_check.translate import Stack

ARNS = re.compile(
    r"Arns?|.+[a-z]Arns?|\w+Actions|Address|Destination|IntegrationUri|KmsKeyId|Layers"
    r"|PermissionsBoundary|Role|Topics|WebACLId"
)
"""Properties that take ARNs. Of those that are called `KmsKeyId` only the log groups' are used."""
NAMES = re.compile(r"(?!K)(Bucket|LogGroup|Roles|(.+[a-z])?(Id|Name)s?)")
"""Properties that take names or ids. Those of KMS keys take ARNs, too."""
EITHER = {
    ("AWS::Lambda::Alias", "FunctionName"),
    ("AWS::Lambda::EventInvokeConfig", "FunctionName"),
    ("AWS::Lambda::EventSourceMapping", "FunctionName"),
    ("AWS::Lambda::Permission", "FunctionName"),
    ("AWS::Lambda::Version", "FunctionName"),
}
"""Lambda takes both here."""
FREE = {"Dimensions", "Metrics", "Tags", "Variables", "ProviderDetails"}
"""Properties with content that is not CloudFormation's."""
POLICIES = {"AssumeRolePolicyDocument", "PolicyDocument"}


def check(stack: Stack) -> Iterator[Finding]:
    """Values of another form than their property takes."""
    for logical_id, resource in stack.resources.items():
        for path, message in _walk(resource["Type"], resource.get("Properties", {}), ()):
            yield Finding(stack.deployment.name, logical_id, ".".join(path), message)


Fault = tuple[tuple[str, ...], str]


def _walk(kind: str, value: Any, path: tuple[str, ...]) -> Iterator[Fault]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key in POLICIES:
                yield from _check_policy(part, (*path, key))
            elif key not in FREE:
                yield from _walk(kind, part, (*path, key))
    elif isinstance(value, list):
        for part in value:
            yield from _walk(kind, part, path)
    elif isinstance(value, str) and path and (kind, path[-1]) not in EITHER:
        yield from _check_value(value, path)


def _check_value(value: str, path: tuple[str, ...]) -> Iterator[Fault]:
    if ARNS.fullmatch(path[-1]):
        if not value.startswith("arn:"):
            yield path, f"takes an ARN, and gets {value!r}; use !GetAtt ….Arn"
    elif NAMES.fullmatch(path[-1]) and value.startswith(("arn:", "https:")):
        yield path, f"takes a name or an id, and gets {value!r}"


def _check_policy(policy: Any, path: tuple[str, ...]) -> Iterator[Fault]:
    for statement in as_list(policy["Statement"]):
        principal = statement.get("Principal")
        named = principal if isinstance(principal, dict) else {}
        resources = as_list(statement.get("Resource", []))
        arns = [*resources, *as_list(named.get("AWS", [])), *as_list(named.get("Federated", []))]
        for value in arns:
            if value != "*" and not str(value).startswith("arn:"):
                yield path, f"takes an ARN, and gets {value!r}; use !GetAtt ….Arn"
        for service in as_list(named.get("Service", [])):
            if not service.endswith(".amazonaws.com"):
                yield path, f"takes a service such as lambda.amazonaws.com, and gets {service!r}"
