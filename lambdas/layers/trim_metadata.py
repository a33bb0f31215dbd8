"""Removes unused files from a layer: metadata, byte code, type stubs, command-line scripts."""

import shutil
import sys
from pathlib import Path

UNUSED = ("*.dist-info", "__pycache__", "*.pyi", "py.typed", "bin", ".lock")


def trim(root: Path) -> None:
    for pattern in UNUSED:
        for path in list(root.rglob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
