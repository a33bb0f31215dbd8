"""Ratings on any scale, as 1 to 5 stars."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from echostream_import.documents.dates import shown
from echostream_import.documents.values import bare, text_of

BEST = 5
_NUMBER = r"(\d{1,3}(?:[.,]\d{1,4})?)"
_UNIT = r"(?:stars?|sterne?n?|estrellas?|estrelas?|étoiles?|stelle|★|⭐)"
_OF = re.compile(
    rf"(?:rated )?{_NUMBER}\s*(?:/|(?:out )?of|von|sur|de|su)\s*(\d{{1,3}})\s*{_UNIT}?"
)
_STARS = re.compile(rf"(?:rated )?{_NUMBER}\s*{_UNIT}")
_PERCENT = re.compile(rf"{_NUMBER}\s?%")
_LABELLED = re.compile(rf"{_NUMBER}\s*(?:[-\u2013\u2014:=]|(?=\())\s*\D.*", re.DOTALL)
_PATTERNS = (
    (re.compile(_NUMBER, re.ASCII), 0),
    (_LABELLED, 0),
    (_STARS, BEST),
    (_PERCENT, 100),
)
_LONGEST = 100
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_WORD = re.compile(rf"({'|'.join(_WORDS)})(?:[ _]stars?)?")
_FULL, _ANY = "★⭐✭🌟", re.compile("[★⭐✭🌟☆✩✰]+")
_RANGE = re.compile(r"(?<!\d)(0|1)\s*(?:-|\u2013|to|bis|à|a)\s*(5|7|10|100)(?!\d)")
_TYPICAL = 0.98
"""Of many values, this share decides the scale: a slip of the keyboard does not."""
_MANY = 50


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating as it is written. `best` is the best possible one if the text names it, else 0."""

    number: float
    best: float = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """The worst and the best rating of a column."""

    worst: float
    best: float

    def stars(self, number: float) -> float:
        """A rating as stars, to two decimals. Raises `ValueError` if it is not on the scale."""
        if not self.worst <= number <= self.best:
            raise ValueError(f"not on the scale of {self}")
        share = (number - self.worst) / (self.best - self.worst)
        stars = round(1 + (BEST - 1) * share, 2)
        return int(stars) if stars.is_integer() else stars

    def __str__(self) -> str:
        return f"{self.worst:g} to {self.best:g}"


FIVE = Scale(1, BEST)


def rated(value: Any) -> Rated | None:
    """A rating as a number; None if the value is none."""
    value = bare(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        is_number = -1000 < value < 1000 if isinstance(value, int) else math.isfinite(value)
        return Rated(float(value)) if is_number else None
    return _of_text(value.strip().casefold()) if isinstance(value, str) else None


def _of_text(text: str) -> Rated | None:
    if len(text) > _LONGEST:
        return None
    for pattern, best in _PATTERNS:
        if match := pattern.fullmatch(text):
            return Rated(_number(match[1]), best)
    if match := _OF.fullmatch(text):
        return Rated(_number(match[1]), float(match[2])) if int(match[2]) > 1 else None
    if match := _WORD.fullmatch(text):
        return Rated(_WORDS[match[1]], BEST)
    return _of_symbols(text.replace("\ufe0f", "").replace(" ", ""))


def _of_symbols(text: str) -> Rated | None:
    if not 0 < len(text) <= 10 or not _ANY.fullmatch(text):
        return None
    return Rated(sum(text.count(one) for one in _FULL), BEST if len(text) <= BEST else 10)


def _number(digits: str) -> float:
    return float(digits.replace(",", "."))


@dataclass(frozen=True, slots=True)
class RatingReader:
    """Reads the values of a column; `scale` is that of numbers, `scales` those by a named best."""

    scale: Scale
    scales: dict[float, Scale]

    def read(self, value: Any) -> float:
        """The stars. Raises `ValueError` that says why the value is no rating."""
        found = rated(value)
        if found is None:
            raise ValueError(f"{shown(text_of(value) or value)} is not a rating")
        by_best = self.scales.get(found.best) or _of_best(found.best or BEST, ())
        scale = by_best if found.best else self.scale
        if found.number == 0 and scale == FIVE:
            raise ValueError("0 of 5 is no rating")
        return scale.stars(found.number)

    def note(self, column: str) -> str:
        """How the column is read, as a sentence."""
        scales = dict.fromkeys((self.scale, *self.scales.values()))
        others = [scale for scale in scales if scale != FIVE]
        if not others:
            return f"Ratings in {column!r} are 1 to 5."
        listed = " and ".join(map(str, others))
        return f"Ratings in {column!r} are {listed}; they are converted to 1 to 5."


def settle(values: Iterable[Any], header: str, is_weak: bool) -> RatingReader | None:
    """How a column is read, by the range of a sample; None if it has no ratings.

    `is_weak` columns, such as `score`, must have ratings only, and not numbers such as votes.
    """
    cells = [value for value in values if text_of(value)]
    found = [one for value in cells if (one := rated(value))]
    if not found or len(found) < len(cells) * (1 if is_weak else 0.5):
        return None
    plain = [one.number for one in found if not one.best]
    scale = _in_header(header) or (_of_numbers(plain, is_weak) if plain else FIVE)
    by_best: dict[float, list[float]] = {}
    for one in found:
        if one.best:
            by_best.setdefault(one.best, []).append(one.number)
    scales = {best: _of_best(best, numbers) for best, numbers in by_best.items()}
    return RatingReader(scale, scales) if scale else None


def _of_best(best: float, numbers: Iterable[float]) -> Scale:
    """The scale of ratings such as `8/10`: from 1, or from 0 if it is long or one is 0."""
    from_zero = best >= 20 or (best != BEST and 0 in numbers)
    return Scale(0 if from_zero else 1, best)


def _in_header(header: str) -> Scale | None:
    match = _RANGE.search(header.casefold())
    return Scale(float(match[1]), float(match[2])) if match else None


def _of_numbers(numbers: list[float], is_weak: bool) -> Scale | None:
    """The shortest usual scale that has the numbers."""
    if (min(numbers) < 0 and is_weak) or (set(numbers) <= {0, 1} and 0 in numbers):
        return None
    for scale in _usual_scales(numbers):
        inside = sum(scale.worst <= number <= scale.best or number == 0 for number in numbers)
        if inside >= len(numbers) * (_TYPICAL if len(numbers) >= _MANY and not is_weak else 1):
            is_votes = is_weak and scale.best > 10 and sorted(numbers)[len(numbers) // 2] < 20
            return None if is_votes else scale
    return None


def _usual_scales(numbers: list[float]) -> Iterable[Scale]:
    counts = Counter(numbers)
    has_halves = 0.5 in counts
    yield Scale(0.5, 5) if has_halves else FIVE
    if len(numbers) >= _MANY and max(numbers) == 7 and counts[7] > 1 and 0 not in counts:
        yield Scale(1, 7)
    yield Scale(0 if 0 in counts else 1, 10)
    yield Scale(0, 100)
