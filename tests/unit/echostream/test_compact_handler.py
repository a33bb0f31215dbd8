"""The compact function: how it divides the time of a run."""

import importlib.util
from types import SimpleNamespace
from typing import Any

import pytest

from echostream.domain.compaction import Report
from echostream.domain.lake_retention import Expired
from echostream.entrypoints import wiring
from echostream_cli.paths import ROOT
from tests.unit.echostream.test_http import CONTEXT
from tests.unit.test_architecture import TEMPLATE

EVENT = {"id": "1", "time": "2026-05-20T00:20:00Z", "days": ["2026-01-31"]}
TIMEOUT = 900


@pytest.fixture(scope="module")
def handler():
    path = ROOT / "lambdas" / "compact" / "handler.py"
    spec = importlib.util.spec_from_file_location("compact", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


class Run:
    """A run in which each page and each day takes a minute, as long as there is time."""

    def __init__(self, handler, monkeypatch):
        self.left, self.pages, self.days, self.arguments = TIMEOUT, 0, 0, {}
        monkeypatch.setattr(wiring, "lake_retention", lambda: self.delete)
        monkeypatch.setattr(wiring, "compaction", lambda: self.compact)
        left = {"get_remaining_time_in_millis": lambda: self.left * 1000}
        context: Any = SimpleNamespace(**{**vars(CONTEXT), **left})
        handler(EVENT, context)

    def delete(self, _, has_time):
        """Work on pages that do not end."""
        while self.left > 0 and has_time():
            self.pages += 1
            self.left -= 60
        return Expired(["2026-01-01"], {}, is_complete=False)

    def compact(self, _, has_time, **arguments):
        """Work on days that do not end."""
        self.arguments = arguments
        while self.left > 0 and has_time():
            self.days += 1
            self.left -= 60
        return Report()


def test_deleting_leaves_time_for_the_compaction(handler, monkeypatch):
    """And the compaction of expired days leaves some for the view, whatever has expired."""
    run = Run(handler, monkeypatch)
    assert (run.pages, run.days) == (5, 7)
    assert 120 <= run.left <= 180
    assert run.arguments == {"rewritten": ["2026-01-31"], "expired": ["2026-01-01"]}


def test_run_leaves_time_with_the_timeout_of_the_template():
    """The function is stopped when it is over."""
    compact = TEMPLATE["Resources"]["CompactFunction"]["Properties"]
    assert compact["Timeout"] == TIMEOUT
