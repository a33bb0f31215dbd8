"""The chart of two sides."""

import altair as alt
import pandas as pd

from dashboard.charts.sources import lines
from dashboard.charts.theme import time_axis
from dashboard.data.compare import SINCE


def over_time(
    sides: pd.DataFrame, bucket: str, number: str, title: str, is_same_time: bool
) -> alt.Chart:
    """One number of both sides on one axis. Takes `data.compare.Overview.over_time`.

    The axis is time, or for sides of different times the hours or days from the start of each.
    """
    axis = alt.Axis(tickMinStep=1)
    since_start = alt.X(f"{SINCE}:Q", title=f"{bucket}s since the start", axis=axis)
    return lines(sides, time_axis(bucket) if is_same_time else since_start, "side", number, title)
