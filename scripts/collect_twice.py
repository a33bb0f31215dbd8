"""Collects the tests twice and compares their names and order.

The second collection has a different hash seed, time zone and date. Names must not depend on these:
pytest-xdist fails if its workers collect different tests.
"""

import difflib
import os
import subprocess
import sys

COLLECT = """
import sys, pytest, time_machine
from datetime import UTC, datetime, timedelta
with time_machine.travel(datetime.now(UTC) + timedelta(days=int(sys.argv[1])), tick=True):
    sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]))
"""


def collect(days: int, seed: str, zone: str) -> subprocess.Popen[str]:
    """Start a collection `days` days from now."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", COLLECT, str(days)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def names(collection: subprocess.Popen[str]) -> list[str]:
    """The tests of a collection in their order. Exits if the collection fails."""
    output, _ = collection.communicate()
    tests = [line for line in output.splitlines() if "::" in line]
    if collection.returncode or not tests:
        sys.exit(f"error: the collection of the tests failed:\n{output}")
    return tests


def main() -> None:
    collections = collect(0, "1", "UTC"), collect(400, "2", "Asia/Tokyo")
    first, second = map(names, collections)
    if first != second:
        difference = difflib.unified_diff(first, second, "first", "second", n=0, lineterm="")
        sys.exit(
            "error: two collections differ. Give `parametrize` ids that do not depend on time, "
            "hash seed or time zone:\n" + "\n".join(difference)
        )
    print(f"two collections have the same {len(first)} tests")


if __name__ == "__main__":
    main()
