"""What became of the rows of an import: numbers that add up to the rows, and reasons."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_REASONS = 1_000
"""Reasons that are counted by themselves."""
OTHER = "other reasons"
SHOWN = 10
"""Reasons in a closing message, the most frequent first."""
_VALUE = re.compile(r"(in '[^']*')|'[^']*'|\"[^\"]*\"|(?<![\w=])\d[\d,.:+-]*")


@dataclass
class Account:
    """The rows that are settled so far, by what became of them.

    `stored`: new documents, accepted ones if `is_queued`. `repeats`: stored by an earlier import.
    `merged`: like an earlier row of the file, with its id and text. `updated`: took the place of a
    stored document. `lake_only`: new, older than the documents table keeps. `refused`: not stored.
    `is_queued` is whether the API queues documents and does not know yet which ones are repeats.
    """

    rows: int = 0
    stored: int = 0
    repeats: int = 0
    merged: int = 0
    updated: int = 0
    lake_only: int = 0
    refused: int = 0
    is_queued: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def accept(self, response: Mapping[str, Any], merged: int) -> None:
        """Add a response of `POST /ingest`, of whose accepted documents some are merged rows.

        A merged row counts as a repeat in the response, or the row that it equals does: if both are
        sent at the same time, in another response.
        """
        repeated = response.get("repeated")
        self.is_queued |= repeated is None and response["accepted"] > 0
        repeated = merged if repeated is None else repeated
        new = response["accepted"] - repeated
        lake_only = min(response.get("lake_only", 0), new)
        self.stored += new - lake_only
        self.lake_only += lake_only
        self.repeats += repeated - merged
        self.merged += merged

    def refuse(self, reason: str) -> None:
        """Add a refused row."""
        self.refused += 1
        add_reason(self.reasons, reason)

    def drop(self, reasons: Iterable[str]) -> None:
        """Add the reasons why optional fields of a row were dropped."""
        for reason in reasons:
            add_reason(self.dropped, reason)

    def parts(self) -> dict[str, int]:
        """The number of rows by what became of them, but for zeros; they add up to `rows`."""
        # If the earlier of two equal rows was refused, the later one is stored and not merged.
        surplus = min(0, self.repeats)
        parts = {
            "accepted" if self.is_queued else "stored": self.stored,
            "repeats": self.repeats - surplus,
            "merged": self.merged + surplus,
            "updated": self.updated,
            "in the lake only": self.lake_only,
            "refused": self.refused,
        }
        first, *others = parts
        return {name: parts[name] for name in (first, *(one for one in others if parts[one]))}

    def lines(self) -> list[str]:
        """The closing message: the account, then the most frequent reasons."""
        parts = ", ".join(_part(*part) for part in self.parts().items())
        return [
            f"{self.rows:,} row{'' if self.rows == 1 else 's'}: {parts}",
            *_most_frequent("refused", self.reasons),
            *_most_frequent("field dropped", self.dropped),
        ]

    def to_json(self) -> dict[str, Any]:
        """The account as JSON."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Account":
        """The account that `to_json` returned."""
        counters = {name: Counter(content[name]) for name in ("reasons", "dropped")}
        return cls(**{**content, **counters})


def add_reason(counts: Counter[str], reason: str) -> None:
    """Count a reason without the values in it, which differ from row to row; columns stay."""
    kind = _VALUE.sub(lambda match: match[1] or "…", reason)
    counts[kind if kind in counts or len(counts) < MAX_REASONS else OTHER] += 1


def _part(name: str, number: int) -> str:
    return f"{number:,} {name if number != 1 else name.removesuffix('s')}"


def _most_frequent(label: str, counts: Counter[str]) -> list[str]:
    lines = [f"  {number:,} {label}: {reason}" for reason, number in counts.most_common(SHOWN)]
    others = sum(counts.values()) - sum(number for _, number in counts.most_common(SHOWN))
    return [*lines, *([f"  {others:,} {label}: for other reasons"] if others else [])]
