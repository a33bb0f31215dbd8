"""Policies of MiniStack 1.5.33 that restrict a role to one tenant, evaluated as on AWS.

MiniStack compares `${aws:PrincipalTag/tenant}` as text, has no `dynamodb:LeadingKeys`, and checks
PartiQL by the name of the call. Here variables are replaced by their values, requests to DynamoDB
have their partition keys, and each PartiQL statement is an action on its table.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

LEADING_KEYS = "dynamodb:LeadingKeys"
UNKNOWN = ""
"""The key of a request that names no single partition. A pattern with text does not match it."""
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_PARTIQL = ("dynamodb:ExecuteStatement", "dynamodb:BatchExecuteStatement")
_EQUALS = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")

Body = Mapping[str, Any]


def substitute_policy_variables() -> None:
    """Replace variables in resources and conditions; one without a value applies to nothing."""
    first_match = iam_evaluator._first_match

    def first_match_with_values(context: Any, statements: Any, effect: str) -> Any:
        candidates = [
            one
            for one in statements
            if one.effect == effect
            and iam_evaluator._action_matches(context.action, one.actions, one.not_actions)
        ]
        resolved = (_with_values(one, context) for one in candidates)
        return first_match(context, [one for one in resolved if one], effect)

    iam_evaluator._first_match = first_match_with_values


def _with_values(statement: Any, context: Any) -> Any:
    """A statement without variables; None if one has no value."""
    parts = [statement.resources, statement.not_resources, statement.conditions]
    if "${" not in str(parts):
        return statement
    text = json.dumps(parts)
    names = set(_VARIABLE.findall(text))
    values = {name: iam_evaluator._resolve_condition_key(name, context) for name in names}
    if not all(isinstance(value, str) for value in values.values()):
        return None
    resources, not_resources, conditions = json.loads(_filled(text, frozenset(values.items())))
    return replace(
        statement, resources=resources, not_resources=not_resources, conditions=conditions
    )


@lru_cache(maxsize=1000)
def _filled(text: str, values: frozenset[tuple[str, str]]) -> str:
    """JSON with values in place of the variables."""
    by_name = dict(values)
    return _VARIABLE.sub(lambda match: json.dumps(by_name[match[1]])[1:-1], text)


def check_leading_keys() -> None:
    """Give requests their partition keys, and PartiQL's statements an action and a table each."""
    service_context = iam_actions.dynamodb_service_context
    transaction_checks = iam_actions.dynamodb_transaction_checks
    compile_pattern = iam_evaluator._fnmatch_compile

    def service_context_with_keys(body: bytes) -> dict[str, Any]:
        try:
            keys = list(_leading_keys(_parsed(body)))
        except (AttributeError, KeyError, TypeError, ValueError):  # not a valid request
            keys = [UNKNOWN]
        return {**service_context(body), **({LEADING_KEYS: keys} if keys else {})}

    def checks_with_partiql(action: str, body: bytes, region: str, account: str) -> Any:
        if action not in _PARTIQL:
            return transaction_checks(action, body, region, account)
        return [
            (f"dynamodb:PartiQL{verb}", iam_actions._dynamodb_table_arn(table, region, account))
            for verb, table in map(_verb_and_table, _statements(_parsed(body)))
        ]

    @lru_cache(maxsize=1000)
    def compile_for_several_lines(pattern: str, ignore_case: bool) -> Any:
        compiled = compile_pattern(pattern, ignore_case)
        return re.compile(compiled.pattern.removesuffix("$") + r"\Z", compiled.flags | re.DOTALL)

    iam_actions.dynamodb_service_context = service_context_with_keys
    iam_actions.dynamodb_transaction_checks = checks_with_partiql
    iam_evaluator._fnmatch_compile = compile_for_several_lines


def _parsed(body: bytes) -> Body:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _leading_keys(body: Body) -> Iterator[str]:
    """The partition keys that a request names; `UNKNOWN` for one that cannot be read."""
    for table, item in [*_items(body), *map(_inserted, _statements(body))]:
        yield _text(item.get(_hash_key(table)))
    if "KeyConditionExpression" in body or "KeyConditions" in body:
        yield _queried(body)


def _items(body: Body) -> Iterator[tuple[str, Body]]:
    """The table and the key or item of each part of a request."""
    table = body.get("TableName", "")
    yield from ((table, body[part]) for part in ("Key", "Item") if part in body)
    for name, requests in body.get("RequestItems", {}).items():
        parts = requests["Keys"] if "Keys" in requests else map(_written, requests)
        yield from ((name, part) for part in parts)
    for action in body.get("TransactItems", []):
        for part in action.values():
            yield part.get("TableName", ""), part.get("Key", part.get("Item", {}))


def _written(request: Body) -> Body:
    [part] = request.values()
    item: Body = part.get("Item", part.get("Key", {}))
    return item


def _queried(body: Body) -> str:
    """The partition of a query, of the table or of an index."""
    key = _hash_key(body.get("TableName", ""), body.get("IndexName", ""))
    if key in (legacy := body.get("KeyConditions", {})):
        [value, *_] = legacy[key].get("AttributeValueList", [None])
        return _text(value)
    names = body.get("ExpressionAttributeNames", {})
    found = _EQUALS.findall(body.get("KeyConditionExpression", ""))
    values = [value for name, value in found if names.get(name, name) == key]
    return _text(body.get("ExpressionAttributeValues", {}).get(values[0])) if values else UNKNOWN


def _statements(body: Body) -> list[Body]:
    """The PartiQL statements of a request."""
    several = body.get("Statements") or [body]
    return [one for one in several if "Statement" in one]


def _verb_and_table(statement: Body) -> tuple[str, str]:
    parsed = _partiql(statement)
    return str(parsed.get("op", "")).capitalize(), str(parsed.get("table", ""))


def _inserted(statement: Body) -> tuple[str, Body]:
    """The table and the item of an INSERT; of another statement, an item without a key."""
    parsed = _partiql(statement)
    item = parsed.get("item") or {}
    return str(parsed.get("table", "")), item["M"] if set(item) == {"M"} else item


def _partiql(statement: Body) -> Body:
    try:
        parsed: Body = dynamodb._parse_partiql(
            statement["Statement"], statement.get("Parameters", [])
        )
    except ValueError:
        return {}
    return parsed


def _hash_key(table: str, index: str = "") -> str:
    """The name of the partition key of a table or an index."""
    found = dynamodb._tables.get(table) or {}
    indexes = [*found.get("GlobalSecondaryIndexes", []), *found.get("LocalSecondaryIndexes", [])]
    schemas = [one["KeySchema"] for one in indexes if one["IndexName"] == index]
    [schema] = schemas or [found.get("KeySchema", [])]
    return next((one["AttributeName"] for one in schema if one["KeyType"] == "HASH"), "")


def _text(value: Any) -> str:
    """A value of a key as the text that a policy compares."""
    return str(next(iter(value.values()))) if isinstance(value, dict) and value else UNKNOWN
