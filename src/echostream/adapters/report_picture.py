"""Draws the picture of a report: documents by hour or day stacked by sentiment, and mean scores.

Only texts in ASCII are drawn: Pillow's own font has no other characters. Everything is drawn at
twice its size and made smaller, which smooths lines and letters. The same report gives the same
picture with the same version of Pillow.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from echostream.domain.digest.report import PeriodReport
from echostream.domain.digest.report_texts import (
    WEEKDAYS,
    alternative_text,
    capital,
    heading,
    headline,
    score,
)
from echostream.domain.model import UNSCORED, Count, in_words
from echostream.domain.picture import Picture

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

WIDTH, HEIGHT = 960, 480
SCALE = 2
COLOURS = {
    "unscored": "#666666",
    "negative": "#d55e00",
    "mixed": "#cc79a7",
    "neutral": "#999999",
    "positive": "#0072b2",
}
"""From the bottom of a bar to its top; as on the page (site/messages.json)."""
INK, GREY, GRID, PAPER = "#1f2328", "#57606a", "#d8dee4", "#ffffff"
LEFT, RIGHT = 84, 940
BARS_TOP, BARS_BOTTOM = 112, 308
MEAN_TOP, MEAN_BOTTOM = 348, 424
TITLE, TEXT = 20, 14
"""Sizes of letters."""
MEANS = (0.1, 0.25, 0.5, 1.0)
"""The largest values that the axis of the mean score can have."""
NO_DOCUMENTS = "No documents in this period"


def draw(report: PeriodReport) -> Picture:
    """The picture of a report."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    _Chart(report, _Canvas(ImageDraw.Draw(image))).draw()
    file = io.BytesIO()
    image.reduce(SCALE).save(file, "PNG", optimize=True)
    return Picture(file.getvalue(), WIDTH, HEIGHT, alternative_text(report))


@cache
def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size * SCALE)


@dataclass(frozen=True)
class _Canvas:
    """Draws at the scale. Anchors are Pillow's, such as `rm`: to the left of a point."""

    pencil: "ImageDraw"

    def rectangle(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        """A rectangle of at least one point, without its right and bottom edge."""
        x, y = round(left * SCALE), round(top * SCALE)
        last = max(x, round(right * SCALE) - 1), max(y, round(bottom * SCALE) - 1)
        self.pencil.rectangle((x, y, *last), fill=fill)

    def line(self, points: Sequence[tuple[float, float]], fill: str, width: int) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.pencil.line(scaled, fill=fill, width=width * SCALE, joint="curve")

    def dot(self, x: float, y: float, radius: float, fill: str) -> None:
        self.pencil.circle((x * SCALE, y * SCALE), radius * SCALE, fill=fill)

    def text(self, at: tuple[float, float], text: str, anchor: str, size: int = TEXT) -> None:
        """A text; a title is darker."""
        x, y = at
        fill = INK if size == TITLE else GREY
        place = x * SCALE, y * SCALE
        self.pencil.text(place, text, font=_font(size), fill=fill, anchor=anchor)

    def width(self, text: str, size: int = TEXT) -> float:
        """The width of a text."""
        return self.pencil.textlength(text, font=_font(size)) / SCALE

    def fitting(self, text: str, width: float, size: int) -> str:
        """A text, cut if it is wider than that."""
        while self.width(text, size) > width:
            text = f"{text.removesuffix('...')[:-1]}..."
        return text


@dataclass(frozen=True)
class _Chart:
    report: PeriodReport
    canvas: _Canvas

    def draw(self) -> None:
        self._title()
        self._legend()
        self._axis_of_documents()
        self._axis_of_means()
        self._axis_of_time()
        if not self.report.total.total:
            centre = (LEFT + RIGHT) / 2, (BARS_TOP + BARS_BOTTOM) / 2
            self.canvas.text(centre, NO_DOCUMENTS, "mm", TITLE)
            return
        self._bars()
        self._means()

    @cached_property
    def counts(self) -> Sequence[Count]:
        return self.report.by_time

    @cached_property
    def step(self) -> int:
        """The distance of ticks of the axis of documents: 1, 2 or 5 with zeros."""
        return _step(max(count.total for count in self.counts))

    @cached_property
    def top(self) -> int:
        """The number of documents at the end of their axis."""
        largest = max(1, *(count.total for count in self.counts))
        return self.step * math.ceil(largest / self.step)

    @cached_property
    def largest_mean(self) -> float:
        """The mean score at the ends of its axis."""
        means = [abs(count.mean or 0.0) for count in self.counts]
        return next(value for value in MEANS if value >= min(1.0, max(means)))

    def _title(self) -> None:
        title = self.canvas.fitting(heading(self.report), RIGHT - 20, TITLE)
        self.canvas.text((20, 30), title, "lm", TITLE)
        self.canvas.text((20, 58), capital(headline(self.report.total)), "lm")

    def _legend(self) -> None:
        x: float = RIGHT
        for name, colour in COLOURS.items():
            if name == UNSCORED.lower() and not self.report.total.unscored:
                continue
            label = capital(in_words(name.upper()))
            x -= self.canvas.width(label)
            self.canvas.text((x, 58), label, "lm")
            self.canvas.rectangle(x - 18, 52, x - 6, 64, colour)
            x -= 36

    def _axis_of_documents(self) -> None:
        self.canvas.text((20, 90), f"Documents by {self.report.period.bucket}", "lm")
        for number in range(0, self.top + 1, self.step):
            y = self._height(number)
            self.canvas.line([(LEFT, y), (RIGHT, y)], GRID, 1)
            self.canvas.text((LEFT - 10, y), short(number), "rm")

    def _axis_of_means(self) -> None:
        self.canvas.text((20, MEAN_TOP - 18), "Mean score", "lm")
        for value in (-self.largest_mean, 0.0, self.largest_mean):
            y = self._mean_height(value)
            self.canvas.line([(LEFT, y), (RIGHT, y)], GRID, 1)
            self.canvas.text((LEFT - 10, y), score(value) if value else "0", "rm")

    def _axis_of_time(self) -> None:
        is_day = self.report.period.bucket == "hour"
        for place, count in enumerate(self.counts):
            day = f"{WEEKDAYS[count.hour.weekday()][:3]} {count.hour:%m-%d}"
            hour = f"{count.hour:%H:%M}" if place % 3 == 0 else ""
            at = self._middle(place), MEAN_BOTTOM + 16
            self.canvas.text(at, hour if is_day else day, "mm")
        name = "Start of the hour (UTC)" if is_day else "Day (UTC)"
        self.canvas.text(((LEFT + RIGHT) / 2, MEAN_BOTTOM + 40), name, "mm")

    def _bars(self) -> None:
        half = self._slot * 0.4
        for place, count in enumerate(self.counts):
            x, below = self._middle(place), 0
            for name, colour in COLOURS.items():
                number = getattr(count, name)
                if number:
                    top, bottom = round(self._height(below + number)), round(self._height(below))
                    self.canvas.rectangle(x - half, min(top, bottom - 1), x + half, bottom, colour)
                below += number

    def _means(self) -> None:
        for part in _parts(self.counts):
            points = [(self._middle(place), self._mean_height(mean)) for place, mean in part]
            if len(points) > 1:
                self.canvas.line(points, INK, 2)
            for x, y in points:
                self.canvas.dot(x, y, 3.5, INK)

    @property
    def _slot(self) -> float:
        return (RIGHT - LEFT) / len(self.counts)

    def _middle(self, place: int) -> float:
        return LEFT + self._slot * (place + 0.5)

    def _height(self, number: int) -> float:
        return BARS_BOTTOM - (BARS_BOTTOM - BARS_TOP) * number / self.top

    def _mean_height(self, mean: float) -> float:
        return (MEAN_TOP + MEAN_BOTTOM) / 2 - (
            MEAN_BOTTOM - MEAN_TOP
        ) / 2 * mean / self.largest_mean


def _step(largest: int) -> int:
    """Of 1, 2 or 5 with zeros, the smallest that gives at most five parts."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if factor * size * 5 >= largest:
                return factor * size
        size *= 10


def short(number: int) -> str:
    """A number of an axis, with at most seven characters below 10^12."""
    for unit, letter in ((10**9, "B"), (10**6, "M")):
        if number >= unit:
            return f"{number / unit:g}{letter}"
    return f"{number:,}"


def _parts(counts: Sequence[Count]) -> Iterator[list[tuple[int, float]]]:
    """The mean scores by place, in parts without gaps."""
    part: list[tuple[int, float]] = []
    for place, count in enumerate(counts):
        if count.mean is not None:
            part.append((place, count.mean))
        elif part:
            yield part
            part = []
    if part:
        yield part
