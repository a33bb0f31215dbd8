"""The coverage of a run by package, in a few lines: `make test` prints it before its last line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "companion/src", "")
"""The folders that contain packages, the most specific first."""


def count_lines(coverage: Coverage) -> Iterator[tuple[Path, int, int]]:
    """Path, statements and missed statements of each file, also of files that no test imported."""
    for name in sorted(coverage.get_data().measured_files()):
        _, statements, _, missed, _ = coverage.analysis2(name)
        yield Path(name).relative_to(ROOT), len(statements), len(missed)


def format_table(files: Iterable[tuple[Path, int, int]]) -> list[str]:
    """A row a package with statements, missed statements and coverage, and a row for all."""
    statements: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for path, in_file, missed_in_file in files:
        for row in (package_of(path), "all packages"):
            statements[row] += in_file
            missed[row] += missed_in_file
    rows = [*sorted(statements.keys() - {"all packages"}), "all packages"]
    return [
        f"  {'':<18}statements  missed  coverage",
        *(_format_row(row, statements[row], missed[row]) for row in rows),
        "  lines that no test ran: .venv/bin/coverage report",
    ]


def package_of(path: Path) -> str:
    """The package of a file, whose path is relative to the repository."""
    folder = next(folder for folder in FOLDERS if path.is_relative_to(folder))
    return path.relative_to(folder).parts[0]


def _format_row(row: str, statements: int, missed: int) -> str:
    share = 1 - missed / statements if statements else 1.0
    return f"  {row:<18}{statements:>10,}{missed:>8,}{share:>10.0%}"
