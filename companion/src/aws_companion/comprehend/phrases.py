"""Key phrases of English text: a noun-phrase grammar over the tags of textblob's own lexicon.

The lexicon lies in the package (Brill's tagger with lexicon and rules, from the pattern library);
no corpus is fetched. A phrase is a determiner or possessive, a number, adjectives and nouns, in
this order, ending with a noun: `the battery life`, `Nikon's lens cap`.
"""

import re
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

UNKNOWN_WORD = 0.5
"""What a word adds to a phrase's score when its tag was guessed from its form."""

_TOKEN = re.compile(
    r"(?P<other>https?://\S+|www\.\S+|[@#]\w+)"
    r"|(?P<suffix>(?<=\w)['\u2019]s\b)"
    r"|(?P<word>\w+(?:-\w+)*(?:['\u2019](?!s\b)\w+)*)"
    r"|(?P<mark>[^\w\s])"
)
_PHRASE = re.compile(r"D?C?(?:(?<!A)A++)?N++(?:SA*+N++)*")
_LETTERS = {"DT": "D", "PRP$": "D", "CD": "C", "JJ": "A", "JJR": "A", "JJS": "A"}
_BEFORE_VERBS = ("PRP", "MD")
"""What looks like a noun after a pronoun or `will` is a verb: `I love`."""
_loading = Lock()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    kind: str
    begin: int
    end: int


def key_phrases(text: str) -> list[dict[str, Any]]:
    """`{"Text", "BeginOffset", "EndOffset", "Score"}` of each phrase, in the text's order.

    Offsets count characters. The score is no confidence that a model learnt: it is the mean over
    the words of 1 for a word that the lexicon holds and `UNKNOWN_WORD` for any other.
    """
    tokens = [
        _Token(found.group(), str(found.lastgroup), *found.span())
        for found in _TOKEN.finditer(text)
    ]
    letters = "".join(_letters(tokens))
    return [
        _phrase(text, tokens[found.start() : found.end()]) for found in _PHRASE.finditer(letters)
    ]


def _letters(tokens: list[_Token]) -> list[str]:
    """One letter for each token: what part it can play in a phrase."""
    tagged = _english().parser.find_tags([token.text for token in tokens])
    tags = [tag for _, tag in tagged]
    before = ["", *tags][: len(tags)]
    return [_letter(*each) for each in zip(tokens, tags, before, strict=True)]


def _letter(token: _Token, tag: str, before: str) -> str:
    if token.kind == "suffix":
        return "S"
    if token.kind != "word":
        return "x"
    if tag.startswith("NN"):
        return "x" if before in _BEFORE_VERBS else "N"
    return _LETTERS.get(tag, "x")


def _phrase(text: str, tokens: list[_Token]) -> dict[str, Any]:
    begin, end = tokens[0].begin, tokens[-1].end
    lexicon = _english().lexicon
    words = [token.text for token in tokens if token.kind == "word"]
    known = [1.0 if w in lexicon or w.lower() in lexicon else UNKNOWN_WORD for w in words]
    return {
        "Text": text[begin:end],
        "BeginOffset": begin,
        "EndOffset": end,
        "Score": sum(known) / len(known),
    }


def _english() -> Any:
    """textblob's English module; its files are read on first use, by one thread."""
    with _loading:
        return _loaded()


@cache
def _loaded() -> Any:
    from textblob import en

    en.parser.find_tags(["any", "sentence"])
    return en
