"""Cut NLTK down to its VADER analyzer, which stays as NLTK ships it, and add the lexicon.

`import nltk` runs most of NLTK, close to a second of a cold start. Here its packages are empty
but for the version, and `nltk.data` only knows how to read the one file that VADER asks for.
"""

import shutil
import sys
from importlib.metadata import version
from pathlib import Path

KEPT = (
    "collections.py",
    "internals.py",
    "pathsec.py",
    "redos.py",
    "sentiment/vader.py",
    "termsec.py",
    "util.py",
)
DATA = '''"""Stands in for NLTK's loader of data: reads the lexicon that lies beside it."""

from pathlib import Path


def load(resource: str) -> str:
    return Path(__file__).with_name(resource.rsplit("/", 1)[-1]).read_text(encoding="utf-8")
'''


def trim_nltk(root: Path, lexicon: Path) -> None:
    whole, trimmed = root / "nltk-whole", root / "nltk"
    trimmed.rename(whole)
    for name in KEPT:
        (trimmed / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(whole / name, trimmed / name)
    (trimmed / "__init__.py").write_text(f'__version__ = "{version("nltk")}"\n')
    (trimmed / "sentiment" / "__init__.py").write_text("")
    (trimmed / "data.py").write_text(DATA)
    shutil.copyfile(lexicon, trimmed / "vader_lexicon.txt")
    shutil.rmtree(whole)
    for left in root.iterdir():
        if not left.name.startswith(("nltk", "regex")):
            shutil.rmtree(left) if left.is_dir() else left.unlink()


if __name__ == "__main__":
    trim_nltk(Path(sys.argv[1]), Path(sys.argv[2]))
