"""What the stand-in sees of a text: words, pairs of words and pieces of words.

Words after a negation carry the mark `NOT_` up to the next punctuation or for three words, a word
written in capitals in a text that is not all capitals carries a mark beside it, and a letter
repeated more than twice counts as two. Pieces are runs of 2 to 5 characters within a word that is
padded with one space on each side.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

WORD, PIECE = "w", "c"
"""What a feature's name starts with, by block. The blocks are normalised by themselves."""

_TOKEN = re.compile(
    r"(?P<url>https?://\S+|www\.\S+)|(?P<user>@\w+)"
    r"|(?P<face>[<>]?[:;=8xX][-o*']?[()\[\]dDpP/\\|]+(?!\w)|<3+)"
    r"|(?P<word>\w+(?:['\u2019]\w+)*)|(?P<mark>[!?]+|[.,;:]+)|(?P<sign>[^\s\w])"
)
_NEGATION = re.compile(
    r"^(?:no|not|never|none|nobody|nothing|neither|nor|nowhere|hardly|barely|cannot|without"
    r"|\w+n['\u2019]?t)$"
)
_REPEATED = re.compile(r"(.)\1{2,}")
_REACH = 3


def features(text: str) -> Counter[str]:
    """How often each feature occurs. Names start with `w` (words, pairs) or `c` (pieces)."""
    tokens = list(_tokens(text))
    counts: Counter[str] = Counter()
    counts.update(WORD + token for token in tokens)
    counts.update(f"{WORD}{one} {two}" for one, two in pairwise(tokens))
    for token in tokens:
        counts.update(_pieces(token.removeprefix("NOT_")))
    return counts


def _tokens(text: str) -> Iterator[str]:
    """Words in lower case with their marks, faces and punctuation as they stand."""
    shouting = text.isupper()
    reach = 0
    for found in _TOKEN.finditer(text):
        kind, token = str(found.lastgroup), found.group()
        if kind == "word":
            plain = _REPEATED.sub(r"\1\1", token.lower().replace("\u2019", "'"))
            yield f"NOT_{plain}" if reach else plain
            if not shouting and len(token) > 2 and token.isupper():
                yield "CAPS"
            reach = _REACH if _NEGATION.match(plain) else max(0, reach - 1)
        elif kind == "mark":
            reach = 0
            yield token[:2] if len(set(token)) == 1 else "".join(sorted(set(token)))
        else:
            yield {"url": "URL", "user": "USER"}.get(kind, token)


def _pieces(token: str) -> Iterator[str]:
    padded = f" {token} "
    for size in range(2, 6):
        for at in range(len(padded) - size + 1):
            yield PIECE + padded[at : at + size]
