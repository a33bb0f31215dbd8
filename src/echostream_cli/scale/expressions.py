"""The expressions of DynamoDB that the product's writes use, evaluated on an item."""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Item = dict[str, Any]
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
_EXISTS = re.compile(r"attribute_(not_)?exists\(([#\w]+)\)")
_COMPARISON = re.compile(
    r"(?:size\((?P<set>[#\w]+)\)|(?P<name>[#\w]+)) (?P<sign><=?|=) (?P<value>:\w+)"
)
_CLAUSE = re.compile(r"(SET|ADD) (.+?)(?= (?:SET|ADD) |$)")
_BETWEEN = re.compile(r"([#\w]+) BETWEEN (:\w+) AND (:\w+)")


class UnknownExpression(Exception):
    """An expression that the simulation cannot evaluate. The message contains it."""


class Expressions:
    """Evaluates the expressions of one call, with its names and values."""

    def __init__(self, call: Mapping[str, Any]) -> None:
        self._names = call.get("ExpressionAttributeNames", {})
        self._values = call.get("ExpressionAttributeValues", {})

    def holds(self, condition: str, item: Item | None) -> bool:
        """Whether an item (None if there is none) meets a condition."""
        if " OR " in condition:
            return any(self.holds(part, item) for part in condition.split(" OR "))
        if between := _BETWEEN.search(condition):
            name, low, high = between.groups()
            value = plain(self._get(item, name))
            is_between = self._value(low) <= value <= self._value(high)
            rest = condition.replace(f" AND {between[0]}", "")
            return is_between and (rest == condition or self.holds(rest, item))
        return all(self._holds_one(part, item or {}) for part in condition.split(" AND "))

    def update(self, expression: str, item: Item) -> Item:
        """The item after an update."""
        updated = dict(item)
        clauses = _CLAUSE.findall(expression)
        if " ".join(f"{verb} {actions}" for verb, actions in clauses) != expression:
            raise UnknownExpression(expression)
        for verb, actions in clauses:
            for action in actions.split(", "):
                name, value = action.split(" = " if verb == "SET" else " ")
                name, new = self._names.get(name, name), self._values[value]
                updated[name] = new if verb == "SET" else _sum(updated.get(name), new)
        return updated

    def _holds_one(self, condition: str, item: Item) -> bool:
        if exists := _EXISTS.fullmatch(condition):
            is_absent = self._get(item, exists[2]) is None
            return is_absent if exists[1] else not is_absent
        if comparison := _COMPARISON.fullmatch(condition):
            stored = self._get(item, comparison["set"] or comparison["name"])
            if stored is None:
                return False
            left = len(plain(stored)) if comparison["set"] else plain(stored)
            return _COMPARISONS[comparison["sign"]](left, self._value(comparison["value"]))
        raise UnknownExpression(condition)

    def _get(self, item: Item | None, name: str) -> Any:
        return (item or {}).get(self._names.get(name, name))

    def _value(self, name: str) -> Any:
        return plain(self._values[name])


def plain(value: Mapping[str, Any] | None) -> Any:
    """An attribute value as a value of Python."""
    if value is None:
        return ""
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content


def _sum(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """The value after ADD: a sum of numbers, or a union of sets."""
    ((kind, content),) = new.items()
    if kind == "SS":
        return {"SS": sorted({*(old or {"SS": []})["SS"], *content})}
    return {"N": str(Decimal((old or {"N": "0"})["N"]) + Decimal(content))}
