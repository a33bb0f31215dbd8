"""Names of the documents table: in the template and in its adapter, and nowhere else."""

import ast

import pytest

from echostream.adapters.table_items import EXPIRY
from echostream.adapters.table_keys import BY_TIME, PARTITION, SORT, TIME_PARTITION, TIME_SORT
from echostream_cli.paths import ROOT
from tests.unit.test_architecture import TEMPLATE

NAMES = {PARTITION, SORT, TIME_PARTITION, TIME_SORT, BY_TIME, EXPIRY}
AUDIT = ROOT / "bench" / "soak" / "audit.py"
"""It checks what is stored without the code that stores it."""
LANGUAGES = (
    ROOT / "src" / "echostream" / "domain" / "languages.py",
    ROOT / "src" / "echostream_import" / "documents" / "date_words.py",
)
"""They have codes of languages, of which sk is Slovak."""
FOLDERS = ("src", "lambdas", "dashboard", "bench", "notebooks", "seed")
FILES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if path.parent.name != "adapters" and path not in (AUDIT, *LANGUAGES)
)


def schema(partition, sort):
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def test_template_has_the_names_of_the_adapter():
    """Keys, index and time to live."""
    table = TEMPLATE["Resources"]["Table"]["Properties"]
    [index] = table["GlobalSecondaryIndexes"]
    assert table["KeySchema"] == schema(PARTITION, SORT)
    assert (index["IndexName"], index["KeySchema"]) == (BY_TIME, schema(TIME_PARTITION, TIME_SORT))
    assert table["TimeToLiveSpecification"]["AttributeName"] == EXPIRY


def words(node):
    """The words of a string outside docstrings; expressions of DynamoDB are such strings."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return set("".join(c if c.isidentifier() else " " for c in node.value).split())
    return set()


def is_attribute_value(node):
    """Whether a node reads a typed value such as item["name"]["S"]."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value in ("S", "N")
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_adapter_reads_items_of_the_table(path):
    """Other code uses table_keys and table_items, so that a name of the table has one home."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if node not in docstrings:
            assert not words(node) & NAMES, ast.unparse(node)
        assert not is_attribute_value(node), ast.unparse(node)
