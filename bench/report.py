"""The results of the benchmarks: a line for each when it is measured, and all of them as JSON."""

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import psutil


def read_machine() -> dict[str, Any]:
    """The machine of this run: cores, processor, system, Python, and the load when it is read."""
    return {
        "cores": psutil.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


@dataclass(frozen=True, slots=True)
class Goal:
    """What a ratio must be."""

    bound: Literal["at least", "at most"]
    ratio: float

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.ratio if self.bound == "at least" else ratio <= self.ratio


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement, and the one that it is compared with, in the same unit."""

    name: str
    unit: str
    ours: float
    baseline_name: str = ""
    baseline: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over the baseline; None without a baseline, or if it is 0."""
        return self.ours / self.baseline if self.baseline else None


@dataclass(slots=True)
class Report:
    """Collects rows. `write` gets each line of the table. The load is that before the run."""

    write: Callable[[str], None] = print
    date: datetime = field(default_factory=lambda: datetime.now(UTC))
    machine: dict[str, Any] = field(default_factory=read_machine)
    rows: list[dict[str, Any]] = field(default_factory=list)
    profiles: dict[str, list[str]] = field(default_factory=dict)
    _section: str = ""

    def start(self) -> None:
        """Print the date and the machine."""
        self.write(f"{self.date:%Y-%m-%d %H:%M} UTC, {format_machine(self.machine)}")

    def section(self, name: str) -> None:
        """Begin a part of the table."""
        self._section = name
        self.write(f"\n{name}")

    def add(self, row: Row) -> None:
        """Print a row and keep it."""
        self.write(format_row(row))
        goal = {"goal": asdict(row.goal)} if row.goal else {}
        values = {name: value for name, value in asdict(row).items() if name != "goal"}
        self.rows.append({"section": self._section, **values, "ratio": row.ratio, **goal})

    def profile(self, name: str, lines: list[str]) -> None:
        """Print the lines of a profile and keep them."""
        self.section(name)
        self.profiles[name] = lines
        for line in lines:
            self.write(f"  {line}")

    def to_json(self) -> str:
        """Everything, as JSON."""
        content: dict[str, Any] = {"date": self.date.isoformat(), "machine": self.machine}
        return json.dumps({**content, "rows": self.rows, "profiles": self.profiles}, indent=1)


def format_machine(values: dict[str, Any]) -> str:
    """The machine on one line."""
    return (
        f"{values['cores']} cores ({values['architecture']}, {values['system']}),"
        f" Python {values['python']}, load {values['load']}"
    )


def format_row(row: Row) -> str:
    """A row as a line of the table, with the unit at each value."""
    line = f"  {row.name:<36} {format_value(row.ours, row.unit):>24}"
    if row.baseline is None:
        return line
    baseline = f"{row.baseline_name} {format_value(row.baseline, row.unit)}"
    line += f" {baseline:>42}"
    if row.ratio is None:
        return line
    line += f"   ratio {row.ratio:.{2 if row.ratio >= 0.1 else 4}f}"
    if row.goal is None:
        return line
    result = "met" if row.goal.is_met(row.ratio) else "missed"
    return f"{line}, goal {row.goal.bound} {row.goal.ratio}: {result}"


def format_value(value: float, unit: str) -> str:
    """A value with its unit; three digits, or all before the point."""
    digits = 0 if isinstance(value, int) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()
