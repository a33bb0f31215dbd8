"""Import of the functions and the first score, as the layers ship, over `import nltk`.

Both sides have their byte code, and run on the emulator's interpreter, which has no numpy or
scikit-learn for NLTK to import. What an empty interpreter needs is subtracted.
"""

import compileall
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from bench.report import Goal, Report, Row
from echostream_cli.console import progress, step
from echostream_cli.paths import ROOT
from echostream_cli.settings import Settings

PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
RUNS = 9
IMPORT = "import sys; sys.path[:0] = sys.argv[1:]; import {}"
FIRST_SCORE = (
    IMPORT.format("handler")
    + """
from datetime import UTC, datetime
from echostream.domain.model import Document
from echostream.entrypoints.wiring import free_engine
now = datetime.now(UTC)
free_engine().enrich([Document("a", "I love this", "x", now)], now)
"""
)
LAYERS = ("CoreLayer", "NlpLayer")
NLTK = ("nltk", "regex", "click", "joblib", "tqdm", "defusedxml")
"""NLTK and what `pip install nltk` installs with it."""
FIRST = "processor, import to first score"
GOALS = {FIRST: Goal("at most", 1.0)}

Command = Sequence[str | Path]


def bench(settings: Settings, report: Report) -> None:
    """Start every command in turns, and report the medians by the clock and by CPU."""
    with step("NLTK with its byte code"):
        _copy_nltk(settings.state_dir / "nltk")
    report.section("Cold start, over import nltk")
    medians = _measure(_commands(settings))
    empty, baseline = medians.pop("empty"), medians.pop("nltk")
    for name, values in medians.items():
        for index, unit in enumerate(("ms", "CPU ms")):
            ours, bare = values[index] - empty[index], baseline[index] - empty[index]
            report.add(Row(name, unit, ours, "import nltk", bare, GOALS.get(name)))


def _commands(settings: Settings) -> dict[str, Command]:
    """The commands: code, and the folders to import from."""
    build, nltk = settings.state_dir / "build", settings.state_dir / "nltk"
    core, nlp = (build / layer / "python" for layer in LAYERS)
    handler = IMPORT.format("handler")
    return {
        "empty": ["pass"],
        "nltk": [IMPORT.format("nltk"), nltk],
        FIRST: [FIRST_SCORE, build / "ProcessorFunction", core, nlp],
        "processor, import": [handler, build / "ProcessorFunction", core, nlp],
        "query, import": [handler, build / "QueryFunction", core],
        "claims, import": [handler, build / "ClaimsFunction", core],
    }


def _copy_nltk(folder: Path) -> None:
    """Copy NLTK with its dependencies, as pip installs them, and compile them."""
    for name in NLTK:
        package = Path(str(find_spec(name).origin)).parent  # type: ignore[union-attr]
        shutil.copytree(package, folder / name)
    compileall.compile_dir(folder, quiet=1)


def _measure(commands: dict[str, Command]) -> dict[str, tuple[float, float]]:
    """The medians of each command in ms: by the clock, and of CPU."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with progress("cold starts", "starts", RUNS * len(commands)) as advance:
        for _ in range(RUNS):
            for name, command in commands.items():
                times[name].append(_run(command))
                advance(1)
    return {
        name: (median(clock for clock, _ in values), median(cpu for _, cpu in values))
        for name, values in times.items()
    }


def _run(command: Command) -> tuple[float, float]:
    environment = {
        "NLTK_DATA": str(Path(sys.prefix) / "nltk_data"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_SERVICE_NAME": "bench",
    }
    cpu, start = _children_cpu(), time.perf_counter()
    subprocess.run([PYTHON, "-c", *command], check=True, env=environment, cwd=os.sep)
    return (time.perf_counter() - start) * 1e3, (_children_cpu() - cpu) * 1e3


def _children_cpu() -> float:
    """CPU seconds of all finished child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
