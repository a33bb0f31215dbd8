"""The data of the page Themes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters
from dashboard.data.live import COUNTS
from dashboard.data.messages import LABELS, SENTIMENTS, duration, plural
from echostream_client.api import ApiClient

MAX_TERMS = 4
"""Terms in the name of a theme."""
PREVIOUS, WEEK = "previous", "week"
SOURCE, SENTIMENT = "source:", "sentiment:"
"""What `against` begins with if it names a source or a sentiment."""

Documents = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Query:
    """What the viewer chooses: `against` is the API's parameter.

    With `is_masked`, the API masks slurs and personal data.
    """

    filters: Filters
    against: str = PREVIOUS
    is_masked: bool = False

    def parameters(self, now: datetime) -> dict[str, str | None]:
        """Those of `GET /themes` and `GET /digest`. Raises `InvalidPeriod`."""
        return {**filtered(self.filters, self.is_masked, now), "against": self.against}


def filtered(filters: Filters, is_masked: bool, now: datetime) -> dict[str, str | None]:
    """The parameters of the filters, and whether to mask. Raises `InvalidPeriod`."""
    return {
        **filters.span(now).parameters(),
        "source": filters.source,
        "sentiment": filters.sentiment,
        "mask": "true" if is_masked else None,
    }


@dataclass(frozen=True, slots=True)
class Size:
    """The number of documents of a period; it is approximate if only a sample was read."""

    documents: int
    is_complete: bool

    @property
    def text(self) -> str:
        """For the viewer."""
        return plural(self.documents, "document")


@dataclass(frozen=True, slots=True)
class Cited:
    """A table, and the documents that the API cites for each row."""

    table: pd.DataFrame
    documents: list[Documents]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a period is compared with; `name` continues a sentence, such as `the 24 hours before`.

    `name` may contain the name of a source, which is not escaped.
    """

    name: str
    is_earlier: bool
    size: Size
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows.

    `read` documents of the period were read. `shares` has a row for each theme with COUNTS, as
    shares of these documents, and theme. `usual` is the size of the time from `since` to the start
    of the period, with which terms that emerge are compared.
    """

    size: Size
    read: int
    without_theme: int
    themes: Cited
    shares: pd.DataFrame
    against: Comparison
    drivers: Cited
    emerging: Cited
    usual: Size
    since: datetime
    false_discovery_rate: float
    sources: list[str]


def choices(filters: Filters, sources: list[str], chosen: str) -> list[str]:
    """Values of `against`: earlier periods, and sources and sentiments other than the filters'.

    The chosen one stays if it is not in `sources`, which may be of another period.
    """
    of_sources = [SOURCE + name for name in sources if name != filters.source]
    of_sentiments = [SENTIMENT + name for name in SENTIMENTS if name != filters.sentiment]
    offered = [PREVIOUS, WEEK, *of_sources, *of_sentiments]
    is_other = chosen.startswith(SOURCE) and chosen != f"{SOURCE}{filters.source}"
    return [*offered, chosen] if is_other and chosen not in offered else offered


def choice_label(against: str) -> str:
    """A value of `against` as a choice of the viewer."""
    if against.startswith(SOURCE):
        return f"Source {against.removeprefix(SOURCE)}"
    if against.startswith(SENTIMENT):
        return f"Sentiment {LABELS[against.removeprefix(SENTIMENT)]}"
    return "The week before" if against == WEEK else "The period before"


def load(api: ApiClient, query: Query, now: datetime) -> Overview:
    """Fetch everything that the page shows. Raises `ServiceError`."""
    span = query.filters.span(now)
    with translate_errors():
        response = api.themes(**query.parameters(now))
        stats = api.stats(**span.parameters(), bucket=span.bucket)
        sources = sorted(str(one["source"]) for one in stats["sources"])
        return _overview(response, query.against, sources)


def _overview(response: Mapping[str, Any], against: str, sources: list[str]) -> Overview:
    period, emerging = response["period"], response["emerging"]
    themes = response["themes"]
    return Overview(
        size=size_of(period),
        read=int(period["total"]),
        without_theme=int(response["without_theme"]["total"]),
        themes=cited(themes, theme_table(themes)),
        shares=_shares(themes, int(period["total"])),
        against=_comparison(response["against"], against),
        drivers=cited(response["drivers"], driver_table(response["drivers"])),
        emerging=cited(emerging["terms"], _emerging_table(emerging["terms"])),
        usual=size_of(emerging),
        since=datetime.fromisoformat(emerging["since"]),
        false_discovery_rate=float(response["false_discovery_rate"]),
        sources=sources,
    )


def size_of(part: Mapping[str, Any]) -> Size:
    """The size of a part of a response."""
    return Size(int(part["documents"]), bool(part["complete"]))


def cited(found: Documents, table: pd.DataFrame) -> Cited:
    """The themes or terms of a response, with their table."""
    return Cited(table, [list(one["examples"]) for one in found])


def _comparison(part: Mapping[str, Any], against: str) -> Comparison:
    start, end = (datetime.fromisoformat(part[name]) for name in ("from", "to"))
    if against.startswith(SOURCE):
        name = f"the source {against.removeprefix(SOURCE)}"
    elif against.startswith(SENTIMENT):
        name = f"the sentiment {LABELS[against.removeprefix(SENTIMENT)]}"
    else:
        length = duration((end - start).total_seconds())
        name = "the week before" if against == WEEK else f"the {length} before"
    return Comparison(name, against in (PREVIOUS, WEEK), size_of(part), start, end)


def _numbers(found: Documents, name: str, factor: float = 1.0) -> pd.Series:
    """A number of each row; a missing one is NaN."""
    return factor * pd.Series([one[name] for one in found], dtype="float64")


def _name(theme: Mapping[str, Any]) -> str:
    return ", ".join(theme["terms"][:MAX_TERMS])


def theme_table(themes: Documents) -> pd.DataFrame:
    """A row for each theme. Shares are in percent, the change is in percentage points."""
    share = _numbers(themes, "share", 100)
    return pd.DataFrame(
        {
            "Theme": [_name(one) for one in themes],
            "Documents": [int(one["total"]) for one in themes],
            "Share": share,
            "Change": share - _numbers(themes, "share_before", 100),
            "Mean score": _numbers(themes, "mean_compound"),
            "Effect": _numbers(themes, "effect"),
            "Authors": [int(one["authors"]) for one in themes],
        }
    )


def _shares(themes: Documents, read: int) -> pd.DataFrame:
    counts = pd.DataFrame(themes, columns=COUNTS).astype("float64") / max(1, read)
    return counts.assign(theme=[_name(one) for one in themes])


def shares_table(overview: Overview) -> pd.DataFrame:
    """The alternative of the chart: the percentage of each sentiment in all documents."""
    table = pd.DataFrame({"Theme": overview.shares["theme"]})
    for name, label in LABELS.items():
        percent = (100 * overview.shares[name.lower()]).round(2)
        table[f"{label} (% of the documents)"] = percent
    return table


def driver_table(drivers: Documents) -> pd.DataFrame:
    """A row for each term. Shares are in percent."""
    return pd.DataFrame(
        {
            "Term": [str(one["term"]) for one in drivers],
            "Frequency": ["higher" if one["z"] > 0 else "lower" for one in drivers],
            "Share": _numbers(drivers, "share", 100),
            "Share compared with": _numbers(drivers, "share_before", 100),
            "z": _numbers(drivers, "z"),
        }
    )


def _emerging_table(terms: Documents) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Term": [str(one["term"]) for one in terms],
            "Documents": [int(one["documents"]) for one in terms],
            "Expected": _numbers(terms, "expected"),
            "Probability": _numbers(terms, "probability"),
        }
    )
