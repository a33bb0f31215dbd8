"""Formats floating-point numbers as Java does, and therefore Athena."""

from decimal import Decimal
from math import isinf, isnan

import numpy as np


def java_double(value: float) -> str:
    """A double as `Double.toString` formats it: `1.0`, `1.0E10`, `0.001`, `NaN`.

    The shortest digits that parse to the same double, at least two: a one-digit number gets the
    nearest two digits (4.9E-324, where Python prints 5e-324).
    """
    short = _special(value)
    if short:
        return short
    nearest = f"{value:.1e}"
    return _java(repr(value), nearest if float(nearest) == value else None)


def java_float(value: float) -> str:
    """A real (a float of 32 bits, given as a Python float) as `Float.toString` formats it."""
    short = _special(value)
    if short:
        return short
    narrow, nearest = np.float32(value), f"{value:.1e}"
    return _java(str(narrow), nearest if np.float32(nearest) == narrow else None)


def _special(value: float) -> str:
    if isnan(value):
        return "NaN"
    sign = "-" if str(value).startswith("-") else ""
    if isinf(value):
        return f"{sign}Infinity"
    return "" if value else f"{sign}0.0"


def _java(shortest: str, two_digits: str | None) -> str:
    """A number in Java's notation: plain from 1e-3 up to 1e7, otherwise with an exponent."""
    sign, digits, exponent = _digits(shortest)
    if len(digits) == 1 and two_digits:
        sign, digits, exponent = _digits(two_digits)
    if -3 <= exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    if 0 <= exponent < 7:
        whole, part = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
        return f"{sign}{whole}.{part or '0'}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _digits(number: str) -> tuple[str, str, int]:
    """Sign, digits without trailing zeros, and the decimal exponent of the first digit."""
    parts = Decimal(number).as_tuple()
    digits = "".join(map(str, parts.digits))
    exponent = len(digits) - 1 + int(parts.exponent)
    return "-" * parts.sign, digits.rstrip("0"), exponent
