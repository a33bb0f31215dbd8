"""Times of rows, from every spelling that a column has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from echostream.domain.validation import MAX_CLOCK_SKEW
from echostream_import.documents.date_orders import DateOrders, Written
from echostream_import.documents.date_spellings import (
    ISO,
    LONGEST,
    Spelling,
    since_1970,
    spell,
    spelling_of,
)
from echostream_import.documents.date_words import zone_named
from echostream_import.documents.values import bare, text_of
from echostream_import.rows import FileError

AHEAD = timedelta(hours=14)
"""The zone in which a day begins first is 14 hours east of UTC."""
ORDERS = ("DMY", "MDY", "YMD")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_SERIALS = 20_000, 80_000  # 1954 to 2119
_SERIAL_START = datetime(1899, 12, 30)
_CLOCK_DIRECTIVES = re.compile(r"%-?[HIMcXTs]")
Dates = Iterable[tuple[int, Any]]
"""Lines of a file with the values of its column of time."""


@dataclass(frozen=True, slots=True)
class DateOptions:
    """What the user and the column's header say of times; `zone` is that of times without one."""

    format: str = ""
    zone: tzinfo | None = None

    @classmethod
    def of(cls, date_format: str, tz: str, header_zone: str) -> "DateOptions":
        """From options and a zone in a header. Raises `FileError` that names the option."""
        if date_format and date_format.upper() not in ORDERS and "%" not in date_format:
            raise FileError(
                f"DATE_FORMAT: {date_format!r} is none of DMY, MDY and YMD, nor a format such as"
                " %d.%m.%Y %H:%M"
            )
        if "%" in date_format:
            _check_format(date_format)
        zone = zone_named(tz)
        if tz and zone is None:
            raise FileError(f"TZ: no zone is named {tz!r}; use a name such as Europe/Berlin")
        return cls(date_format, zone_in_header(header_zone) or zone)


def _check_format(date_format: str) -> None:
    """Raises `FileError` for a format that no date fits."""
    try:
        datetime.strptime(datetime(2001, 2, 3, tzinfo=UTC).strftime(date_format), date_format)
    except ValueError as error:
        raise FileError(f"DATE_FORMAT: {date_format!r} is no format of dates: {error}") from error


def zone_in_header(words: str) -> tzinfo | None:
    """The zone that a header names in brackets, such as `UTC` or `GMT+1`."""
    if not words:
        return None
    spelling = spell(f"2000-01-01 00:00 {words}") if len(words) < 40 else None
    return zone_named(words) or (spelling.zone if spelling else None)


@dataclass
class DateReader:
    """Reads the values of a column whose orders are known."""

    now: datetime
    options: DateOptions
    orders: Mapping[str, str] = field(default_factory=dict)
    is_serial: bool = False

    def read(self, value: Any) -> str:
        """RFC 3339 in UTC. Raises `ValueError` with the value and what is wrong with it."""
        if type(value) is str and not self._has_pattern and ISO.fullmatch(value):
            try:
                return self._checked(datetime.fromisoformat(value), value, len(value) == 10)
            except (ValueError, OverflowError):
                pass
        moment, is_day = self._moment(value)
        return self._checked(moment, value, is_day)

    def _moment(self, value: Any) -> tuple[datetime, bool]:
        if self._has_pattern and isinstance(value, str):
            return self._by_format(value.strip())
        spelling = self.spelling(value)
        if spelling is None:
            raise ValueError(f"{shown(value)} is not a date that can be read")
        order = self._order(spelling, value)
        try:
            return spelling.moment(order), spelling.unit != "time"
        except ValueError as error:
            raise ValueError(f"{shown(value)} is no date in the order {order}") from error

    def _by_format(self, text: str) -> tuple[datetime, bool]:
        try:
            moment = datetime.strptime(text, self.options.format)
        except ValueError as error:
            raise ValueError(f"{shown(text)} does not fit DATE_FORMAT") from error
        return moment, not _CLOCK_DIRECTIVES.search(self.options.format)

    def spelling(self, value: Any) -> Spelling | None:
        """A value as it is written; None if it is no date."""
        if self.is_serial and (number := serial(value)) is not None:
            return spelling_of(_from_serial(number))
        return spelling(value)

    def _order(self, spelling: Spelling, value: Any) -> str:
        if not spelling.style:
            return spelling.orders[0]
        option = self.options.format.upper()
        order = option if option in ORDERS else self.orders.get(spelling.style, "")
        days = {spelling.day(one) for one in spelling.orders}
        if order or len(days) == 1:
            return order or spelling.orders[0]
        fits = " and ".join(spelling.orders)
        raise ValueError(f"{shown(value)} fits {fits}; set DATE_FORMAT=")

    def _checked(self, moment: datetime, value: Any, is_day: bool) -> str:
        """The time in UTC. A day that has begun somewhere is not in the future."""
        has_zone = moment.tzinfo is not None
        try:
            moment = (moment if has_zone else moment.replace(tzinfo=self.zone)).astimezone(UTC)
        except OverflowError as error:
            raise ValueError(f"{shown(value)} is not a date that can be read") from error
        if moment > self.now + MAX_CLOCK_SKEW:
            if not is_day or moment > self.now + AHEAD:
                raise ValueError(f"{shown(value)} is in the future{self._advice(moment, has_zone)}")
            moment = self.now
        return moment.isoformat().replace("+00:00", "Z")

    def _advice(self, moment: datetime, has_zone: bool) -> str:
        is_near = not has_zone and moment <= self.now + AHEAD
        return "; if its zone is not UTC, set TZ=" if is_near and not self.options.zone else ""

    @property
    def _has_pattern(self) -> bool:
        return "%" in self.options.format

    @property
    def zone(self) -> tzinfo:
        return self.options.zone or UTC


def spelling(value: Any) -> Spelling | None:
    """A text, number or typed time as it is written; None if it is no date."""
    value = bare(value)
    if isinstance(value, str):
        text = value.strip()
        return spell(text) if len(text) <= LONGEST else None
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _of_number(value)
    if isinstance(value, date):
        return spelling_of(value)
    if isinstance(value, Mapping) and "seconds" in value:  # a time of Protocol Buffers
        return spelling(value["seconds"])
    return None


def _of_number(value: float) -> Spelling | None:
    if isinstance(value, int) and 19_000_101 <= value <= 20_991_231:
        return spell(str(value))
    moment = since_1970(value) if 1e8 <= value < 1e20 else None
    return spelling_of(moment) if moment else None


def serial(value: Any) -> float | None:
    """A day of Excel's calendar: days since the end of 1899."""
    value = bare(value)
    if isinstance(value, str):
        value = float(value) if _SERIAL.fullmatch(value.strip()) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if _SERIALS[0] <= value < _SERIALS[1] else None


def _from_serial(number: float) -> datetime | date:
    moment = _SERIAL_START + timedelta(days=number)
    if moment.time() == time():
        return moment.date()
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def shown(value: Any) -> str:
    """A value for a message, cut to 40 characters."""
    text = value if isinstance(value, str) else text_of(value) or type(value).__name__
    text = text if len(text) <= 40 else f"{text[:39]}…"
    return repr(text.encode("utf-8", "replace").decode())


@dataclass(frozen=True, slots=True)
class DateColumn:
    """How a column of times is read, why, and what only the user can decide."""

    reader: DateReader
    notes: tuple[str, ...]
    questions: tuple[str, ...]


def settle(sample: Dates, rest: Dates, now: datetime, options: DateOptions) -> DateColumn:
    """Decide how a column is read from a sample of it, and from the rest if that is not enough."""
    values = [(line, value) for line, value in sample if text_of(value) or _is_typed(value)]
    if (
        "%" in options.format
        and values
        and not any(_fits(options.format, one) for _, one in values)
    ):
        line, value = values[0]
        raise FileError(
            f"DATE_FORMAT: no date fits {options.format!r}; line {line} has {shown(value)}"
        )
    is_serial = bool(values) and all(serial(value) is not None for _, value in values)
    reader = DateReader(now, options, is_serial=is_serial)
    orders = DateOrders(now + AHEAD)
    written = [*_written(reader, values)]
    if not options.format:
        for one in written:
            orders.add(one)
        if orders.is_open():
            orders.read_on(_written(reader, rest))
    reader.orders = orders.decided()
    notes = (*orders.notes(), *_notes(reader, written))
    return DateColumn(reader, notes, (*orders.questions(), *_zone_questions(reader, written)))


def _fits(date_format: str, value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return bool(datetime.strptime(value.strip(), date_format))
    except ValueError:
        return False


def _is_typed(value: Any) -> bool:
    return isinstance(value, Mapping) and spelling(value) is not None


def _written(reader: DateReader, values: Dates) -> Iterator[Written]:
    for line, value in values:
        if (found := reader.spelling(value)) is not None:
            yield Written(line, text_of(value), found)


def _notes(reader: DateReader, dates: list[Written]) -> Iterator[str]:
    if reader.is_serial:
        yield "Dates are numbers of days, as Excel counts them."
    units = {one.spelling.unit: one for one in reversed(dates)}
    if "month" in units:
        yield f"A month, such as {units['month'].text}, is its first day."
    if "week" in units:
        yield f"A week, such as {units['week'].text}, is its Monday."
    if any(one.spelling.zone is None and one.spelling.clock for one in dates):
        yield f"Times without a zone are in {reader.zone}" + (
            "." if reader.options.zone else "; TZ= names another."
        )


def _zone_questions(reader: DateReader, dates: list[Written]) -> Iterator[str]:
    """A question if times without a zone are in the future by less than a zone's difference."""
    if reader.options.zone:
        return
    for one in dates:
        if one.spelling.zone is None and one.spelling.clock and _is_ahead(reader, one):
            yield (
                f"TZ: line {one.line} has {one.text}, which is in the future in UTC. TZ= names the"
                " zone of times without one, such as TZ=Australia/Sydney."
            )
            return


def _is_ahead(reader: DateReader, written: Written) -> bool:
    spelling = written.spelling
    order = reader.orders.get(spelling.style, "")
    order = order if order in spelling.orders else spelling.orders[0]
    moment = spelling.moment(order).replace(tzinfo=UTC)
    return reader.now + MAX_CLOCK_SKEW < moment <= reader.now + AHEAD
