"""How numbers, scores and times are written."""

import math
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

NONE = "\N{EN DASH}"
"""Where there is no number."""
MOMENT = "%Y-%m-%d %H:%M:%S UTC"
SCORE = "+.2f"


def count(number: float) -> str:
    """A whole number, thousands apart."""
    return f"{number:,.0f}"


def percent(part: int, whole: int) -> str:
    """A share with one decimal, halves up as on the page; a dash where there is none."""
    return f"{_rounded(Decimal(100 * int(part)) / int(whole), 1)}%" if whole else NONE


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def score(number: float | None) -> str:
    """A score from -1 to +1, with its sign; zero has none."""
    if number is None or math.isnan(number):
        return NONE
    shown = f"{_rounded(Decimal(repr(float(number))), 2):+}"
    return shown[1:] if float(shown) == 0 else shown


def dollars(amount: float) -> str:
    """US dollars and cents. The sign is escaped: Markdown takes two of them for a formula."""
    return f"\\${amount:,.2f}"


def moment(time: datetime) -> str:
    """A time with its zone."""
    return time.strftime(MOMENT)
