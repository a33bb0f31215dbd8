"""Installs VADER's lexicon for NLTK in this environment, or writes it to FILE.

python -m seed.lexicon [FILE]
"""

import sys
import zipfile
from pathlib import Path

from seed.dataset import lexicon

PATH = Path(sys.prefix) / "nltk_data" / "sentiment" / "vader_lexicon.zip"


def install() -> None:
    """Write the zip file that NLTK reads."""
    PATH.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(PATH, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vader_lexicon/vader_lexicon.txt", lexicon())


def write(path: Path) -> None:
    """Write the lexicon as plain text."""
    path.write_text(lexicon(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write(Path(sys.argv[1])) if sys.argv[1:] else install()
