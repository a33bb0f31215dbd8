"""The registry's schemas, and cfn-lint's other rules, on resources as AWS would get them."""

import json
from collections.abc import Iterator
from typing import Any

from cfnlint.api import ManualArgs, lint

from echostream_cli.template_check.findings import Finding
from echostream_cli.template_check.translate import Stack

NOT_FOR_VALUES = ["I3042", "I4010"]
"""Rules about how a template is written: pseudo parameters in ARNs, a block of metadata."""


class SchemaCheck:
    """Every rule of cfn-lint, also the informational and experimental ones.

    A resource that differs from one of a former stack only in the names of stack, stage and region
    is left out, which takes a third of the time. Nothing refers to it: references are values here.
    """

    def __init__(self) -> None:
        self._checked: set[str] = set()

    def check(self, stack: Stack) -> Iterator[Finding]:
        """What the rules say of the stack's resources."""
        config = ManualArgs(
            include_checks=["I"],
            ignore_checks=NOT_FOR_VALUES,
            include_experimental=True,
            regions=[stack.deployment.region],
        )
        template = {**stack.template, "Resources": self._new_resources(stack)}
        template.pop("Outputs", None)
        for match in lint(json.dumps(template), config=config):
            path = [str(part) for part in match.path or ()]
            resource, properties = ".".join(path[1:2]), ".".join(path[3:])
            message = f"{match.message} (cfn-lint {match.rule.id})"
            yield Finding(stack.deployment.name, resource or "template", properties, message)

    def _new_resources(self, stack: Stack) -> dict[str, Any]:
        new = {}
        for name, resource in stack.resources.items():
            alone = {key: part for key, part in resource.items() if key != "DependsOn"}
            text = _without_place(json.dumps(alone), stack)
            if text not in self._checked:
                self._checked.add(text)
                new[name] = alone
        return new


def _without_place(text: str, stack: Stack) -> str:
    deployment = stack.deployment
    for place in (deployment.stack_name, deployment.parameters["Stage"], deployment.region):
        text = text.replace(place, "*")
    return text
