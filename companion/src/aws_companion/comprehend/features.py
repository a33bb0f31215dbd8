"""The features of the sentiment model: words, pairs of words and pieces of words.

The three words after a negation, or those up to the next punctuation, get the prefix `NOT_`. A
word in capitals, in a text that is not all capitals, adds the token `CAPS`. A letter repeated more
than twice counts as two. Pieces are runs of 2 to 5 characters within a word that is padded with
one space on each side.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

WORD, PIECE = "w", "c"
"""The prefix of a feature's name, by block. Each block is normalised separately."""

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
_NEGATION_REACH = 3


def features(text: str) -> Counter[str]:
    """The count of each feature. Names start with `w` (words, pairs) or `c` (pieces)."""
    tokens = list(_tokens(text))
    counts: Counter[str] = Counter()
    counts.update(WORD + token for token in tokens)
    counts.update(f"{WORD}{first} {second}" for first, second in pairwise(tokens))
    for token in tokens:
        counts.update(_pieces(token.removeprefix("NOT_")))
    return counts


def _tokens(text: str) -> Iterator[str]:
    """Words in lower case with their prefixes; emoticons and punctuation unchanged."""
    is_all_capitals = text.isupper()
    negated_words = 0
    for match in _TOKEN.finditer(text):
        kind, token = str(match.lastgroup), match.group()
        if kind == "word":
            word = _REPEATED.sub(r"\1\1", token.lower().replace("\u2019", "'"))
            yield f"NOT_{word}" if negated_words else word
            if not is_all_capitals and len(token) > 2 and token.isupper():
                yield "CAPS"
            negated_words = _NEGATION_REACH if _NEGATION.match(word) else max(0, negated_words - 1)
        elif kind == "mark":
            negated_words = 0
            yield token[:2] if len(set(token)) == 1 else "".join(sorted(set(token)))
        else:
            yield {"url": "URL", "user": "USER"}.get(kind, token)


def _pieces(token: str) -> Iterator[str]:
    padded = f" {token} "
    for size in range(2, 6):
        for start in range(len(padded) - size + 1):
            yield PIECE + padded[start : start + size]
