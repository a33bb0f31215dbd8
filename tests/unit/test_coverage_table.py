"""The table of coverage that `make test` prints."""

from pathlib import Path

from tests.coverage_table import format_table

FILES = [
    (Path("src/echostream/domain/codec.py"), 30, 3),
    (Path("src/echostream/__init__.py"), 10, 1),
    (Path("companion/src/aws_companion/app.py"), 1000, 500),
    (Path("dashboard/app.py"), 0, 0),
]


def test_table_has_a_row_for_each_package():
    """Files of a package are added; a package without statements is covered."""
    rows = [line.split() for line in format_table(FILES)]
    assert rows[1:-2] == [
        ["aws_companion", "1,000", "500", "50%"],
        ["dashboard", "0", "0", "100%"],
        ["echostream", "40", "4", "90%"],
    ]


def test_last_row_counts_all_files():
    """By statements, so that a large package has a large weight."""
    assert format_table(FILES)[-2].split() == ["all", "packages", "1,040", "504", "52%"]
