"""Charts of answers whose columns nobody knew before: what can be drawn, and how."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.theme import HEIGHT, PALETTE
from dashboard.data.messages import COLOURS

MOST_BARS = 50
DAY = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True, slots=True)
class Plot:
    """How an answer can be drawn: along which column, split by which, and which numbers."""

    along: str
    is_time: bool
    split: str | None
    numbers: list[str]


def plot_of(frame: pd.DataFrame) -> Plot | None:
    """A way to draw an answer whose rows are numbers of one thing, or of two at once.

    None for a listing, which has more columns that are no numbers, and where nothing is a number.
    """
    columns = [str(name) for name in frame.columns]
    numbers = [name for name in columns if _is_number(frame[name])]
    times = [name for name in columns if _is_time(frame[name])]
    words = [name for name in columns if name not in times and _is_word(frame[name])]
    keys = [*times, *words]
    if not numbers or len(keys) not in (1, 2) or len(times) > 1:
        return None
    split = keys[1] if len(keys) == 2 else None
    if not _is_drawable(frame, keys[0], split):
        return None
    return Plot(keys[0], bool(times), split, numbers)


def _is_drawable(frame: pd.DataFrame, along: str, split: str | None) -> bool:
    """Whether each row has a place of its own, and there are colours enough."""
    keys = [along, split] if split else [along]
    enough = split is None or frame[split].nunique(dropna=False) <= len(PALETTE)
    return len(frame) > 0 and enough and not frame.duplicated(keys).any()


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _is_time(column: pd.Series) -> bool:
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    return _is_word(column) and len(column) > 0 and bool(column.str.fullmatch(DAY).all())


def _is_word(column: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(column)


def chart(frame: pd.DataFrame, plot: Plot, number: str) -> alt.Chart:
    """One number as a line over time, or as bars; only the first MOST_BARS bars."""
    given = {"along": frame[plot.along], "number": frame[number].astype("float64")}
    if plot.split:
        given["split"] = frame[plot.split].fillna("(null)")
    rows = pd.DataFrame(given)
    if plot.is_time:
        rows["along"] = pd.to_datetime(rows["along"], utc=True)
    else:
        rows = rows.head(MOST_BARS).fillna({"along": "(null)"})
    is_line = plot.is_time and rows["along"].nunique() > 1
    drawn = alt.Chart(rows, height=HEIGHT + 60)
    marked = drawn.mark_line(point=True) if is_line else drawn.mark_bar()
    encoded: alt.Chart = marked.encode(
        x=_along(plot, is_line),
        y=alt.Y("number:Q", title=number),
        color=_colour(plot, rows),
        tooltip=[_told(plot), alt.Tooltip("number:Q", title=number)],
    )
    if plot.split and not is_line:  # side by side, for means do not add up
        encoded = encoded.encode(xOffset=alt.XOffset("split:N", sort=None))
    return encoded


def _along(plot: Plot, is_line: bool) -> alt.X:
    if is_line:
        return alt.X("along:T", title=f"{plot.along} (UTC)", scale=alt.Scale(type="utc"))
    if plot.is_time:
        return alt.X("along:O", timeUnit="utcyearmonthdate", title=f"{plot.along} (UTC)")
    return alt.X("along:O", title=plot.along, sort=None)


def _told(plot: Plot) -> alt.Tooltip:
    if plot.is_time:
        return alt.Tooltip("along:T", title=plot.along, format="%Y-%m-%d %H:%M UTC")
    return alt.Tooltip("along:N", title=plot.along)


def _colour(plot: Plot, rows: pd.DataFrame) -> Any:
    if not plot.split:
        return alt.value(PALETTE[0])
    names = list(rows["split"].unique())
    if set(names) <= set(COLOURS):
        scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    else:
        scale = alt.Scale(domain=names, range=PALETTE[: len(names)])
    return alt.Color("split:N", scale=scale, title=plot.split, legend=alt.Legend(orient="top"))
