"""The labelled lines of `redaction/`, and how many of their labels a redaction finds.

    .venv/bin/python -m tests.evaluation.redaction_lines

A label is `{{email:…}}`, `{{phone:…}}` or `{{card:…}}`. It is found if all of it is redacted, as
this kind. A redacted part that touches no label of its kind is a false positive. The lines of
`held-out.txt` were written first, and the expressions were tuned with `tuning.txt` alone.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from echostream.domain.redaction import KINDS, redact

FOLDER = Path(__file__).parent / "redaction"
PARTS = ("held-out", "tuning")
_LABEL = re.compile(r"\{\{(email|phone|card):(.*?)\}\}")
_REDACTED = re.compile(r"\[(email|phone|card)\]")
Span = tuple[str, int, int]


@dataclass
class Score:
    """Numbers of labels, of those found, of redacted parts, and of those that are right."""

    labels: int = 0
    found: int = 0
    redacted: int = 0
    right: int = 0
    wrong_lines: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return round(self.found / self.labels, 3)

    @property
    def precision(self) -> float:
        return round(self.right / self.redacted, 3)


def read(part: str) -> list[str]:
    """The lines of a part, with their labels."""
    return (FOLDER / f"{part}.txt").read_text("utf-8").splitlines()


def measure(part: str) -> dict[str, Score]:
    """The score of each kind."""
    scores: dict[str, Score] = {kind: Score() for kind in KINDS}
    for line in read(part):
        text, labels = parse(line)
        spans = redacted_spans(text, redact(text), labels)
        for kind, score in scores.items():
            ours = [span for span in labels if span[0] == kind]
            theirs = [span for span in spans if span[0] == kind]
            found = [a for a in ours if any(b[1] <= a[1] and a[2] <= b[2] for b in theirs)]
            right = [b for b in theirs if any(a[1] < b[2] and b[1] < a[2] for a in ours)]
            score.labels += len(ours)
            score.found += len(found)
            score.redacted += len(theirs)
            score.right += len(right)
            if len(found) < len(ours) or len(right) < len(theirs):
                score.wrong_lines.append(f"{line} -> {redact(text)}")
    return scores


def parse(line: str) -> tuple[str, list[Span]]:
    """A line's text, and the places of its labels in it."""
    text, spans, position = "", [], 0
    for match in _LABEL.finditer(line):
        text += line[position : match.start()]
        spans.append((match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        position = match.end()
    return text + line[position:], spans


def redacted_spans(text: str, redacted: str, labels: list[Span]) -> list[Span]:
    """The places in a text that a redaction has replaced.

    A part ends where the text after it begins; if that is in several places, where a label ends.
    """
    literals = _REDACTED.split(redacted)
    spans: list[Span] = []
    start, rest = len(literals[0]), literals[1:]
    for number, (kind, after) in enumerate(zip(rest[::2], rest[1::2], strict=True), 1):
        ends = [m.start() for m in re.finditer(re.escape(after), text) if m.start() > start]
        labelled = [end for _, _, end in labels if end in ends]
        end = len(text) - len(after) if 2 * number == len(rest) else (labelled or ends)[0]
        spans.append((kind, start, end))
        start = end + len(after)
    return spans


def table() -> str:
    """The scores as a table in Markdown."""
    lines = ["| part | lines | kind | labels | recall | precision |", "|---|---|---|---|---|---|"]
    for part in PARTS:
        for kind, score in measure(part).items():
            values = f"{score.labels} | {score.recall:.3f} | {score.precision:.3f}"
            lines.append(f"| {part} | {len(read(part))} | {kind} | {values} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
