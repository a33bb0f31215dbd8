"""How numbers and times are written, and how charts look. The theme: .streamlit/config.toml."""

import math
import tomllib
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from dashboard.words import LABELS

COLOURS = {
    "POSITIVE": "#0072B2",
    "NEUTRAL": "#999999",
    "MIXED": "#CC79A7",
    "NEGATIVE": "#D55E00",
}
"""Those of Okabe and Ito, which colour-blind people can tell apart; as in site/app.css."""
THEME: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / ".streamlit" / "config.toml").read_text("utf-8")
)["theme"]
PALETTE: list[str] = THEME["chartCategoricalColors"]
"""For what has no colour of its own: sources, columns of an answer."""
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 6]]
"""How lines differ beside their colour."""
HEIGHT = 320
NONE = "\N{EN DASH}"
"""Where there is no number."""
MOMENT = "%Y-%m-%d %H:%M:%S UTC"
IN_CHARTS = "%Y-%m-%d %H:%M UTC"
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


def ink() -> str:
    """What lines and rules are drawn with, on the viewer's background."""
    is_dark = getattr(st.context.theme, "type", None) == "dark"
    return str(THEME["dark" if is_dark else "light"]["textColor"])


def sentiment_colour(title: str | None = None) -> alt.Color:
    """Each sentiment in its colour, by its name for people, in one order."""
    names = list(LABELS.values())
    scale = alt.Scale(domain=names, range=list(COLOURS.values()))
    legend = alt.Legend(orient="top", title=title, labelFontSize=12, columnPadding=6, symbolSize=80)
    return alt.Color("sentiment:N", scale=scale, legend=legend, title=title)


def time_axis(bucket: str, title: str | None = None) -> alt.X:
    """Hours or days, in UTC whatever zone the browser is in, and named so."""
    unit: Any = "utcyearmonthdatehours" if bucket == "hour" else "utcyearmonthdate"
    form = "%b %d %H:%M" if bucket == "hour" else "%b %d"
    axis = alt.Axis(format=form, labelOverlap=True)
    return alt.X(
        "start:T", timeUnit=unit, title=title or "UTC", scale=alt.Scale(type="utc"), axis=axis
    )


def at_time() -> alt.Tooltip:
    """When, in a chart's tooltip."""
    return alt.Tooltip("start:T", title="Start", format=IN_CHARTS)
