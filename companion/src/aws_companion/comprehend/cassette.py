"""Recorded answers, as JSON Lines: what the service said of a text, found by the text's hash.

One line is an object with `key` (see `key_of`), `operation` (its form for one text, such as
`DetectSentiment`), `language`, `answer` (as the service gave it), `recorded_from` (`aws`, or the
model header of a companion) and `recorded_at`. No text is kept.
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
    """A line that cannot be read. The message gives file and line."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer."""

    key: str
    operation: str
    language: str
    answer: Mapping[str, Any]
    recorded_from: str
    recorded_at: str


def text_key(text: str, language: str) -> str:
    """SHA-256, in hex, of the language code (empty where none is given), a line end, the text."""
    return hashlib.sha256(f"{language}\n{text}".encode()).hexdigest()


class Cassette:
    """The recorded answers of a folder.

    Only what came from AWS is replayed; with `replay_any`, what was recorded from a companion
    too. A folder that does not exist is an empty cassette, and is made by the first recording.
    Several files may hold the same text; the line read last wins.
    """

    def __init__(self, folder: Path, replay_any: bool = False) -> None:
        """Reads all files `*.jsonl` of the folder. CorruptCassette for a line that is none."""
        self._folder = folder
        self._answers = {
            (line.operation, line.key): line.answer
            for path in sorted(folder.glob("*.jsonl"))
            for line in _lines(path)
            if replay_any or line.recorded_from == FROM_AWS
        }

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, text: str, language: str, operation: str) -> Mapping[str, Any] | None:
        """What was recorded for a text, or None. `operation` is that for one text."""
        return self._answers.get((operation, text_key(text, language)))

    def record(self, line: Recording) -> None:
        """Append an answer; it is on the disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{line.operation}.jsonl"
        with path.open("ab") as file:
            file.write(json.dumps(asdict(line), sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._answers[(line.operation, line.key)] = line.answer


def _lines(path: Path) -> Iterator[Recording]:
    for number, raw in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            yield _line(json.loads(raw))
        except (ValueError, TypeError) as error:
            raise CorruptCassette(f"{path}, line {number}: {error}") from error


def _line(fields: Any) -> Recording:
    """TypeError for missing or unknown fields, or fields of the wrong type."""
    if not isinstance(fields, dict):
        raise TypeError("not a JSON object")
    line = Recording(**fields)
    texts = (line.key, line.operation, line.language, line.recorded_from, line.recorded_at)
    if not all(isinstance(text, str) for text in texts) or not isinstance(line.answer, dict):
        raise TypeError("a field has the wrong type")
    return line
