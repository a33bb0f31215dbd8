"""The terminal: tables, progress, and questions that options can answer in advance.

The only module that imports rich. Output to a file or a pipe has no colours, no progress, and one
line for each row, whatever its width.
"""

import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from echostream_cli.errors import UserError

RISKS = ("tests", "quota", "engine", "budget", "replace")
"""Risks that stop a deployment unless ACCEPT names them."""
STYLES = {
    **dict.fromkeys(("ok", "works", "runs", "active"), "green"),
    **dict.fromkeys(("alarm", "FAILED", "missing", "not ready"), "red"),
    **dict.fromkeys(("differs", "not run", "unknown", "unsupervised"), "yellow"),
}
"""The colours of states in tables."""
GAP = 2
MIN_LAST_COLUMN = 24
"""A terminal wraps the last column of a table to this width or more."""
MAX_STYLED_ROWS = 200
"""Longer tables are printed without rich, which needs seconds for 1,000 rows."""
LOG_SECONDS = 30.0
"""Seconds between two lines of progress in a log."""
Cells = Sequence[str]


def table(
    head: Cells, rows: Iterable[Cells], *, right: Collection[int] = (), indent: int = 0
) -> None:
    """Print aligned columns. An empty `head` prints none; `right` are columns aligned right.

    Only a terminal wraps the last column. Control characters of cells are escaped.
    """
    head = [escape(cell) for cell in head]
    cells = [[escape(cell) for cell in row] for row in rows]
    columns = zip(*([head] if head else []), *cells, strict=True)
    widths = [max(map(cell_len, column)) for column in columns]
    if sys.stdout.isatty() and 0 < len(cells) <= MAX_STYLED_ROWS and _fits(widths, indent):
        _print_styled(head, cells, right, indent)
        return
    rule = [["-" * width for width in widths]] if head else []
    for row in [head, *rule, *cells] if head else cells:
        print(" " * indent + _format_row(row, widths, right))


def _fits(widths: Sequence[int], indent: int) -> bool:
    """Whether the terminal has room for all columns, when it wraps the last one."""
    *first, last = widths
    room = _terminal(sys.stdout).width - indent - sum(first) - GAP * len(first)
    return room >= min(last, MIN_LAST_COLUMN)


def escape(text: str) -> str:
    """The text on one line; control characters are escaped, because a terminal obeys them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _format_row(row: Cells, widths: Sequence[int], right: Collection[int]) -> str:
    padded = []
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        space = " " * (width - cell_len(cell))
        padded.append(space + cell if index in right else cell + space)
    return (" " * GAP).join(padded).rstrip()


def _print_styled(head: Cells, rows: Sequence[Cells], right: Collection[int], indent: int) -> None:
    styled = Table(box=None, show_header=bool(head), pad_edge=False, padding=(0, GAP, 0, 0))
    number = len(head or rows[0])
    for index in range(number):
        is_last = index == number - 1
        styled.add_column(
            Text(head[index]) if head else "",
            justify="right" if index in right else "left",
            no_wrap=not is_last,
            overflow="fold",
        )
    for row in rows:
        styled.add_row(*(Text(cell, STYLES.get(cell, "")) for cell in row))
    padding = Table.grid(padding=(0, indent, 0, 0))
    padding.add_row("", styled)
    _terminal(sys.stdout).print(padding if indent else styled)


def _terminal(stream: TextIO) -> Console:
    return Console(file=stream, highlight=False)


@contextmanager
def step(title: str) -> Iterator[list[str]]:
    """Print a step's title, then its result (the words that the body appends) and duration.

    A terminal shows the seconds while the body runs.
    """
    label, is_terminal = f"  {title:<34}", sys.stdout.isatty()
    if not is_terminal:
        print(label, end="", flush=True)
        label = ""
    note: list[str] = []
    start = time.monotonic()
    try:
        with _spin(title, sys.stdout) if is_terminal else nullcontext():
            yield note
    except BaseException:
        print(f"{label}failed", flush=True)
        raise
    print(f"{label}{' '.join(note) or 'done'} ({time.monotonic() - start:.1f} s)", flush=True)


@contextmanager
def waiting(title: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner on a terminal's stderr; yields a function that changes its text."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with _spin(title, sys.stderr) as update:
        yield update


@contextmanager
def _spin(title: str, stream: TextIO) -> Iterator[Callable[[str], None]]:
    """A spinner with the elapsed seconds, which is cleared afterwards."""
    columns = (TextColumn(" "), SpinnerColumn(), _text("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_terminal(stream), transient=True) as spinner:
        task = spinner.add_task(title, total=None)
        yield lambda text: spinner.update(task, description=text)


@contextmanager
def progress(title: str, unit: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal's stderr, cleared afterwards; yields a function that advances it.

    Without `total` it shows only the number so far. Threads can share the function.
    """
    count = "{task.completed:,.0f}" + (f" of {total:,} {unit}" if total else f" {unit}")
    columns = (_text("  {task.description}"), BarColumn(), _text(count), TimeElapsedColumn())
    is_terminal = sys.stderr.isatty()
    with Progress(
        *columns, console=_terminal(sys.stderr), transient=True, disable=not is_terminal
    ) as bar:
        task = bar.add_task(title, total=total)
        yield lambda number: bar.advance(task, number)


@contextmanager
def file_progress(title: str, size: int) -> Iterator[Callable[[int, int], None]]:
    """Show how much of a file is done; yields a function of the bytes and the rows so far.

    A terminal shows a bar on stderr; a log gets a line every `LOG_SECONDS`. The speed is that since
    the first call.
    """
    columns = (_text("  {task.description}"), BarColumn(), _text("{task.fields[state]}"))
    is_terminal = sys.stderr.isatty()
    with Progress(
        *columns, console=_terminal(sys.stderr), transient=True, disable=not is_terminal
    ) as bar:
        task = bar.add_task(title, total=size, state="")
        pace, logged_at = Pace(size), time.monotonic()

        def show(position: int, rows: int) -> None:
            nonlocal logged_at
            now = time.monotonic()
            state = pace.describe(position, rows, now)
            bar.update(task, completed=position, state=state)
            if not is_terminal and now - logged_at >= LOG_SECONDS:
                logged_at = now
                print(f"  {title}: {state}", file=sys.stderr, flush=True)

        yield show


class Pace:
    """How fast a file of `size` bytes is worked on."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._first: tuple[int, int, float] | None = None

    def describe(self, position: int, rows: int, now: float) -> str:
        """The bytes and rows so far, the rows in a second, and the time that is left."""
        first = self._first = self._first or (position, rows, now)
        done = f"{_megabytes(position)} of {_megabytes(self._size)} MB, {rows:,} rows"
        seconds, new = now - first[2], position - first[0]
        if seconds < 1 or new <= 0:
            return done
        left = max(0.0, (self._size - position) * seconds / new)
        return f"{done}, {(rows - first[1]) / seconds:,.0f} rows/s, {_duration(left)} left"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}" if size >= 1e7 else f"{size / 1e6:,.1f}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _text(template: str) -> TextColumn:
    """A column of plain text: a title such as [a] is no markup."""
    return TextColumn(template, markup=False)


class Declined(UserError):
    """The user said no, or there was no terminal to ask on."""


def confirm(question: str, yes: bool) -> None:
    """Ask a question unless `yes` answers it. Raises `Declined`."""
    if yes:
        print(f"  {question} yes (YES=1)")
        return
    if not sys.stdin.isatty():
        raise Declined(f"{question} No terminal to ask on; YES=1 answers yes")
    if input(f"  {question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise Declined("declined; nothing was changed")


def confirm_by_name(name: str, consequence: str, confirm: str, option: str = "CONFIRM=") -> None:
    """Require that `confirm`, or the text typed now, is this name. Raises `Declined`.

    `option` is how a user without a terminal passes the name.
    """
    if not confirm and sys.stdin.isatty():
        confirm = input(f"  {consequence} Type {name} to continue: ").strip()
    if confirm != name:
        raise Declined(f"{consequence} Not confirmed: type {name}, or pass {option}{name}")


def require_accepted(risk: str, reason: str, accepted: frozenset[str]) -> None:
    """Raise `UserError` unless a risk is accepted; print an accepted risk."""
    if risk not in accepted:
        raise UserError(f"{reason}; to continue anyway, pass ACCEPT={risk}")
    print(f"  ACCEPTED ({risk}): {reason}")
