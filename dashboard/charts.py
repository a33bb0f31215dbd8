"""The charts. Colours are those of Okabe and Ito, which colour-blind people can tell apart."""

import altair as alt
import pandas as pd

COLOURS = {
    "POSITIVE": "#0072B2",
    "NEUTRAL": "#999999",
    "MIXED": "#CC79A7",
    "NEGATIVE": "#D55E00",
}
HEIGHT = 220


def volume(over_time: pd.DataFrame, bucket: str) -> alt.Chart:
    """Documents over time, stacked by sentiment. Takes `data.TIME_COLUMNS`."""
    names = {name.lower(): name for name in COLOURS}
    long = over_time.melt("start", list(names), "sentiment", "documents")
    long["sentiment"] = long["sentiment"].map(names)
    chart: alt.Chart = (
        alt.Chart(long, height=HEIGHT)
        .mark_bar()
        .encode(
            x=_time(bucket),
            y=alt.Y("documents:Q", title=f"documents per {bucket}", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "sentiment:N",
                scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
                legend=alt.Legend(orient="top", title=None),
            ),
            tooltip=[alt.Tooltip("start:T", format="%Y-%m-%d %H:%M UTC"), "sentiment", "documents"],
        )
    )
    return chart


def scores(shares: dict[str, float]) -> alt.Chart:
    """The four scores of one text, from 0 to 1."""
    frame = pd.DataFrame({"sentiment": list(shares), "score": list(shares.values())})
    labels = alt.Axis(labelOverlap=False)
    colour = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    chart: alt.Chart = (
        alt.Chart(frame, height=160)
        .mark_bar()
        .encode(
            x=alt.X("score:Q", scale=alt.Scale(domain=[0, 1]), title="score"),
            y=alt.Y("sentiment:N", sort=list(COLOURS), title=None, axis=labels),
            color=alt.Color("sentiment:N", scale=colour, legend=None),
            tooltip=["sentiment", alt.Tooltip("score:Q", format=".3f")],
        )
    )
    return chart


def _time(bucket: str) -> alt.X:
    unit = "utcyearmonthdatehours" if bucket == "hour" else "utcyearmonthdate"
    axis = alt.Axis(format="%b %d %H:%M" if bucket == "hour" else "%b %d", labelOverlap=True)
    scale = alt.Scale(type="utc")
    return alt.X("start:T", timeUnit=unit, title=f"{bucket} (UTC)", scale=scale, axis=axis)


def compound(over_time: pd.DataFrame, bucket: str) -> alt.LayerChart:
    """Mean compound score over time, from -1 to 1. Takes `data.TIME_COLUMNS`."""
    line = (
        alt.Chart(over_time, height=HEIGHT)
        .mark_line(point={"color": "#333333"}, color="#333333")
        .encode(
            x=_time(bucket),
            y=alt.Y(
                "mean_compound:Q", title="mean compound score", scale=alt.Scale(domain=[-1, 1])
            ),
            tooltip=[
                alt.Tooltip("start:T", format="%Y-%m-%d %H:%M UTC"),
                alt.Tooltip("mean_compound:Q", format="+.3f"),
                "total",
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"y": [0]})).mark_rule(color="#BBBBBB").encode(y="y:Q")
    chart: alt.LayerChart = zero + line
    return chart
