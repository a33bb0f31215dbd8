"""Reads one spelling of a date. What it cannot decide, such as day and month, it leaves open."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from echostream_import.documents.date_words import ZONES, is_filler, month, zone_named

ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?(?:(?<=:\d\d)(?:Z|[+-]\d\d:\d\d))?",
    re.ASCII,
)
_NUMBER = re.compile(r"\d{8,20}(?:\.\d+)?", re.ASCII)
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?!\d)(?:\s?([ap])\.?\s?m\.?(?!\w))?",
    re.IGNORECASE | re.ASCII,
)
_HOUR = re.compile(r"(?<!\d)(\d{1,2})()()()\s?([ap])\.?\s?m\.?(?!\w)", re.IGNORECASE | re.ASCII)
_OFFSET = re.compile(
    r"(?:UTC|GMT)?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE | re.ASCII
)
_ZONE_NAME = re.compile(r"([A-Za-z]+(?:/[A-Za-z_+-]+)*)(?![\w/])")
_ASIDE = re.compile(r"\s*[(\[]([^)\]]*)[)\]]\s*")
_DAY = re.compile(r"(\d{1,4})([-/.]\s?|\s)(\d{1,2})(?:\2|,? )(\d{1,4})[.,]?", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?", re.ASCII)
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[/.](\d{4})", re.ASCII)
_CJK = str.maketrans({"年": "-", "月": "-", "日": " ", "년": "-", "월": "-", "일": " "})
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th|er|º|ª|o)\b\.?")
_REVIEWED = re.compile(r"reviewed (?:in .+ )?on ", re.IGNORECASE)
LONGEST = 80
"""Characters of a text that can be a date."""
_PIVOT = 69
"""Years of two digits are from 1969 to 2068, as in POSIX."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A date as it is written: three numbers, and the orders of day, month and year that they fit.

    `style` is the separator and the digits of the year, such as `/4`, if a column decides.
    `unit` is what the text names: a `time`, `day`, `week` or `month`.
    """

    numbers: tuple[int, int, int]
    orders: tuple[str, ...]
    style: str = ""
    clock: time | None = None
    zone: tzinfo | None = None
    unit: str = "day"

    def day(self, order: str) -> date:
        """The day in an order such as `DMY`. Raises `ValueError` if there is no such day."""
        by_place = dict(zip(order, self.numbers, strict=True))
        return date(full_year(by_place["Y"], self.style), by_place["M"], by_place["D"])

    def moment(self, order: str) -> datetime:
        """The time, without a zone if the text has none."""
        return datetime.combine(self.day(order), self.clock or time(), self.zone)


def full_year(year: int, style: str) -> int:
    """The year of two digits, in a style without a year of four; else the year itself."""
    return year + (1900 if year >= _PIVOT else 2000) if style.endswith("2") else year


@lru_cache(maxsize=8192)
def spell(text: str) -> Spelling | None:
    """A text of at most `LONGEST` characters as a date; None if it is none."""
    text = " ".join(_REVIEWED.sub("", text).translate(_CJK).split())
    if _NUMBER.fullmatch(text):
        return _compact(text)
    text, named = _without_aside(text)
    match = _CLOCK.search(text) or _HOUR.search(text)
    if not match:
        return _without_clock(text, named)
    clock = _clock(*match.groups())
    before, after = text[: match.start()], text[match.end() :].strip()
    if clock is None or not re.fullmatch(r"|.*\d[T:]|.*[ ,\w.]\s|.*,", before):
        return None
    zone, rest = _zone(after)
    rest = "" if is_filler(rest.casefold()) else rest
    spelling = _day(f"{before.rstrip(' T:,')} {rest}".strip(" ,."))
    if spelling is None or spelling.unit != "day":
        return None
    return _with(spelling, clock, zone or named, "time")


def _with(day: Spelling, clock: time, zone: tzinfo | None, unit: str) -> Spelling:
    return Spelling(day.numbers, day.orders, day.style, clock, zone, unit)


def _without_aside(text: str) -> tuple[str, tzinfo | None]:
    """The text without what stands in brackets at its end, and the zone that this names."""
    match = _ASIDE.search(text)
    if not match or match.end() != len(text):
        return text, None
    return text[: match.start()], zone_named(match[1])


def _without_clock(text: str, zone: tzinfo | None) -> Spelling | None:
    if match := re.fullmatch(r"(.*\d)\s?(Z|UTC|GMT|[+-]\d\d:\d\d)", text):
        text, zone = match[1], _zone(match[2])[0]
    day = _day(text)
    return day and Spelling(day.numbers, day.orders, day.style, None, zone, day.unit)


def _clock(
    hour: str, minute: str, second: str | None, fraction: str | None, half: str | None
) -> time | None:
    hours = int(hour)
    if half and hours <= 12:
        hours = hours % 12 + (12 if half in "pP" else 0)
    elif half in ("a", "A"):
        return None
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        return time(hours, int(minute or 0), min(int(second or 0), 59), micros)
    except ValueError:
        return None


def _zone(text: str) -> tuple[tzinfo | None, str]:
    """The zone at the start of a text, and the rest; no zone if the text begins with none."""
    if match := _OFFSET.match(text):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset < timedelta(hours=15):
            zone = timezone(-offset if sign == "-" else offset) if offset else UTC
            return zone, text[match.end() :].strip()
    if match := _ZONE_NAME.match(text):
        name = match[1]
        zone_of_name = ZONES.get(name.upper()) or (zone_named(name) if "/" in name else None)
        if zone_of_name:
            return zone_of_name, text[match.end() :].strip()
    return None, text


def _day(text: str) -> Spelling | None:
    if match := _DAY.fullmatch(text.rstrip(" -")):
        first, separator, second, third = match.groups()
        return _numeric(first, separator.strip(), second, third)
    if match := _WEEK.fullmatch(text):
        return _iso_week(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := _MONTH.fullmatch(text):
        year, number = (match[1], match[2]) if match[1] else (match[4], match[3])
        return _checked(Spelling((int(year), int(number), 1), ("YMD",), unit="month"))
    return _worded(text)


def _numeric(first: str, separator: str, second: str, third: str) -> Spelling | None:
    numbers = int(first), int(second), int(third)
    if len(first) == 4:
        return _checked(Spelling(numbers, ("YMD",))) if len(third) <= 2 else None
    if len(first) > 2 or len(third) == 3:
        return None
    is_long = len(third) == 4
    orders = (*(("DMY", "MDY") if len(third) > 1 else ()), *(() if is_long else _year_first(first)))
    return _checked(Spelling(numbers, orders, f"{separator or ' '}{len(third) if is_long else 2}"))


def _year_first(first: str) -> tuple[str, ...]:
    """A year has two digits at least."""
    return ("YMD",) if len(first) == 2 else ()


def _checked(spelling: Spelling) -> Spelling | None:
    """The spelling with the orders that give a day; None if no order does."""
    orders = tuple(order for order in spelling.orders if _is_day(spelling, order))
    return (
        Spelling(spelling.numbers, orders, spelling.style, unit=spelling.unit) if orders else None
    )


def _is_day(spelling: Spelling, order: str) -> bool:
    try:
        return spelling.day(order).year >= 1
    except ValueError:
        return False


def _iso_week(year: int, week: int, day: int) -> Spelling | None:
    try:
        found = date.fromisocalendar(year, week, day or 1)
    except ValueError:
        return None
    numbers = found.year, found.month, found.day
    return Spelling(numbers, ("YMD",), unit="day" if day else "week")


def _worded(text: str) -> Spelling | None:
    """A date with the name of a month: `24 Nov 2026`, `Nov 24, 2026`, `2026 Nov 24`, `Nov 2026`."""
    words = [word.rstrip(".") for word in re.split(r"[\s,/\-]+|\.(?=\S)", text.casefold()) if word]
    words = [_ORDINAL.sub(r"\1", word) for word in words if word]
    if not 2 <= len(words) <= 8:
        return None
    tokens = [word for word in words if word.isdecimal() or not is_filler(word)]
    places = [place for place, word in enumerate(tokens) if not word.isdecimal()]
    number = month(tokens[places[0]]) if len(places) == 1 else None
    if number is None or not 2 <= len(tokens) <= 3:
        return None
    others = [token for token in tokens if token.isdecimal()]
    if len(others) == 1:
        return _month_of(others[0], number)
    return _day_of(others, number)


def _month_of(year: str, number: int) -> Spelling | None:
    if len(year) != 4:
        return None
    return _checked(Spelling((int(year), number, 1), ("YMD",), unit="month"))


def _day_of(others: list[str], number: int) -> Spelling | None:
    day, year = reversed(others) if len(others[0]) == 4 else others
    if len(day) > 2 or len(year) not in (2, 4):
        return None
    full = full_year(int(year), str(len(year)))
    return _checked(Spelling((full, number, int(day)), ("YMD",)))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _compact(text: str) -> Spelling | None:
    """Digits only: `20261124`, `20261124090500`, or a time since 1970."""
    if len(text) in (8, 14) and text[:2] in ("19", "20"):
        rest = text[8:]
        clock = _clock(rest[:2], rest[2:4], rest[4:], None, None) if rest else None
        numbers = int(text[:4]), int(text[4:6]), int(text[6:8])
        day = _checked(Spelling(numbers, ("YMD",)))
        if day and (clock or not rest):
            return _with(day, clock, None, "time") if clock else day
    moment = since_1970(float(text))
    return _of(moment) if moment else None


def _of(moment: datetime) -> Spelling:
    numbers = moment.year, moment.month, moment.day
    return Spelling(numbers, ("YMD",), "", moment.time(), moment.tzinfo, "time")


def since_1970(number: float) -> datetime | None:
    """A time by its seconds, milli-, micro- or nanoseconds since 1970, from March 1973 on."""
    for limit, divisor in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if 1e8 <= number / divisor < 1e11 and number < limit:
            seconds = number / divisor
            return None if seconds > 2e10 else _EPOCH + timedelta(seconds=seconds)
    return None


def spelling_of(moment: datetime | date) -> Spelling:
    """A typed date or time as a spelling."""
    if isinstance(moment, datetime):
        return _of(moment)
    return Spelling((moment.year, moment.month, moment.day), ("YMD",))
