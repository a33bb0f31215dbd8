"""The report: ratios, goals, units, and the JSON."""

import json

import pytest

from bench.report import Goal, Report, Row


def report_of(*rows):
    """The lines of a report, and its JSON."""
    lines: list[str] = []
    report = Report(lines.append)
    report.section("Ingest")
    for row in rows:
        report.add(row)
    return lines[1:], json.loads(report.to_json())


@pytest.mark.parametrize(
    ("goal", "ours", "result"),
    [
        (Goal("at least", 0.8), 80, "met"),
        (Goal("at least", 0.8), 79, "missed"),
        (Goal("at most", 1.5), 150, "met"),
        (Goal("at most", 1.5), 151, "missed"),
    ],
)
def test_goal_is_met_up_to_its_bound(goal, ours, result):
    """A throughput has a least ratio, a duration a largest."""
    [line], _ = report_of(Row("batches", "ms", ours, "floor", 100, goal))
    assert line.endswith(f"goal {goal.bound} {goal.ratio}: {result}")


def test_both_values_have_the_unit_and_three_digits():
    """Small values have decimals, counts have none."""
    lines, _ = report_of(
        Row("a page", "ms", 1.234, "floor", 56.78),
        Row("tweets", "tweets/s", 12345.6),
        Row("page", "requests", 7),
    )
    assert "1.23 ms" in lines[0]
    assert "floor 56.8 ms" in lines[0]
    assert "ratio 0.0217" in lines[0]
    assert lines[1].endswith("12,346 tweets/s")
    assert lines[2].endswith(" 7 requests")


def test_json_has_every_row_with_section_ratio_and_machine():
    """Scripts compare the ratios of runs on equal machines."""
    goal = Goal("at least", 0.8)
    batches = Row("batches", "documents/s", 50.0, "floor", 100.0, goal)
    _, content = report_of(batches, Row("x", "s", 2))
    first, second = content["rows"]
    assert (first["section"], first["unit"], first["ratio"]) == ("Ingest", "documents/s", 0.5)
    assert first["goal"] == {"bound": "at least", "ratio": 0.8}
    assert (second["ratio"], "goal" in second) == (None, False)
    assert {"cores", "python"} <= set(content["machine"])
    assert "date" in content
