"""Colours, axes and sizes of all charts. The theme: .streamlit/config.toml."""

import tomllib
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from dashboard.data.messages import COLOURS, LABELS

THEME: dict[str, Any] = tomllib.loads(
    (Path(__file__).parents[1] / ".streamlit" / "config.toml").read_text("utf-8")
)["theme"]
PALETTE: list[str] = THEME["chartCategoricalColors"]
"""For what has no colour of its own: sources, columns of an answer."""
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 6]]
"""How lines differ beside their colour."""
HEIGHT = 320
IN_CHARTS = "%Y-%m-%d %H:%M UTC"


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
