"""Key phrases of English text: a noun-phrase grammar over the tags of textblob's lexicon.

The lexicon is part of textblob (Brill's tagger with lexicon and rules, from the pattern library);
no corpus is downloaded. A phrase is a determiner or possessive, a number, adjectives and nouns, in
this order, and ends with a noun: `the battery life`, `Nikon's lens cap`.
"""

import re
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

UNKNOWN_WORD = 0.5
"""The score of a word that the lexicon lacks: its tag was guessed from its form."""

_TOKEN = re.compile(
    r"(?P<other>https?://\S+|www\.\S+|[@#]\w+)"
    r"|(?P<suffix>(?<=\w)['\u2019]s\b)"
    r"|(?P<word>\w+(?:-\w+)*(?:['\u2019](?!s\b)\w+)*)"
    r"|(?P<mark>[^\w\s])"
)
_PHRASE = re.compile(r"D?C?(?:(?<!A)A++)?N++(?:SA*+N++)*")
_LETTERS = {"DT": "D", "PRP$": "D", "CD": "C", "JJ": "A", "JJR": "A", "JJS": "A"}
_BEFORE_VERBS = ("PRP", "MD")
"""After a pronoun or a modal, a word tagged as a noun is a verb: `I love`."""
_loading = Lock()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str
    begin: int
    end: int


def key_phrases(text: str) -> list[dict[str, Any]]:
    """`{"Text", "BeginOffset", "EndOffset", "Score"}` of each phrase, in the text's order.

    Offsets count characters. The score is not a model's confidence: it is the mean over the words
    of 1 for a word in the lexicon and `UNKNOWN_WORD` for any other.
    """
    tokens = [
        _Token(match.group(), str(match.lastgroup), *match.span())
        for match in _TOKEN.finditer(text)
    ]
    letters = "".join(_letters(tokens))
    return [
        _phrase(text, tokens[match.start() : match.end()]) for match in _PHRASE.finditer(letters)
    ]


def _letters(tokens: list[_Token]) -> list[str]:
    """One letter for each token: its role in a phrase."""
    tagged = _english().parser.find_tags([token.text for token in tokens])
    tags = [tag for _, tag in tagged]
    previous_tags = ["", *tags][: len(tags)]
    return [_letter(*each) for each in zip(tokens, tags, previous_tags, strict=True)]


def _letter(token: _Token, tag: str, previous_tag: str) -> str:
    if token.kind == "suffix":
        return "S"
    if token.kind != "word":
        return "x"
    if tag.startswith("NN"):
        return "x" if previous_tag in _BEFORE_VERBS else "N"
    return _LETTERS.get(tag, "x")


def _phrase(text: str, tokens: list[_Token]) -> dict[str, Any]:
    begin, end = tokens[0].begin, tokens[-1].end
    lexicon = _english().lexicon
    words = [token.text for token in tokens if token.kind == "word"]
    scores = [1.0 if w in lexicon or w.lower() in lexicon else UNKNOWN_WORD for w in words]
    return {
        "Text": text[begin:end],
        "BeginOffset": begin,
        "EndOffset": end,
        "Score": sum(scores) / len(scores),
    }


def _english() -> Any:
    """textblob's English module. One thread reads its files, on first use."""
    with _loading:
        return _loaded()


@cache
def _loaded() -> Any:
    from textblob import en

    en.parser.find_tags(["any", "sentence"])
    return en
