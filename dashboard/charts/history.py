"""Charts of query results with arbitrary columns: what a chart can show, and how."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.theme import HEIGHT, PALETTE
from dashboard.data.messages import COLOURS

MAX_BARS = 50
DAY = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True, slots=True)
class Plot:
    """The chart of a result: the column of its x axis, the column of its colours, the numbers."""

    along: str
    is_time: bool
    split: str | None
    numbers: list[str]


def plot_of(frame: pd.DataFrame) -> Plot | None:
    """The chart of a result with one or two key columns and at least one number.

    None without a number, and for a listing, which has more columns that are not numbers.
    """
    columns = [str(name) for name in frame.columns]
    numbers = [name for name in columns if _is_number(frame[name])]
    times = [name for name in columns if _is_time(frame[name])]
    texts = [name for name in columns if name not in times and _is_text(frame[name])]
    keys = [*times, *texts]
    if not numbers or len(keys) not in (1, 2) or len(times) > 1:
        return None
    split = keys[1] if len(keys) == 2 else None
    if not _is_drawable(frame, keys[0], split):
        return None
    return Plot(keys[0], bool(times), split, numbers)


def _is_drawable(frame: pd.DataFrame, along: str, split: str | None) -> bool:
    """Whether each row has its own position, and the palette has enough colours."""
    keys = [along, split] if split else [along]
    has_colours = split is None or frame[split].nunique(dropna=False) <= len(PALETTE)
    return len(frame) > 0 and has_colours and not frame.duplicated(keys).any()


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _is_time(column: pd.Series) -> bool:
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    return _is_text(column) and len(column) > 0 and bool(column.str.fullmatch(DAY).all())


def _is_text(column: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(column)


def chart(frame: pd.DataFrame, plot: Plot, number: str) -> alt.Chart:
    """One number as a line over time, or as bars; at most MAX_BARS bars."""
    columns = {"along": frame[plot.along], "number": frame[number].astype("float64")}
    if plot.split:
        columns["split"] = frame[plot.split].fillna("(null)")
    rows = pd.DataFrame(columns)
    if plot.is_time:
        rows["along"] = pd.to_datetime(rows["along"], utc=True)
    else:
        rows = rows.head(MAX_BARS).fillna({"along": "(null)"})
    is_line = plot.is_time and rows["along"].nunique() > 1
    base = alt.Chart(rows, height=HEIGHT + 60)
    marked = base.mark_line(point=True) if is_line else base.mark_bar()
    encoded: alt.Chart = marked.encode(
        x=_along(plot, is_line),
        y=alt.Y("number:Q", title=number),
        color=_colour(plot, rows),
        tooltip=[_tooltip(plot), alt.Tooltip("number:Q", title=number)],
    )
    if plot.split and not is_line:  # side by side: means do not add up
        encoded = encoded.encode(xOffset=alt.XOffset("split:N", sort=None))
    return encoded


def _along(plot: Plot, is_line: bool) -> alt.X:
    if is_line:
        return alt.X("along:T", title=f"{plot.along} (UTC)", scale=alt.Scale(type="utc"))
    if plot.is_time:
        return alt.X("along:O", timeUnit="utcyearmonthdate", title=f"{plot.along} (UTC)")
    return alt.X("along:O", title=plot.along, sort=None)


def _tooltip(plot: Plot) -> alt.Tooltip:
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
