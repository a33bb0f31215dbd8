"""Reduces NLTK to its unmodified VADER analyzer, and adds the lexicon.

`import nltk` runs most of NLTK, which takes up to a second of a cold start. In the layer, NLTK's
packages have only the version, and `nltk.data` reads only the lexicon.
"""

import shutil
import sys
from importlib.metadata import version
from pathlib import Path

MODULES = (
    "collections.py",
    "internals.py",
    "pathsec.py",
    "redos.py",
    "sentiment/vader.py",
    "termsec.py",
    "util.py",
)
DATA = '''"""Replaces NLTK's data loader: reads the lexicon in this folder."""

from pathlib import Path


def load(resource: str) -> str:
    return Path(__file__).with_name(resource.rsplit("/", 1)[-1]).read_text(encoding="utf-8")
'''


def trim_nltk(root: Path, lexicon: Path) -> None:
    whole, trimmed = root / "nltk-whole", root / "nltk"
    trimmed.rename(whole)
    for name in MODULES:
        (trimmed / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(whole / name, trimmed / name)
    (trimmed / "__init__.py").write_text(f'__version__ = "{version("nltk")}"\n')
    (trimmed / "sentiment" / "__init__.py").write_text("")
    (trimmed / "data.py").write_text(DATA)
    shutil.copyfile(lexicon, trimmed / "vader_lexicon.txt")
    shutil.rmtree(whole)
    for path in root.iterdir():
        if not path.name.startswith(("nltk", "regex")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    trim_nltk(Path(sys.argv[1]), Path(sys.argv[2]))
