"""Recorded answers, docs/aws-answers.json, and their part of docs/parity.md."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from echostream_cli.doctor.aws.questions import Question
from echostream_cli.doctor.probes import NOT_RUN
from echostream_cli.paths import ROOT

FILE = ROOT / "docs" / "aws-answers.json"
"""Answers by who gave them, in the format of docs/parity.json; without account ids and names."""
AWS = "AWS"
HEAD = """
## Questions that only AWS answers

`make doctor AWS=1` asks them of an account ([how](operations.md#ask-aws)). Where the column of AWS
says `not run`, nobody has asked AWS yet. The other columns have the answers of emulators to the
same calls, which show that the questions work, not what AWS does.

"""


def load(path: Path = FILE) -> dict[str, Any]:
    """Recorded answers: `{"AWS": {"as_of": day, "findings": {question: [verdict, detail]}}}`."""
    answers: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return answers


def format_section(answers: Mapping[str, Any], questions: Sequence[Question]) -> str:
    """A row for each question, a column for AWS and each emulator, and the details."""
    sources = [AWS, *sorted(set(answers) - {AWS})]
    titles = [f"{one} ({answers[one]['as_of']})" if one in answers else one for one in sources]
    head = ("service", "on AWS, as we expect", *titles, "if AWS differs")
    rows = [_row(*head), _row(*["---"] * len(head))]
    for item in questions:
        cells = [": ".join(filter(None, _finding(answers, one, item))) for one in sources]
        rows.append(_row(item.service, item.behaviour, *cells, item.remedy))
    return HEAD + "\n".join(rows) + "\n"


def _finding(answers: Mapping[str, Any], source: str, item: Question) -> Sequence[str]:
    findings: Mapping[str, Sequence[str]] = answers.get(source, {}).get("findings", {})
    return findings.get(item.name, [NOT_RUN])


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
