"""Take out of a layer what never runs: metadata, byte code, type stubs, command-line scripts."""

import shutil
import sys
from pathlib import Path

UNUSED = ("*.dist-info", "__pycache__", "*.pyi", "py.typed", "bin", ".lock")


def trim(root: Path) -> None:
    for pattern in UNUSED:
        for found in list(root.rglob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
