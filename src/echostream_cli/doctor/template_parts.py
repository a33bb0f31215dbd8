"""Parts of template.yaml that CloudFormation can create alone, as SAM translates them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from echostream_cli import sam_template

CODE = "s3://echostream-doctor/code.zip"
"""Replaced by a probe: where functions and layers have their code."""
REGION = "us-east-1"
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)")
Template = Mapping[str, Any]


@cache
def translate() -> Template:
    """template.yaml after SAM's translation, with `CODE` as the code of functions and layers."""
    return sam_template.translate(sam_template.load(), CODE, {}, REGION)


def part_of(names: Iterable[str]) -> dict[str, Any]:
    """A template of some resources and all that they refer to, by logical id, without outputs.

    No resource is retained when its stack is deleted.
    """
    template = translate()
    retained = ("DeletionPolicy", "UpdateReplacePolicy")
    resources = {
        name: {
            key: value for key, value in template["Resources"][name].items() if key not in retained
        }
        for name in sorted(closure(names))
    }
    sections = ("AWSTemplateFormatVersion", "Parameters", "Conditions")
    return {**{name: template[name] for name in sections}, "Resources": resources}


def to_json(template: Template) -> str:
    """A template without blanks; an emulator may accept no more than AWS's 51,200 bytes."""
    return json.dumps(template, separators=(",", ":"), default=str)


def closure(names: Iterable[str]) -> set[str]:
    """Resources and all resources that they refer to, directly or not."""
    resources = translate()["Resources"]
    found: set[str] = set()
    pending = list(names)
    while pending:
        if (name := pending.pop()) not in found:
            found.add(name)
            pending += [other for other in _references(resources[name]) if other in resources]
    return found


def _references(value: Any) -> Iterator[str]:
    """The names that a value refers to: resources, parameters and variables of `Fn::Sub`."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _references_of(key, item)


def _references_of(key: str, item: Any) -> Iterator[str]:
    if key == "Ref":
        yield item
    elif key == "Fn::GetAtt":
        yield item.split(".")[0] if isinstance(item, str) else item[0]
    elif key == "DependsOn":
        yield from [item] if isinstance(item, str) else item
    else:
        if key == "Fn::Sub":
            yield from _VARIABLE.findall(item if isinstance(item, str) else item[0])
        yield from _references(item)


def smallest_by_type() -> dict[str, str]:
    """For each type of resource in the template, the resource that needs the fewest others."""
    by_type: dict[str, list[str]] = {}
    for name, resource in translate()["Resources"].items():
        by_type.setdefault(resource["Type"], []).append(name)
    return {
        kind: min(by_type[kind], key=lambda name: (len(closure([name])), name))
        for kind in sorted(by_type)
    }
