"""Recorded responses as JSON Lines: the service's result for a text, found by the text's hash.

One line is an object with `key` (see `text_key`), `operation` (its form for one text, such as
`DetectSentiment`), `language`, `answer` (the result, unchanged), `recorded_from` (`aws`, or the
model header of a companion) and `recorded_at`. No text is stored.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FROM_AWS = "aws"


class CorruptCassette(Exception):
    """A line that cannot be read. The message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded result."""

    key: str
    operation: str
    language: str
    answer: Mapping[str, Any]
    recorded_from: str
    recorded_at: str


def text_key(text: str, language: str) -> str:
    """SHA-256, in hex, of the language code (may be empty), a line end and the text."""
    return hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()


class Cassette:
    """The recorded results in a folder.

    Only results from AWS are replayed; with `replay_any`, also those recorded from a companion. A
    folder that does not exist is an empty cassette; the first recording creates it. If several
    files have the same text, the last line is used.
    """

    def __init__(self, folder: Path, replay_any: bool = False) -> None:
        """Read all files `*.jsonl` of the folder. Raises `CorruptCassette`."""
        self._folder = folder
        self._results = {
            (one.operation, one.key): one.answer
            for path in sorted(folder.glob("*.jsonl"))
            for one in _read_recordings(path)
            if replay_any or one.recorded_from == FROM_AWS
        }

    def __len__(self) -> int:
        return len(self._results)

    def find(self, text: str, language: str, operation: str) -> Mapping[str, Any] | None:
        """The recorded result of a text, or None; `operation` is the one for a single text."""
        return self._results.get((operation, text_key(text, language)))

    def record(self, recording: Recording) -> None:
        """Append a result; it is on the disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{recording.operation}.jsonl"
        with path.open("ab") as file:
            file.write(json.dumps(asdict(recording), sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._results[(recording.operation, recording.key)] = recording.answer


def _read_recordings(path: Path) -> Iterator[Recording]:
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield _parse_recording(json.loads(raw))
        except (ValueError, TypeError) as error:
            raise CorruptCassette(f"{path}, line {number}: {error}") from error


def _parse_recording(fields: Any) -> Recording:
    """TypeError for missing or unknown fields, or fields of the wrong type."""
    if not isinstance(fields, dict):
        raise TypeError("not a JSON object")
    recording = Recording(**fields)
    values = asdict(recording)
    result = values.pop("answer")
    if not isinstance(result, dict) or not all(isinstance(v, str) for v in values.values()):
        raise TypeError("a field has the wrong type")
    return recording
