"""Puts VADER's lexicon where NLTK looks for it in this environment: `python -m seed.lexicon`."""

import sys
import zipfile
from pathlib import Path

from seed.dataset import lexicon

PATH = Path(sys.prefix) / "nltk_data" / "sentiment" / "vader_lexicon.zip"


def install() -> None:
    PATH.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(PATH, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vader_lexicon/vader_lexicon.txt", lexicon())


if __name__ == "__main__":
    install()
