"""Prints the tables of docs/alerts.md: `make evaluate-alerts`, three minutes."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from bench.alerts import cost, replays, tables, theme_chance


def main() -> None:
    parser = argparse.ArgumentParser(prog="make evaluate-alerts")
    parser.add_argument("--nab", type=Path, help="a copy of github.com/numenta/NAB")
    folder = parser.parse_args().nab
    _print("Tweets of two candidates", replays.tweets())
    if folder:
        _print("Tweets about ten companies", replays.companies(folder))
    _print("Cost of the counters", cost.table())
    _print("Cost of themes", cost.themes())
    _print("Themes that are unusual by chance", theme_chance.table())
    found = tables.results()
    _print("False alarms in 30 days", tables.false_alarms(found))
    _print("Events of all sources: found, delay", tables.events(found))
    _print("Events of one source: found, delay", tables.events_of_one(found))


def _print(title: str, lines: Iterable[str]) -> None:
    print(f"\n{title}\n", flush=True)
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":  # a process of the pool imports this module, too
    main()
