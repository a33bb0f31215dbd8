"""Decides the order of day, month and year from a whole column."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from echostream_import.documents.date_spellings import Spelling

NAMES = {"DMY": "day, month, year", "MDY": "month, day, year", "YMD": "year, month, day"}


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it is written in a line of a file."""

    line: int
    text: str
    spelling: Spelling


@dataclass
class _Evidence:
    """What the dates of one style say about their order. `future` has orders that are too late."""

    first: Written | None = None
    decisive: dict[str, Written] = field(default_factory=dict)
    possible: tuple[str, ...] = ()
    future: dict[str, Written] = field(default_factory=dict)
    excluded: Written | None = None


class DateOrders:
    """The orders of the styles of a column, such as `/4`, with a reason or a question for each.

    A date that fits one order only decides its style: 24/11/2026 is day, month, year. If none does,
    an order that puts a date into the future is excluded. Dates with dots are day, month, year.
    """

    def __init__(self, newest: datetime) -> None:
        self._newest = newest
        self._styles: dict[str, _Evidence] = {}

    def add(self, written: Written) -> None:
        spelling = written.spelling
        if not spelling.style:
            return
        evidence = self._styles.setdefault(
            spelling.style, _Evidence(possible=_orders_of(spelling.style))
        )
        for order in spelling.orders:
            if spelling.day(order) > self._newest.date():
                evidence.future.setdefault(order, written)
        _narrow(evidence, written)

    def read_on(self, dates: Iterable[Written]) -> None:
        """Add dates until the order of each style that has been seen is decided."""
        for written in dates:
            self.add(written)
            if not self.is_open():
                return

    def is_open(self) -> bool:
        """Whether a style has no date yet that decides its order."""
        return any(
            not one.decisive and len(one.possible) > 1 and one.first and not _by_dots(style)
            for style, one in self._styles.items()
        )

    def decided(self) -> Mapping[str, str]:
        """The order of each style that is decided."""
        orders = {style: _decide(style, one) for style, one in self._styles.items()}
        return {style: order for style, order in orders.items() if order}

    def notes(self) -> Iterator[str]:
        """Why each order was taken, as sentences."""
        for style, order in self.decided().items():
            evidence = self._styles[style]
            if evidence.first or evidence.decisive:
                yield f"Dates are {NAMES[order]} because {_reason(evidence, style, order)}."

    def questions(self) -> Iterator[str]:
        """What only the user can decide."""
        for style, evidence in self._styles.items():
            if len(evidence.decisive) > 1:
                yield _contradiction(list(evidence.decisive.values()))
            elif evidence.first and not _decide(style, evidence):
                yield _ambiguity(evidence.first, _left(evidence))


def _orders_of(style: str) -> tuple[str, ...]:
    return ("DMY", "MDY", "YMD") if style.endswith("2") else ("DMY", "MDY")


def _narrow(evidence: _Evidence, written: Written) -> None:
    """Take a date as evidence. Orders that give it the same day say nothing."""
    spelling = written.spelling
    days = {spelling.day(order) for order in spelling.orders}
    if len(spelling.orders) > 1 and len(days) == 1:
        return
    if len(spelling.orders) == 1:
        evidence.decisive.setdefault(spelling.orders[0], written)
    left = tuple(order for order in evidence.possible if order in spelling.orders)
    if left and left != evidence.possible:
        evidence.possible, evidence.excluded = left, written
    if len(days) > 1:
        evidence.first = evidence.first or written


def _by_dots(style: str) -> bool:
    return style.startswith(".")


def _left(evidence: _Evidence) -> list[str]:
    """The orders that are possible and put no date into the future, unless all do."""
    left = [order for order in evidence.possible if order not in evidence.future]
    return left or list(evidence.possible)


def _decide(style: str, evidence: _Evidence) -> str:
    if len(evidence.decisive) > 1:
        return ""
    if evidence.decisive:
        return next(iter(evidence.decisive))
    if _by_dots(style) and "DMY" in evidence.possible:
        return "DMY"
    left = _left(evidence)
    return left[0] if len(left) == 1 or not evidence.first else ""


def _reason(evidence: _Evidence, style: str, order: str) -> str:
    if evidence.decisive:
        return _row(evidence.decisive[order])
    if _by_dots(style):
        return "they are written with dots"
    others = [one for name, one in evidence.future.items() if name != order]
    if others:
        return f"{_row(others[0])}, which would be in the future in another order"
    return _row(evidence.excluded) if evidence.excluded else "no date contradicts it"


def _row(written: Written) -> str:
    return f"line {written.line} has {written.text}"


def _contradiction(dates: list[Written]) -> str:
    both = " and ".join(_row(written) for written in dates[:2])
    return (
        f"DATE_FORMAT: {both}, which no one order fits. DATE_FORMAT=DMY or DATE_FORMAT=MDY takes"
        " one, and refuses the rows that do not fit it."
    )


def _ambiguity(written: Written, orders: list[str]) -> str:
    readings = " or ".join(
        f"{written.spelling.day(order):%-d %B %Y} (DATE_FORMAT={order})" for order in orders
    )
    return f"DATE_FORMAT: {_row(written)}, which is {readings}."
