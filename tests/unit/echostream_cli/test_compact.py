"""What `make compact` prints."""

import pytest

from echostream.domain.compaction import Report
from echostream_cli.lake import compact


@pytest.mark.parametrize("postponed", [[], ["2026-01-30", "2026-01-31"]])
def test_days_that_wait_for_the_next_run_are_printed(capsys, postponed):
    """If there are any; the command can then be run again."""
    compact.show(Report("2026-05-19", postponed=postponed).to_wire())
    message = "2 days with expired documents wait for the next run"
    assert (message in capsys.readouterr().out) is bool(postponed)


def test_report_of_a_former_version_is_printed(capsys):
    """The function may be older than the command."""
    report = Report("2026-05-19").to_wire()
    del report["postponed"]
    compact.show(report)
    assert "compacted to 2026-05-19" in capsys.readouterr().out
