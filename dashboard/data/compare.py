"""The data of the page Compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from dashboard.data import theme_texts
from dashboard.data.compare_sides import Query, Side, Sides, against_of, overlap
from dashboard.data.counted import Counted, counted
from dashboard.data.errors import translate_errors
from dashboard.data.filters import Filters
from dashboard.data.formatting import count, percent, score, signed
from dashboard.data.live import counts, filled, numbers, only
from dashboard.data.messages import LABELS, OWN_TEXTS, TEXTS
from dashboard.data.sources import NUMBERS
from dashboard.data.themes import Cited, Size, cited, driver_table, size_of, theme_table
from echostream.domain.model import UNSCORED
from echostream_client.api import ApiClient

SINCE = "since"
"""The column with the hours or days from the start of a side."""


@dataclass(frozen=True, slots=True)
class Part:
    """A side with its documents: `frame` has TIME_COLUMNS, without gaps.

    `read` documents were read for themes and terms. `terms` are more frequent on this side.
    `missing` is the reason for having no numbers; it is empty if there are some. It is not escaped.
    """

    side: Side
    frame: pd.DataFrame
    size: Size
    read: int
    terms: Cited
    missing: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows. `parts` are sides A and B; `overlap` is not empty if they overlap.

    `numbers` has a row for each number. `over_time` has TIME_COLUMNS, side and SINCE. `themes` are
    those of side A; shares are in percent.
    """

    parts: tuple[Part, Part]
    numbers: pd.DataFrame
    over_time: pd.DataFrame
    themes: Cited
    false_discovery_rate: float
    overlap: str
    counted: Counted
    sources: list[str]

    @property
    def is_empty(self) -> bool:
        """Whether no side has documents, counted or read."""
        return all(part.frame.empty and not part.read for part in self.parts)


def sources(api: ApiClient, filters: Filters, now: datetime) -> list[str]:
    """The sources of the period, most documents first. Raises `ServiceError`."""
    span = filters.span(now)
    with translate_errors():
        stats = api.stats(**span.parameters(), bucket=span.bucket)
        return [str(one["source"]) for one in stats["sources"]]


def load(api: ApiClient, query: Query, sides: Sides, now: datetime) -> Overview:
    """Fetch everything that the page shows. `sides` are those of `query`. Raises `ServiceError`."""
    sentiment = query.filters.sentiment
    with translate_errors():
        stats = [
            api.stats(**side.span.parameters(), bucket=side.span.bucket, source=side.source)
            for side in sides
        ]
        response = api.themes(
            **sides[0].span.parameters(),
            source=sides[0].source,
            sentiment=sentiment,
            against=against_of(query, sides, now),
        )
        parts = _parts(sides, stats, response, sentiment, now)
        return Overview(
            parts=parts,
            numbers=_numbers([counts(one["buckets"]) for one in stats], sentiment),
            over_time=_over_time(parts),
            themes=cited(response["themes"], _themes(response["themes"])),
            false_discovery_rate=float(response["false_discovery_rate"]),
            overlap=overlap(sides, now),
            counted=counted(stats[0], [], None),
            sources=sorted(str(one["source"]) for one in stats[0]["sources"]),
        )


def _parts(
    sides: Sides,
    stats: list[dict[str, Any]],
    response: Mapping[str, Any],
    sentiment: str | None,
    now: datetime,
) -> tuple[Part, Part]:
    a, b = (
        Part(
            side=side,
            frame=only(filled(counts(of_side["buckets"]), side.span, now), sentiment),
            size=size_of(response[name]),
            read=int(response[name]["total"]),
            terms=_terms(response["drivers"], sign),
            missing=_missing(side, of_side, int(response[name]["total"]), sentiment),
        )
        for side, of_side, name, sign in zip(
            sides, stats, ("period", "against"), (1, -1), strict=True
        )
    )
    return a, b


def _missing(side: Side, stats: Mapping[str, Any], read: int, sentiment: str | None) -> str:
    if numbers(counts(stats["buckets"]), sentiment).documents:
        return ""
    if read:
        is_unnamed = side.source and stats["other_sources"]
        return f"{side.label}. {TEXTS['source_not_named' if is_unnamed else 'counts_behind']}"
    name = "no_match_on_side" if sentiment or side.source else "no_documents_on_side"
    return OWN_TEXTS[name].format(side=side.label, times=side.times)


def _terms(drivers: list[dict[str, Any]], sign: int) -> Cited:
    """The terms that are more frequent on side A, or with the sign -1 on side B."""
    of_side = [one for one in drivers if sign * one["z"] > 0]
    table = driver_table(of_side).drop(columns="Frequency")
    return cited(of_side, table.rename(columns={"Share": "A", "Share compared with": "B"}))


def _themes(themes: list[dict[str, Any]]) -> pd.DataFrame:
    """The share of each theme on both sides, in percent, and A less B, in points."""
    table = theme_table(themes)
    sides = {"A": table["Share"], "B": table["Share"] - table["Change"]}
    return pd.DataFrame({"Theme": table["Theme"], **sides, "Difference": table["Change"]})


def _numbers(frames: list[pd.DataFrame], sentiment: str | None) -> pd.DataFrame:
    """Each number of both sides, and A less B, as the other pages format them."""
    a, b = (numbers(frame, sentiment) for frame in frames)
    more = signed(a.documents - b.documents, 0)
    rows = [("Documents", count(a.documents), count(b.documents), more)]
    for name, label in LABELS.items():
        of_a, of_b = (int(frame[name.lower()].sum()) for frame in frames)
        all_a, all_b = (one.total if name == UNSCORED else one.scored for one in (a, b))
        points = 100 * (of_a / all_a - of_b / all_b) if all_a and all_b else None
        shares = percent(of_a, all_a), percent(of_b, all_b)
        rows.append((label, *shares, signed(points, 1)))
    difference = None if a.mean is None or b.mean is None else a.mean - b.mean
    rows.append(("Mean score", score(a.mean), score(b.mean), score(difference)))
    return pd.DataFrame(rows, columns=["Number", "A", "B", "Difference"])


def _over_time(parts: tuple[Part, Part]) -> pd.DataFrame:
    frames = [_since_start(part) for part in parts]
    filled_frames = [frame for frame in frames if not frame.empty]
    return pd.concat(filled_frames, ignore_index=True) if filled_frames else frames[0]


def _since_start(part: Part) -> pd.DataFrame:
    step = pd.Timedelta(1, "h" if part.side.span.bucket == "hour" else "D")
    first = pd.Timestamp(part.side.span.start).floor(step)
    since = (part.frame["start"] - first) // step
    return part.frame.assign(side=part.side.label, **{SINCE: since})


def chart_numbers(sentiment: str | None) -> dict[str, str]:
    """The numbers of the chart: the mean score covers all sentiments, so a filter leaves it out."""
    return {"Documents": NUMBERS["Documents"]} if sentiment else NUMBERS


def over_time_table(overview: Overview, number: str) -> pd.DataFrame:
    """The chart as a table: a row for each hour or day from the start, a column for each side."""
    bucket = overview.parts[0].side.span.bucket
    rows = overview.over_time[overview.over_time["total"] > 0]
    wide = rows.pivot_table(number, SINCE, "side").reset_index()
    return wide.rename(columns={SINCE: f"{bucket.capitalize()}s since the start"})


def no_term(overview: Overview, part: Part) -> str:
    """Why no term is more frequent on this side; empty if one is."""
    if not part.terms.table.empty:
        return ""
    if not all(one.read for one in overview.parts):
        return OWN_TEXTS["no_comparable_term"]
    other = next(one.side.letter for one in overview.parts if one is not part)
    return OWN_TEXTS["no_term_on_side"].format(side=part.side.letter, other=other)


def no_theme(overview: Overview) -> str:
    """Why there is no theme; empty if there is one."""
    if not overview.themes.table.empty:
        return ""
    return TEXTS["no_theme"] if overview.parts[0].read else OWN_TEXTS["no_theme_of_a"]


def read_text(part: Part) -> str:
    """How many documents of a side were read for themes and terms."""
    return f"{part.side.letter}: {theme_texts.sample_text(part.size, part.read)}"
