"""The picture of a report: its size, its colours, and that nothing overlaps or is cut."""

import io
import json
import subprocess
import sys

import pytest
from PIL import Image

from echostream.adapters import report_picture
from echostream.adapters.report_picture import (
    BARS_BOTTOM,
    BARS_TOP,
    COLOURS,
    LEFT,
    RIGHT,
    draw,
    short,
)
from echostream.domain.digest.report_periods import ReportKind
from echostream_cli.paths import ROOT
from tests.reports import report

WEEKLY = ReportKind.WEEKLY
DAY = {n: (20 + n, 10, 5, 2, (n - 12) / 24) for n in range(24) if n not in (4, 5, 9)}
WEEK = {n: (400, 300, 200, 50, 0.1 * (-1) ** n) for n in range(7)}
PEAK = {13: (60_000, 30_000, 9_000, 1_000, -0.95)}
CASES = {
    "day": (ReportKind.DAILY, DAY),
    "week": (WEEKLY, WEEK),
    "empty": (ReportKind.DAILY, {}),
    "empty week": (WEEKLY, {}),
    "peak": (ReportKind.DAILY, PEAK),
    "no score": (WEEKLY, {2: (0, 0, 0, 0, 0, 70), 3: (9, 0, 0, 0, 0.5, 1)}),
    "one document": (WEEKLY, {3: (1, 0, 0, 0, 1.0)}),
    "huge": (WEEKLY, dict.fromkeys(range(7), (10**9, 10**8, 0, 0, -1.0))),
}


def opened(kind, counts, tenant="acme"):
    picture = draw(report(kind, counts, tenant))
    return Image.open(io.BytesIO(picture.data)).convert("RGB")


def colour(image, x, y):
    return "#{:02x}{:02x}{:02x}".format(*image.getpixel((round(x), round(y))))


def middle(place, number):
    """The horizontal position of a bar."""
    return LEFT + (RIGHT - LEFT) * (place + 0.5) / number


@pytest.mark.parametrize("name", CASES)
def test_picture_is_a_small_png_of_its_size(name):
    """It says what it shows, for those who do not see it."""
    picture = draw(report(*CASES[name]))
    image = Image.open(io.BytesIO(picture.data))
    assert (image.format, image.size) == ("PNG", (960, 480))
    assert (picture.width, picture.height) == image.size
    assert len(picture.data) < 100_000
    assert picture.alt.startswith("Chart of the documents by ")


def test_bars_are_stacked_by_sentiment():
    """From the bottom: not scored, negative, mixed, neutral, positive; without documents no bar."""
    image = opened(ReportKind.DAILY, {3: (20, 20, 20, 20, 0, 20)})
    height = (BARS_BOTTOM - BARS_TOP) / 5
    found = [
        colour(image, middle(3, 24), BARS_BOTTOM - height * (n + 0.5)) for n in range(len(COLOURS))
    ]
    assert found == list(COLOURS.values())
    assert colour(image, middle(4, 24), BARS_BOTTOM - height / 2) == report_picture.PAPER


def test_hour_with_few_documents_beside_a_peak_is_visible():
    """It has at least a point."""
    image = opened(ReportKind.DAILY, {**PEAK, 3: (0, 1, 0, 0)})
    assert colour(image, middle(3, 24), BARS_BOTTOM - 1) == COLOURS["negative"]


def test_mean_score_is_a_line_on_an_axis_of_its_own():
    """Above the middle if it is positive; hours without documents are gaps."""
    image = opened(ReportKind.DAILY, {2: (9, 0, 0, 0, 0.5), 4: (0, 9, 0, 0, -0.5)})
    top, bottom = report_picture.MEAN_TOP, report_picture.MEAN_BOTTOM
    found = [colour(image, middle(n, 24), y) for n in (2, 4) for y in (top, bottom)]
    is_ink = [one == report_picture.INK for one in found]
    assert is_ink == [True, False, False, True]
    assert colour(image, middle(3, 24), (top + bottom) / 2) == report_picture.GRID


def test_legend_has_the_colours():
    """Each once, outside of the bars; that of documents without a score if there are any."""
    for unscored in (0, 1):
        image = opened(ReportKind.DAILY, {3: (1, 0, 0, 0, 0, unscored)})
        points = {colour(image, x, 58) for x in range(400, RIGHT)}
        expected = [one for name, one in COLOURS.items() if unscored or name != "unscored"]
        assert points >= set(expected)
        assert (COLOURS["unscored"] in points) == bool(unscored)


def test_colours_are_those_of_the_page():
    """In site/messages.json."""
    messages = json.loads((ROOT / "site" / "messages.json").read_text())
    page = {one["name"].lower(): one["colour"] for one in messages["sentiments"]}
    assert page == COLOURS


@pytest.mark.parametrize("tenant", ["acme", "W" * 63])
@pytest.mark.parametrize("name", CASES)
def test_texts_are_inside_and_do_not_overlap(monkeypatch, name, tenant):
    """By the boxes of all texts that are drawn."""
    boxes = []

    class Canvas(report_picture._Canvas):
        def text(self, at, text, anchor, size=report_picture.TEXT):
            super().text(at, text, anchor, size)
            font = report_picture._font(size)
            place = at[0] * 2, at[1] * 2
            if text:
                boxes.append((text, self.pencil.textbbox(place, text, font=font, anchor=anchor)))

    monkeypatch.setattr(report_picture, "_Canvas", Canvas)
    draw(report(*CASES[name], tenant))
    assert len(boxes) > 15
    for place, (text, (left, top, right, bottom)) in enumerate(boxes):
        assert left >= 0, text
        assert top >= 0, text
        assert right <= 2 * 960, text
        assert bottom <= 2 * 480, text
        for other, (x, y, last_x, last_y) in boxes[place + 1 :]:
            is_apart = right <= x or last_x <= left or bottom <= y or last_y <= top
            assert is_apart, f"{text} overlaps {other}"


def test_period_without_documents_says_so(monkeypatch):
    """In the middle of the empty chart; other charts have no such text."""
    texts = []
    drawn = report_picture._Canvas.text

    def text(self, at, content, *arguments):
        texts.append(content)
        drawn(self, at, content, *arguments)

    monkeypatch.setattr(report_picture._Canvas, "text", text)
    draw(report())
    assert report_picture.NO_DOCUMENTS in texts
    assert "No documents" in texts
    texts.clear()
    draw(report(*CASES["day"]))
    assert report_picture.NO_DOCUMENTS not in texts


def test_same_report_gives_the_same_picture():
    """In another process, too."""
    code = (
        "import hashlib; from tests.unit.echostream.test_report_picture import CASES;"
        " from tests.reports import report; from echostream.adapters.report_picture import draw;"
        " print(hashlib.sha256(draw(report(*CASES['day'])).data).hexdigest())"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert len(runs[0].stdout) == 65


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999_999, "999,999"), (1_500_000, "1.5M"), (2 * 10**9, "2B"), (80_000, "80,000")],
)
def test_numbers_of_an_axis_are_short(number, text):
    assert short(number) == text


def test_pillow_is_loaded_for_a_picture_only():
    """`GET /digest` does not wait for it."""
    code = "import sys, echostream.adapters.report_picture; print('PIL' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout == b"False\n"
