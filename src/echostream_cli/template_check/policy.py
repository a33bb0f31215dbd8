"""IAM policies: whether they allow an action on a resource."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Context = Mapping[str, str]
"""Values of condition keys."""
Comparison = Callable[[str, str], bool]
COMPARISONS: dict[str, Comparison] = {
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "StringEquals": operator.eq,
    "StringLike": fnmatchcase,
}


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to do. An `arn` of "*" is of an action that takes no resource."""

    action: str
    arn: str
    context: Context


class Policies:
    """The statements of one role's policies."""

    def __init__(self, documents: Iterable[Mapping[str, Any]]) -> None:
        self._statements = [_Statement(s) for document in documents for s in document["Statement"]]

    def allow(self, request: Request) -> bool:
        """Whether a statement allows the request, and none denies it."""
        return {s.effect for s in self._statements if s.applies(request)} == {"Allow"}


class _Statement:
    def __init__(self, statement: Mapping[str, Any]) -> None:
        self.effect: str = statement["Effect"]
        self._actions = _pattern(as_list(statement["Action"]), re.IGNORECASE)
        self._resources = _pattern(as_list(statement["Resource"]))
        self._conditions = [
            (COMPARISONS[comparison], key, as_list(values))
            for comparison, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        ]

    def applies(self, request: Request) -> bool:
        """Whether action, resource and conditions are the request's. A missing key is no match."""
        return (
            self._actions.fullmatch(request.action) is not None
            and self._resources.fullmatch(request.arn) is not None
            and all(self._holds(*condition, request.context) for condition in self._conditions)
        )

    @staticmethod
    def _holds(compare: Comparison, key: str, values: list[str], context: Context) -> bool:
        return key in context and any(compare(context[key], value) for value in values)


def _pattern(texts: list[str], flags: int = 0) -> re.Pattern[str]:
    """Texts in which * and ? stand for other characters, as one expression."""
    escaped = (re.escape(text).replace(r"\*", ".*").replace(r"\?", ".") for text in texts)
    return re.compile("|".join(escaped), flags)


def as_list(value: Any) -> list[Any]:
    """A value, or the values of a list."""
    return value if isinstance(value, list) else [value]
