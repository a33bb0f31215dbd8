"""The chart of themes."""

import altair as alt
import pandas as pd

from dashboard.charts.documents import by_sentiment
from dashboard.charts.theme import sentiment_colour

MOST = 12
"""Themes that the chart shows."""


def shares(of_themes: pd.DataFrame) -> alt.Chart:
    """The share of each theme, by sentiment, most documents first. Takes `Overview.shares`."""
    chart: alt.Chart = (
        alt.Chart(by_sentiment(of_themes.head(MOST), "theme"), height=alt.Step(26))
        .mark_bar()
        .encode(
            x=alt.X("documents:Q", title="share of the documents", axis=alt.Axis(format="~%")),
            y=alt.Y("theme:N", sort=None, title=None, axis=alt.Axis(labelLimit=240)),
            color=sentiment_colour(),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("theme:N", title="Theme"),
                alt.Tooltip("sentiment:N", title="Sentiment"),
                alt.Tooltip("documents:Q", title="Share of the documents", format=".1%"),
            ],
        )
    )
    return chart
