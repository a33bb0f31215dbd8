"""The command of the benchmarks: what it selects, and what `make bench` passes on."""

import pytest

from bench.__main__ import NAMES, OPTIONAL, names_of, parser
from tests.make_targets import calls


def names(*words):
    return names_of(parser().parse_args(words))


def test_default_runs_everything_but_what_must_be_named():
    """A profile slows what it measures, that of the functions writes a file of the repository, and
    that of labels takes no time into account."""
    assert names() == [name for name in NAMES if name not in OPTIONAL]
    assert names("--profile") == [name for name in NAMES if name not in ("functions", "labels")]


def test_selected_benchmarks_run_in_their_order():
    """Memory is measured on new workers, before everything else."""
    assert names("--only", "query memory") == ["memory", "query"]
    assert names("--only", "query", "--profile") == ["query", "profile"]


def test_unknown_benchmark_is_refused(capsys):
    """The message names it."""
    with pytest.raises(SystemExit):
        parser().parse_args(["--only", "query speed"])
    assert "argument --only: no benchmarks: speed" in capsys.readouterr().err


def test_make_passes_its_variables(tmp_path):
    """Each variable of the target is an option."""
    variables = ("ONLY=query ingest", "PROFILE=1", "ROUNDS=3", "JSON=1", "TO=a file")
    *_, (_, _, _, _, *words) = calls(tmp_path, "bench", *variables)
    options = parser().parse_args(words)
    assert (options.only, options.profile) == (["query", "ingest"], True)
    assert (options.rounds, options.json, str(options.to)) == (3, True, "a file")
