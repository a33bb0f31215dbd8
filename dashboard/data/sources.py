"""The data of the page Sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.data.counted import Counted, counted
from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters, Span
from dashboard.data.live import COUNTS, SOURCE_COLUMNS, counts, filled, with_means
from dashboard.data.messages import LABELS, TEXTS
from echostream.domain.counters import OTHER_SOURCES
from echostream.domain.model import UNSCORED
from echostream_client.api import ApiClient

DEFAULT_SOURCES = 5
"""The number of sources over time, unless the viewer chooses others."""
MAX_SOURCES = 6
"""The number of lines that a viewer can distinguish."""
NUMBERS = {"Mean score": "mean_compound", "Documents": "total"}
"""The numbers of a chart over time, by their labels, as columns of TIME_COLUMNS."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sources of a period: `sources` has SOURCE_COLUMNS, `over_time` TIME_COLUMNS and source.

    `all_sources` has in addition a last row for the documents that the counts do not name a source
    of, if there are any; its source is OTHER_SOURCES.
    """

    span: Span
    sources: pd.DataFrame
    all_sources: pd.DataFrame
    over_time: pd.DataFrame
    counted: Counted

    @property
    def has_other_sources(self) -> bool:
        """Whether there are documents that the counts do not name a source of."""
        return len(self.all_sources) > len(self.sources)


def compare(
    api: ApiClient, filters: Filters, chosen: tuple[str, ...] | None, now: datetime
) -> Comparison:
    """Fetch all sources, and some of them over time. Raises `ServiceError`."""
    span = filters.span(now)
    with translate_errors():
        stats = api.stats(**span.parameters(), bucket=span.bucket)
        sources = with_means(pd.DataFrame(stats["sources"], columns=SOURCE_COLUMNS))
        all_sources = _all_sources(stats)
        progress = counted(stats, [], None)
        names = chosen if chosen is not None else tuple(sources["source"].head(DEFAULT_SOURCES))
        parts = [
            filled(
                counts(api.stats(**span.parameters(), bucket=span.bucket, source=name)["buckets"]),
                span,
                now,
            ).assign(source=name)
            for name in names[:MAX_SOURCES]
        ]
    filled_parts = [part for part in parts if not part.empty]
    empty = counts([]).assign(source="")
    over_time = pd.concat(filled_parts, ignore_index=True) if filled_parts else empty
    return Comparison(span, sources, all_sources, over_time, progress)


def _all_sources(stats: Mapping[str, Any]) -> pd.DataFrame:
    others = stats["other_sources"]
    last = [{**others, "source": OTHER_SOURCES}] if others else []
    return with_means(pd.DataFrame([*stats["sources"], *last], columns=SOURCE_COLUMNS))


def as_table(sources: pd.DataFrame) -> pd.DataFrame:
    """Counts, shares in percent and mean score of each source, most documents first.

    Shares of sentiments are those of the documents with a score.
    """
    names = sources["source"].replace({OTHER_SOURCES: TEXTS["other_sources"]})
    table = pd.DataFrame({"Source": names, "Documents": sources["total"]})
    scored = sources["total"] - sources["unscored"]
    for name, label in LABELS.items():
        whole = sources["total"] if name == UNSCORED else scored
        table[label] = 100 * sources[name.lower()] / whole
    table["Mean score"] = sources["mean_compound"]
    return table


def shares(sources: pd.DataFrame, most: int = 15) -> pd.DataFrame:
    """The counts of the largest named sources, and of the others, as shares from 0 to 1."""
    is_named = sources["source"] != OTHER_SOURCES
    largest = pd.concat([sources[is_named].head(most), sources[~is_named]], ignore_index=True)
    share = largest[COUNTS].div(largest["total"], axis=0)
    return share.assign(source=largest["source"])


def over_time_table(compared: Comparison, number: str) -> pd.DataFrame:
    """A row for each hour or day with documents, a column for each source."""
    rows = compared.over_time[compared.over_time["total"] > 0]
    wide = rows.pivot_table(number, "start", "source", sort=False).sort_index(ascending=False)
    form = "%Y-%m-%d %H:%M" if compared.span.bucket == "hour" else "%Y-%m-%d"
    starts = pd.DatetimeIndex(wide.index).strftime(form)
    return wide.reset_index(drop=True).assign(**{"Start (UTC)": starts}).set_index("Start (UTC)")
