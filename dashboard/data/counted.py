"""How far the counts are: they follow the stored documents by some seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.data.formatting import moment
from dashboard.data.messages import SECONDS, TEXTS
from echostream.domain.codec import time_to_wire
from echostream_client.api import ApiClient

TOLERANCE = timedelta(seconds=SECONDS["count_tolerance"])
"""The time by which a document may be later than the counts without a note."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How far the counts are, and why listed documents are not among them.

    Documents that were received up to `to` are counted; None before the first of them. `missing` is
    empty if the counts include the listed documents.
    """

    to: datetime | None
    missing: str = ""

    @property
    def text(self) -> str:
        """Both, for the viewer."""
        if self.to is None:
            return f"{TEXTS['nothing_counted']} {self.missing}".strip()
        return f"{TEXTS['counted_to'].format(time=moment(self.to))} {self.missing}".strip()


def counted(
    stats: Mapping[str, Any], documents: list[dict[str, Any]], source: str | None
) -> Counted:
    """How far a response of /stats is. `documents` and `source` have the same filters."""
    to = _time(stats["counted_to"])
    return Counted(to, _missing(stats, documents, source, to))


def counted_now(api: ApiClient, scored_at: datetime | None, now: datetime) -> Counted:
    """How far the counts are now. `scored_at` is the time of scoring of the newest document."""
    to = _time(api.stats(**{"from": time_to_wire(now)})["counted_to"])
    return Counted(to, TEXTS["counts_behind"] if _is_behind(to, scored_at) else "")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _missing(
    stats: Mapping[str, Any],
    documents: list[dict[str, Any]],
    source: str | None,
    to: datetime | None,
) -> str:
    if not documents:
        return ""
    has_counts = bool(stats["buckets"])
    if source and not has_counts and stats["other_sources"]:
        return TEXTS["source_not_named"]
    newest = max(datetime.fromisoformat(one["enriched_at"]) for one in documents)
    return TEXTS["counts_behind"] if not has_counts or _is_behind(to, newest) else ""


def _is_behind(to: datetime | None, scored_at: datetime | None) -> bool:
    return to is not None and scored_at is not None and scored_at - to > TOLERANCE
