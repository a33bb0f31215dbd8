"""The terms of a text: its words, and pairs of words side by side, such as `battery life`.

Addresses, names of users (`@name`), numbers, invisible characters and function words are no terms.
Words of languages without spaces between words are not told apart.
"""

import re
import unicodedata
from collections.abc import Mapping

from echostream.domain.themes.stop_words import FUNCTION_WORDS, OPINION_WORDS

MAX_CHARACTERS = 5_000
"""Of a text that are read; a theme is named at its begin."""
RARE = 5
"""Documents with a plural for one with the singular, at most."""
_LENGTHS = range(2, 31)
"""Characters of a word."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_TOKEN = re.compile(
    r"(?:https?://|www\.)\S+|@\w+|&#?\w+;|(?P<word>[^\W\d_](?:\w|['\u2019](?=\w))*)"
)
_BETWEEN = re.compile(r"[\s-]*")
"""What may be between the words of a pair."""


def terms(text: str) -> list[str]:
    """The words of a text in lower case, each followed by the pair that it ends, if any."""
    found: list[str] = []
    previous, end = "", 0
    text = visible(text).lower()
    for match in _TOKEN.finditer(text):
        word = _word(match["word"])
        if word:
            found.append(word)
            if previous and _BETWEEN.fullmatch(text, end, match.start()):
                found.append(f"{previous} {word}")
        previous, end = word, match.end()
    return found


def visible(text: str) -> str:
    """What a reader sees of the begin of a text, in one form of Unicode (NFKC)."""
    text = text[:MAX_CHARACTERS]
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return text


def _word(token: str | None) -> str:
    """A token as a word; empty if it is no term."""
    if not token:
        return ""
    word = token.replace("\u2019", "'").removesuffix("'s")
    is_term = len(word) in _LENGTHS and word.replace("'", "") not in FUNCTION_WORDS
    return word if is_term else ""


def is_topic(term: str) -> bool:
    """Whether a term can name a theme: none of its words is an opinion."""
    return OPINION_WORDS.isdisjoint(term.split(" "))


def singulars(numbers: Mapping[str, int]) -> dict[str, str]:
    """The singular of each English plural, by the number of documents that have each word.

    A plural is replaced if its singular is common as well: `cameras` is `camera`, `lens` is no
    plural of `len`.
    """
    pairs = ((plural, _singular(plural, numbers)) for plural in numbers)
    return {plural: singular for plural, singular in pairs if singular}


def _singular(plural: str, numbers: Mapping[str, int]) -> str | None:
    if len(plural) < 4 or not plural.endswith("s") or plural.endswith(("ss", "us", "is")):
        return None
    endings = {"ies": "y", "ses": "s", "xes": "x", "ches": "ch", "shes": "sh", "s": ""}
    forms = (plural.removesuffix(old) + new for old, new in endings.items() if plural.endswith(old))
    return next((form for form in forms if RARE * numbers.get(form, 0) >= numbers[plural]), None)


def in_singular(term: str, singular: Mapping[str, str]) -> str:
    """A term with its plurals replaced."""
    return " ".join(singular.get(word, word) for word in term.split(" "))
