"""PartiQL statements, as far as the store writes them: inserts of whole items."""

import re
from collections.abc import Mapping
from typing import Any

from echostream_cli.costs.dynamodb_units import Item

_INSERT = re.compile(r'INSERT INTO "([^"]+)" VALUE \{(.*)\}')
_MEMBER = re.compile(r"'([^']+)': \?")


def parse_insert(statement: Mapping[str, Any]) -> tuple[str, Item] | None:
    """Table and item of an insert whose values are all parameters; None for other statements."""
    match = _INSERT.fullmatch(statement["Statement"])
    if match is None:
        return None
    table, members = match.groups()
    names = _MEMBER.findall(members)
    values = statement.get("Parameters", [])
    if len(names) != len(values) or len(names) != len(members.split(", ")):
        return None
    return table, dict(zip(names, values, strict=True))
