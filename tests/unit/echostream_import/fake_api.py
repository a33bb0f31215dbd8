"""An API in memory, and rows to send to it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from echostream_import.rows import Row


class Killed(BaseException):
    """The process was killed."""


class FakeApi:
    """Stores texts by id as `POST /ingest` does, and erases them.

    The process is killed at call number `kill_at`, before it or, if `is_made`, after it. Texts that
    begin with "bad" are refused, those with "old" are in the lake only.
    """

    def __init__(self, *, is_queued: bool = False) -> None:
        self.texts: dict[str, str] = {}
        self.calls: list[list[str]] = []
        self.kill_at, self.is_made = 0, True
        self.is_queued = is_queued
        self._lock = threading.Lock()

    def ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        with self._lock:
            is_killed = self._begin([one["id"] for one in documents])
            answer = self._ingest(documents)
        if is_killed:
            raise Killed
        return answer

    def erase_documents(self, ids: Sequence[str]) -> dict[str, Any]:
        with self._lock:
            is_killed = self._begin(["erase", *ids])
            for name in ids:
                self.texts.pop(name, None)
        if is_killed:
            raise Killed
        return {"id": f"e{len(self.calls)}"}

    def _begin(self, call: list[str]) -> bool:
        """Whether the process is killed after this call."""
        self.calls.append(call)
        is_killed = 0 < self.kill_at <= len(self.calls)
        if is_killed and (not self.is_made or len(self.calls) > self.kill_at):
            raise Killed
        return is_killed

    def _ingest(self, documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        ids, rejected, repeated, lake_only = [], [], 0, 0
        for index, one in enumerate(documents):
            name, text = one["id"], one["text"]
            if text.startswith("bad"):
                rejected.append(
                    {"index": index, "code": "invalid", "message": f"text: {text!r} is bad"}
                )
            elif self.texts.get(name, text) != text and not self.is_queued:
                rejected.append({"index": index, "code": "conflict", "message": "id: exists"})
            else:
                repeated += name in self.texts
                lake_only += name not in self.texts and text.startswith("old")
                self.texts.setdefault(name, text)
                ids.append(name)
        known = {} if self.is_queued else {"repeated": repeated}
        return {
            "accepted": len(ids),
            "ids": ids,
            "rejected": rejected,
            "lake_only": lake_only,
            "received_at": f"2026-11-27T12:00:{len(self.calls):02}Z",
            **known,
        }


@dataclass
class FakeRow:
    """A converted row."""

    row: Row
    document: dict[str, Any]
    reason: str = ""
    dropped: tuple[str, ...] = ()
    is_merged: bool = False


@dataclass
class Converter:
    """Makes documents of (id, text) pairs, as a plan does; a pair without a text is refused."""

    pairs: Sequence[tuple[str, str]]
    dropped: tuple[str, ...] = ()
    part: str = "reviews.csv"
    seen: dict[str, str] = field(default_factory=dict)

    def __iter__(self):
        for line, (name, text) in enumerate(self.pairs, start=2):
            yield self._converted(Row(self.part, line, {"id": name, "text": text}), name, text)

    def _converted(self, row: Row, name: str, text: str) -> FakeRow:
        if not text:
            return FakeRow(row, {}, "no text", self.dropped)
        first = self.seen.setdefault(name, text)
        if first != text:
            return FakeRow(row, {}, f"id: {name!r} has another text in line 2", self.dropped)
        is_merged = name in self._before
        self._before.add(name)
        return FakeRow(row, {"id": name, "text": text}, "", self.dropped, is_merged)

    def __post_init__(self):
        self._before: set[str] = set()
