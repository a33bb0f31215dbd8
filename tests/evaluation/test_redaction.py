"""How many labels of the labelled lines the redaction finds, held at the measured values."""

from echostream.domain.redaction import redact
from echostream_cli.paths import ROOT
from tests.evaluation import redaction_lines
from tests.evaluation.redaction_lines import PARTS, measure, parse, read

MEASURED = {
    "held-out": {"email": (1.0, 1.0), "phone": (1.0, 0.966), "card": (1.0, 1.0)},
    "tuning": {"email": (1.0, 0.944), "phone": (1.0, 1.0), "card": (1.0, 1.0)},
}
"""Recall and precision. A change of the expressions must not lower them."""


def test_recall_and_precision_are_the_measured_ones():
    """On both parts, of each kind; the wrong lines are printed."""
    print(redaction_lines.table())
    for part in PARTS:
        scores = measure(part)
        for score in scores.values():
            print(*score.wrong_lines, sep="\n")
        assert {k: (s.recall, s.precision) for k, s in scores.items()} == MEASURED[part]


def test_set_has_hard_lines_of_each_kind():
    """At least 150 lines, about half of them held out, a third of them without a label."""
    lines = {part: read(part) for part in PARTS}
    assert sum(map(len, lines.values())) >= 150
    assert len(lines["held-out"]) >= 75
    for part in PARTS:
        plain = [line for line in lines[part] if "{{" not in line]
        assert len(plain) >= len(lines[part]) / 3


def test_page_has_the_measured_table():
    """docs/privacy.md states what this set measures."""
    assert redaction_lines.table() in (ROOT / "docs/privacy.md").read_text("utf-8")


def test_redacted_lines_stay_as_they_are():
    """A second redaction of each line changes nothing."""
    for part in PARTS:
        for line in read(part):
            redacted = redact(parse(line)[0])
            assert redact(redacted) == redacted
