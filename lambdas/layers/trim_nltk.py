"""Reduces NLTK to the file with its VADER analyzer, unmodified, and adds lexicon and licence.

The functions use the analyzer's lexicon and constants (`echostream.adapters.vader_rules`). The
whole of NLTK takes up to a second of a cold start. In the layer:

- packages hold only the version;
- `nltk.util` and `nltk.redos` hold only what `sentiment/vader.py` imports, from Python's library:
  its one pattern is a set of characters, which needs no limit of time;
- `nltk.data` reads only the lexicon.
"""

import shutil
import sys
from importlib.metadata import version
from pathlib import Path

from trim_fasttext import KEPT

ANALYZER = "sentiment/vader.py"
NAMES = {
    "redos": "from re import compile as compile",
    "util": "from itertools import pairwise as pairwise",
}
"""By module of NLTK: the import that replaces its content."""
DATA = '''"""Replaces NLTK's data loader: reads the lexicon in this folder."""

from pathlib import Path


def load(resource: str) -> str:
    return Path(__file__).with_name(resource.rsplit("/", 1)[-1]).read_text(encoding="utf-8")
'''


def trim_nltk(root: Path, lexicon: Path) -> None:
    """Replace the packages in `root`, as installed, by a folder `nltk`; `KEPT` stay."""
    analyzer = (root / "nltk" / ANALYZER).read_bytes()
    [licence] = root.glob("nltk-*.dist-info/licenses/LICENSE.txt")
    licence_text = licence.read_bytes()
    for path in list(root.iterdir()):
        if not any(path.match(pattern) for pattern in KEPT):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    trimmed = root / "nltk"
    (trimmed / ANALYZER).parent.mkdir(parents=True)
    (trimmed / ANALYZER).write_bytes(analyzer)
    (trimmed / "LICENSE.txt").write_bytes(licence_text)
    (trimmed / "__init__.py").write_text(f'__version__ = "{version("nltk")}"\n')
    (trimmed / "sentiment" / "__init__.py").write_text("")
    (trimmed / "data.py").write_text(DATA)
    for name, content in NAMES.items():
        (trimmed / f"{name}.py").write_text(f'"""Replaces NLTK\'s module."""\n\n{content}\n')
    shutil.copyfile(lexicon, trimmed / "vader_lexicon.txt")


if __name__ == "__main__":
    trim_nltk(Path(sys.argv[1]), Path(sys.argv[2]))
