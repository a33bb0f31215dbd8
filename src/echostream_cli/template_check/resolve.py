"""What CloudFormation makes of a template's parameters and conditions, without an account.

Functions of known values become values. A reference to an unknown resource stays, with all else
evaluated: `!Sub "${Lake.Arn}/${Stage}"` becomes `Fn::Sub: ${Lake.Arn}/prod`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = re.compile(r"\$\{(?!!)([^}]+)\}")
NO_VALUE: Any = object()
"""What `AWS::NoValue` becomes; whatever holds it drops it."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Evaluates a template with `values`, by the names that !Ref and !Sub use.

    They are parameters, pseudo parameters and, if known, resources (`Lake`, `Lake.Arn`).
    """

    conditions: Mapping[str, Any]
    values: Mapping[str, Any]

    def template(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """Resources and outputs that a deployment has, with their values."""
        sections = ("Resources", "Outputs")
        return {
            "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
            **{name: self._section(template[name]) for name in sections if name in template},
        }

    def _section(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self.value({key: part for key, part in entry.items() if key != "Condition"})
            for name, entry in entries.items()
            if self.is_true(entry.get("Condition"))
        }

    def is_true(self, condition: str | None) -> bool:
        """Whether a condition holds; None always does."""
        return condition is None or bool(self._condition(self.conditions[condition]))

    def _condition(self, expression: Any) -> Any:
        """A condition's expression; values inside it are compared as text, as AWS does."""
        if not isinstance(expression, dict) or len(expression) != 1:
            return str(expression)
        [(name, argument)] = expression.items()
        if name == "Condition":
            return self.is_true(argument)
        if name == "Fn::Equals":
            first, second = (self._condition(part) for part in argument)
            return first == second
        if name in ("Fn::Not", "Fn::And", "Fn::Or"):
            parts = [self._condition(part) for part in argument]
            return {"Fn::Not": not parts[0], "Fn::And": all(parts), "Fn::Or": any(parts)}[name]
        return str(self.value(expression))

    def value(self, value: Any) -> Any:
        """Any value of a template, evaluated."""
        if isinstance(value, list):
            parts = [self.value(part) for part in value]
            return [part for part in parts if part is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if function := _FUNCTIONS.get(name):
                return function(self, argument)
        entries = {key: self.value(part) for key, part in value.items()}
        return {key: part for key, part in entries.items() if part is not NO_VALUE}

    def ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.values.get(name, {"Ref": name})

    def choose(self, argument: list[Any]) -> Any:
        condition, yes, no = argument
        return self.value(yes if self.is_true(condition) else no)

    def sub(self, argument: Any) -> Any:
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = {name: self.value(part) for name, part in own.items()}
        known = {**self.values, **{n: p for n, p in own.items() if not isinstance(p, dict)}}
        text = VARIABLE.sub(lambda m: str(known.get(m[1].strip(), m[0])), text)
        if not VARIABLE.search(text):
            return text.replace("${!", "${")
        unknown = {name: part for name, part in own.items() if name not in known}
        return {"Fn::Sub": [text, unknown] if unknown else text}

    def join(self, argument: list[Any]) -> Any:
        parts = self.value(argument[1])
        if isinstance(parts, list) and not any(isinstance(part, dict) for part in parts):
            return str(argument[0]).join(str(part) for part in parts)
        return {"Fn::Join": [argument[0], parts]}

    def split(self, argument: list[Any]) -> Any:
        text = self.value(argument[1])
        return (
            {"Fn::Split": [argument[0], text]}
            if isinstance(text, dict)
            else text.split(argument[0])
        )

    def select(self, argument: list[Any]) -> Any:
        parts = self.value(argument[1])
        return (
            parts[int(argument[0])]
            if isinstance(parts, list)
            else {"Fn::Select": [argument[0], parts]}
        )

    def attribute(self, argument: Any) -> Any:
        name = argument if isinstance(argument, str) else ".".join(argument)
        return self.values.get(name, {"Fn::GetAtt": argument})


_FUNCTIONS: dict[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver.ref,
    "Fn::GetAtt": Resolver.attribute,
    "Fn::If": Resolver.choose,
    "Fn::Sub": Resolver.sub,
    "Fn::Join": Resolver.join,
    "Fn::Split": Resolver.split,
    "Fn::Select": Resolver.select,
}
