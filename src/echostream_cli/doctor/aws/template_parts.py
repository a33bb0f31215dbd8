"""Resources of `template.yaml` with the names of other resources in place of its references."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from echostream_cli import sam_template

Names = Mapping[str, str]
"""Values by what the template refers to: `Lake`, `Lake.Arn`, `AWS::Region`."""
_REFERENCE = re.compile(r"\$\{(!?)([\w:.]+)\}")


@cache
def _load() -> dict[str, Any]:
    return sam_template.load()


def table(resource: str, names: Names) -> dict[str, Any]:
    """The input of a table of Glue. KeyError for a reference without a name."""
    table_input: dict[str, Any] = _load()["Resources"][resource]["Properties"]["TableInput"]
    return {key: _replace(value, names) for key, value in table_input.items()}


def time_to_live_specification() -> dict[str, Any]:
    """The attribute with the time at which items of the documents table expire."""
    specification: dict[str, Any] = _load()["Resources"]["Table"]["Properties"][
        "TimeToLiveSpecification"
    ]
    return specification


def statements(function: str, services: tuple[str, ...], names: Names) -> list[dict[str, Any]]:
    """The statements of a function's policy about some services (`glue`, `s3`)."""
    policies = _load()["Resources"][function]["Properties"]["Policies"]
    found = [one for policy in policies for one in policy.get("Statement", [])]
    return [
        _replace(statement, names)
        for statement in found
        if _actions(statement)[0].split(":")[0] in services
    ]


def _actions(statement: Mapping[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else list(actions)


def _replace(value: Any, names: Names) -> Any:
    if isinstance(value, list):
        return [_replace(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return names[value["Ref"]]
    if "Fn::GetAtt" in value:
        return names[".".join(value["Fn::GetAtt"])]
    if "Fn::Sub" in value:
        text = value["Fn::Sub"]
        return _REFERENCE.sub(lambda m: f"${{{m[2]}}}" if m[1] else names[m[2]], text)
    return {key: _replace(item, names) for key, item in value.items()}
