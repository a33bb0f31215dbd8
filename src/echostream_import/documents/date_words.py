"""Words in dates: months, weekdays and abbreviations of time zones."""

from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LANGUAGES = _set("de fr es pt it nl pl ru uk cs sk sv da nb fi tr hu ro el ca id vi")
_HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "WET": 0, "WEST": 1, "BST": 1,
    "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "TRT": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "NST": -3.5, "NDT": -2.5, "ADT": -3,
    "BRT": -3, "ART": -3, "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "PKT": 5, "WIB": 7, "ICT": 7,
    "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours east of UTC. RFC 2822 defines EST to PDT. IST and AST are of several zones."""
ZONES = {name: timezone(timedelta(hours=hours)) if hours else UTC for name, hours in _HOURS.items()}
ENGLISH_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june"),
            *("jul july", "aug august", "sep sept september", "oct october", "nov november"),
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
ENGLISH_DAYS = _set(
    "mon tue tues wed thu thur thurs fri sat sun"
    " monday tuesday wednesday thursday friday saturday sunday"
)
FILLERS = _set("of on the at de del den der le la um kl uhr à às alle ore \u0433 año")


def month(word: str) -> int | None:
    """The number of a month, by its name in English or a language of Europe or South-East Asia."""
    return ENGLISH_MONTHS.get(word) or _other_months().get(word)


def is_filler(word: str) -> bool:
    """Whether a word in a date says nothing: a weekday, or a word such as `of`."""
    return word in ENGLISH_DAYS or word in FILLERS or word in _other_days()


@cache
def _other_months() -> dict[str, int]:
    """Names of months, without those that two languages give to different months."""
    found: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for form in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in form[width].items():
                    found.setdefault(name.casefold().rstrip("."), set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


@cache
def _other_days() -> frozenset[str]:
    return frozenset(
        name.casefold().rstrip(".")
        for language in _LANGUAGES
        for form in Locale(language).days.values()
        for width in ("wide", "abbreviated")
        for name in form[width].values()
    )


_REGIONS = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}  # fmt: skip


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo | None:
    """A zone by its IANA name, such as `Europe/Berlin`, or a known abbreviation."""
    if name.upper() in ZONES:
        return ZONES[name.upper()]
    name = _REGIONS.get(name.upper(), name)
    try:
        return ZoneInfo(name) if name and not name.isdecimal() else None
    except (OSError, ValueError, LookupError):  # a folder of the database, a path, no zone
        return None
