"""Names against the rules of the services: length, letters, and where they must be unique.

A name is compared with those of three neighbours, which deploy the same template: another stage
beside this one, this stage in another region, and this stage in another account.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from echostream_cli.template_check.deployments import make
from echostream_cli.template_check.findings import Finding
from echostream_cli.template_check.resource_types import TYPES, Scope
from echostream_cli.template_check.translate import Stack, translate

LOWER_CASE = re.compile(r"[a-z0-9][a-z0-9._-]*[a-z0-9]")
ROLE_POLICIES, TRUST_POLICY, MANAGED_POLICY = 10_240, 2_048, 6_144
"""Characters that IAM allows, without white space: all inline policies of a role, its trust policy
and a managed policy (IAM and AWS STS quotas)."""
Names = dict[str, tuple[Scope, str, str]]


def check(stack: Stack) -> Iterator[Finding]:
    """Unknown types, wrong names, names that a stack has twice, too long policies."""
    seen: dict[tuple[str, str], str] = {}
    for logical_id, resource in stack.resources.items():
        kind = TYPES.get(resource["Type"])
        if kind is None:
            message = f"{resource['Type']} is not in resource_types.py; add a line"
            yield _finding(stack, logical_id, "Type", message)
            continue
        name = stack.physical.explicit_name(logical_id)
        if len(name) > kind.longest:
            message = f"{name!r} has {len(name)} characters of {kind.longest} that AWS allows"
            yield _finding(stack, logical_id, kind.name, message)
        if name and kind.is_lower_case and not LOWER_CASE.fullmatch(name):
            message = f"{name!r} must have lower-case letters, digits, and - or _ between them"
            yield _finding(stack, logical_id, kind.name, message)
        other = seen.setdefault((resource["Type"], name), logical_id)
        if name and kind.scope is not Scope.NONE and other != logical_id:
            yield _finding(stack, logical_id, kind.name, f"{other} has the name {name!r}, too")
        yield from _check_policies(stack, logical_id, resource)


def check_neighbours(template: Mapping[str, Any], options: Mapping[str, str]) -> Iterator[Finding]:
    """Names that a neighbour with the same options has, too. `template` is that of SAM."""
    own = _names(template, options)
    neighbours = (
        ("stage", {"stage": "other"}, (*Scope,)),
        ("region", {"region": "eu-west-1"}, (Scope.ACCOUNT, Scope.WORLD)),
        ("account", {"account": "210987654321"}, (Scope.ACCOUNTS_OF_REGION, Scope.WORLD)),
    )
    for word, place, scopes in neighbours:
        names = _names(template, options, **place)
        for logical_id, (scope, path, name) in own.items():
            if scope in scopes and names[logical_id][2] == name:
                message = f"{name!r} must be unique in {scope.value}; add the {word} to it"
                yield Finding(f"another {word}", logical_id, path, message)


def _names(template: Mapping[str, Any], options: Mapping[str, str], **place: str) -> Names:
    """The names that a template gives and that must be unique, by logical id."""
    deployment = make("neighbour", options, **place)
    stack = Stack(translate(template, deployment), deployment)
    return {
        logical_id: (kind.scope, kind.name, name)
        for logical_id, resource in stack.resources.items()
        if (kind := TYPES.get(resource["Type"])) and kind.scope is not Scope.NONE
        if (name := stack.physical.explicit_name(logical_id))
    }


def _check_policies(
    stack: Stack, logical_id: str, resource: Mapping[str, Any]
) -> Iterator[Finding]:
    properties = resource.get("Properties", {})
    if resource["Type"] == "AWS::IAM::ManagedPolicy":
        limits = {"PolicyDocument": MANAGED_POLICY}
    elif resource["Type"] == "AWS::IAM::Role":
        limits = {"Policies": ROLE_POLICIES, "AssumeRolePolicyDocument": TRUST_POLICY}
    else:
        return
    for path, limit in limits.items():
        policies = properties.get(path, ())
        if path == "Policies":
            policies = [policy["PolicyDocument"] for policy in policies]
        size = len(json.dumps(policies, separators=(",", ":")))
        if size > limit:
            message = f"has {size} characters of {limit} that IAM allows"
            yield _finding(stack, logical_id, path, message)


def _finding(stack: Stack, resource: str, path: str, message: str) -> Finding:
    return Finding(stack.deployment.name, resource, path, message)
