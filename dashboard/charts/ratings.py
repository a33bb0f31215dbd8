"""The chart of ratings and scores."""

import altair as alt
import pandas as pd

from dashboard.charts.theme import ink

SHADES = ["#eef3f8", "#00568a"]
"""From no document to the most of a cell."""


def heat_map(counted: pd.DataFrame) -> alt.LayerChart:
    """Documents by stars and sentiment; cells with some that disagree have a frame.

    Takes `data.ratings.cells`.
    """
    order = list(dict.fromkeys(counted["sentiment"]))
    most = max(1, int(counted["documents"].max()))
    base = alt.Chart(counted, height=alt.Step(34)).encode(
        x=alt.X("sentiment:N", sort=order, title=None, axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("stars:O", sort="descending", title="stars"),
        tooltip=[
            alt.Tooltip("stars:O", title="Stars"),
            alt.Tooltip("sentiment:N", title="Sentiment"),
            alt.Tooltip("documents:Q", title="Documents", format=","),
            alt.Tooltip("disagreeing:Q", title="Disagree", format=","),
        ],
    )
    shade = alt.Color("documents:Q", scale=alt.Scale(domain=[0, most], range=SHADES), legend=None)
    cell = base.mark_rect(strokeWidth=3).encode(
        color=shade,
        stroke=alt.condition("datum.disagreeing > 0", alt.value(ink()), alt.value(None)),
    )
    is_dark = f"datum.documents > {most / 2}"
    number = base.mark_text(fontSize=14).encode(
        text=alt.Text("documents:Q", format=","),
        color=alt.condition(is_dark, alt.value("#ffffff"), alt.value("#0a1016")),
    )
    chart: alt.LayerChart = cell + number
    return chart
