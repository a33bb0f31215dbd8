"""Colours, axes and sizes of all charts, by the theme in .streamlit/config.toml."""

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
"""Colours of sources and of columns of a query result."""
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 6]]
"""The dashes that distinguish lines in addition to their colour."""
HEIGHT = 320
IN_CHARTS = "%Y-%m-%d %H:%M UTC"


def ink() -> str:
    """The colour of lines and rules on the viewer's background."""
    is_dark = getattr(st.context.theme, "type", None) == "dark"
    return str(THEME["dark" if is_dark else "light"]["textColor"])


def sentiment_colour(title: str | None = None) -> alt.Color:
    """Each sentiment in its colour, by its label, in a fixed order."""
    names = list(LABELS.values())
    scale = alt.Scale(domain=names, range=list(COLOURS.values()))
    legend = alt.Legend(orient="top", title=title, labelFontSize=12, columnPadding=6, symbolSize=80)
    return alt.Color("sentiment:N", scale=scale, legend=legend, title=title)


def time_axis(bucket: str, title: str | None = None) -> alt.X:
    """Hours or days in UTC, whatever the browser's time zone."""
    unit: Any = "utcyearmonthdatehours" if bucket == "hour" else "utcyearmonthdate"
    form = "%b %d %H:%M" if bucket == "hour" else "%b %d"
    axis = alt.Axis(format=form, labelOverlap=True)
    return alt.X(
        "start:T", timeUnit=unit, title=title or "UTC", scale=alt.Scale(type="utc"), axis=axis
    )


def at_time() -> alt.Tooltip:
    """The start of an hour or a day in a tooltip."""
    return alt.Tooltip("start:T", title="Start", format=IN_CHARTS)
