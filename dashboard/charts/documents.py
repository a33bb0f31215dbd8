"""Charts of documents over time and of scores."""

import altair as alt
import pandas as pd

from dashboard.charts.theme import HEIGHT, at_time, ink, sentiment_colour, time_axis
from dashboard.data.formatting import SCORE
from dashboard.data.messages import LABELS

SCORES = alt.Scale(domain=[-1, 1])
LOW = 220


def volume(over_time: pd.DataFrame, bucket: str) -> alt.Chart:
    """Documents over time, stacked by sentiment. Takes `live.TIME_COLUMNS`."""
    title = f"documents per {bucket}"
    chart: alt.Chart = (
        alt.Chart(by_sentiment(over_time, "start"), height=HEIGHT)
        .mark_bar()
        .encode(
            x=time_axis(bucket),
            y=alt.Y("documents:Q", title=title, axis=alt.Axis(tickMinStep=1)),
            color=sentiment_colour(),
            order=alt.Order("order:Q", sort="descending"),
            tooltip=[
                at_time(),
                alt.Tooltip("sentiment:N", title="Sentiment"),
                alt.Tooltip("documents:Q", title="Documents", format=","),
            ],
        )
    )
    return chart


def by_sentiment(counted: pd.DataFrame, along: str) -> pd.DataFrame:
    """A row for each sentiment of each row of counts, with its label and its order."""
    names = {name.lower(): label for name, label in LABELS.items()}
    long = counted.melt(along, list(names), "sentiment", "documents")
    long["order"] = long["sentiment"].map({name: index for index, name in enumerate(names)})
    long["sentiment"] = long["sentiment"].map(names)
    return long


def mean(over_time: pd.DataFrame, bucket: str) -> alt.LayerChart:
    """Mean score over time, from -1 to 1. Takes `live.TIME_COLUMNS`."""
    line = (
        alt.Chart(over_time, height=LOW)
        .mark_line(point={"color": ink()}, color=ink())
        .encode(
            x=time_axis(bucket),
            y=alt.Y("mean_compound:Q", title="mean score", scale=SCORES),
            tooltip=[
                at_time(),
                alt.Tooltip("mean_compound:Q", title="Mean score", format=SCORE),
                alt.Tooltip("total:Q", title="Documents", format=","),
            ],
        )
    )
    chart: alt.LayerChart = _zero() + line
    return chart


def _zero() -> alt.Chart:
    """The line between negative and positive."""
    rule = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color=ink(), opacity=0.4)
    line: alt.Chart = rule.encode(y=alt.Y("y:Q", title="mean score", scale=SCORES))
    return line


def scores(shares: dict[str, float]) -> alt.Chart:
    """The four scores of one text, from 0 to 1."""
    frame = pd.DataFrame(
        {"sentiment": [LABELS[name] for name in shares], "score": list(shares.values())}
    )
    order = list(LABELS.values())
    chart: alt.Chart = (
        alt.Chart(frame, height=160)
        .mark_bar()
        .encode(
            x=alt.X("score:Q", scale=alt.Scale(domain=[0, 1]), title="score"),
            y=alt.Y("sentiment:N", sort=order, title=None, axis=alt.Axis(labelOverlap=False)),
            color=sentiment_colour().legend(None),
            tooltip=[
                alt.Tooltip("sentiment:N", title="Sentiment"),
                alt.Tooltip("score:Q", title="Score", format=".3f"),
            ],
        )
    )
    return chart
