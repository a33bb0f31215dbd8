"""Masks slurs and personal data in a text that is quoted.

Slurs are found as whole words; docs/themes.md states which, and what is not looked for. All
expressions read a character a bounded number of times, so that the time is linear in the length of
the text. Masked text does not change when it is masked again.
"""

import re
import unicodedata
from collections import defaultdict

from echostream.domain.redaction import redact
from echostream.domain.slurs import SLURS

STRETCHED = 3
"""Equal letters in a row from which on they stand for one letter or two, as in `sluuut`."""
_NAME = r"\w++(?:[.-]\w++)*+"
_USER = re.compile(rf"(?<![\w+'-])[@\uff20]{_NAME}(?:[@\uff20]{_NAME})?")
"""A user's name, also with its server (`@ann@example.social`); not the end of an address."""
_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"(.)\1*", re.DOTALL)
_LIKE_LETTERS = str.maketrans("01345", "oieas")
"""Digits that are written for letters."""
Spelling = tuple[int, ...]
"""The length of each run of equal letters: 1, 1, 2, 1 for `abccd`."""


def mask(text: str) -> str:
    """The text with `[email]`, `[phone]`, `[card]` and `[user]` in place of personal data.

    Of a slur the first letter stays, and each other one is an asterisk.
    """
    return _WORD.sub(_masked, redact(_USER.sub("[user]", text)))


def _masked(match: re.Match[str]) -> str:
    word = match[0]
    return word[0] + "*" * (len(word) - 1) if _is_slur(word) else word


def _is_slur(word: str) -> bool:
    """Whether a word is a slur, in any case, also with digits for letters or stretched letters."""
    key = unicodedata.normalize("NFKC", word).casefold().translate(_LIKE_LETTERS)
    letters, spelling = _runs(key)
    return any(_is_spelled(spelling, slur) for slur in _SPELLINGS.get(letters, ()))


def _is_spelled(spelling: Spelling, slur: Spelling) -> bool:
    pairs = zip(spelling, slur, strict=True)
    return all(length == own or length >= STRETCHED for length, own in pairs)


def _runs(word: str) -> tuple[str, Spelling]:
    """The letters of a word without repetitions, and how often each is repeated."""
    runs = list(_RUN.finditer(word))
    return "".join(run[1] for run in runs), tuple(len(run[0]) for run in runs)


def _spellings() -> dict[str, list[Spelling]]:
    found = defaultdict(list)
    for slur in sorted(SLURS):
        letters, spelling = _runs(slur)
        found[letters].append(spelling)
    return dict(found)


_SPELLINGS = _spellings()
