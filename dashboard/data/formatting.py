"""How the dashboard formats numbers, scores and times."""

import math
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

NONE = "\N{EN DASH}"
"""Shown instead of a missing number."""
MOMENT = "%Y-%m-%d %H:%M:%S UTC"
SCORE = "+.2f"


def count(number: float) -> str:
    """A whole number with thousands separators."""
    return f"{number:,.0f}"


def percent(part: int, whole: int) -> str:
    """A share with one decimal, halves rounded up as on the page; a dash if the whole is zero."""
    return f"{_rounded(Decimal(100 * int(part)) / int(whole), 1)}%" if whole else NONE


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def score(number: float | None) -> str:
    """A score from -1 to +1, with its sign; zero has no sign."""
    return signed(number, 2)


def signed(number: float | None, places: int) -> str:
    """A number with its sign and thousands separators; a dash if there is none."""
    if number is None or math.isnan(number):
        return NONE
    text = f"{_rounded(Decimal(repr(float(number))), places):+,}"
    return text if text.strip("+-0.,") else text[1:]


def dollars(amount: float) -> str:
    """US dollars and cents. The sign is escaped: two of them delimit a formula in Markdown."""
    return f"\\${amount:,.2f}"


def moment(time: datetime) -> str:
    """A date and time with its zone."""
    return time.strftime(MOMENT)
