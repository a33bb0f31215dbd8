"""Charts of sources, side by side and over time."""

import altair as alt
import pandas as pd

from dashboard.charts.documents import SCORES, by_sentiment
from dashboard.charts.theme import (
    DASHES,
    HEIGHT,
    PALETTE,
    at_time,
    sentiment_colour,
    time_axis,
)
from dashboard.data.formatting import SCORE
from dashboard.data.messages import TEXTS


def shares(of_sources: pd.DataFrame) -> alt.Chart:
    """The four sentiments of each source as one bar. Takes `data.sources.shares`."""
    axis = alt.Axis(labelLimit=160, labelExpr=_name("value"))
    chart: alt.Chart = (
        alt.Chart(by_sentiment(of_sources, "source"), height=alt.Step(26))
        .transform_calculate(name=_name("source"))
        .mark_bar()
        .encode(
            x=alt.X("documents:Q", title="share of its documents", axis=alt.Axis(format=".0%")),
            y=alt.Y("source:N", sort=None, title=None, axis=axis),
            color=sentiment_colour(),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("name:N", title="Source"),
                alt.Tooltip("sentiment:N", title="Sentiment"),
                alt.Tooltip("documents:Q", title="Share", format=".1%"),
            ],
        )
    )
    return chart


def _name(field: str) -> str:
    """An expression of Vega: the name of a source. The name of all other sources is empty."""
    return f"datum.{field} || '{TEXTS['other_sources']}'"


def over_time(counted: pd.DataFrame, bucket: str, number: str, title: str) -> alt.Chart:
    """One number of each source over time."""
    return lines(counted, time_axis(bucket), "source", number, title)


def lines(counted: pd.DataFrame, along: alt.X, name: str, number: str, title: str) -> alt.Chart:
    """One number as lines that differ in colour and dashes, one for each value of column `name`."""
    names = list(dict.fromkeys(counted[name]))
    is_mean = number == "mean_compound"
    legend = alt.Legend(
        orient="top", title=None, labelLimit=160, symbolType="stroke", symbolSize=400
    )
    scale = SCORES if is_mean else alt.Undefined
    unit = "mean score" if is_mean else "documents"
    colours = alt.Scale(domain=names, range=PALETTE)
    dashes = alt.Scale(domain=names, range=DASHES)
    value = alt.Tooltip(f"{number}:Q", title=title, format=SCORE if is_mean else ",")
    chart: alt.Chart = (
        alt.Chart(counted, height=HEIGHT)
        .mark_line(point=True)
        .encode(
            x=along,
            y=alt.Y(f"{number}:Q", title=unit, scale=scale),
            color=alt.Color(f"{name}:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash(f"{name}:N", scale=dashes, legend=legend),
            tooltip=[at_time(), alt.Tooltip(f"{name}:N", title=name.capitalize()), value],
        )
    )
    return chart
