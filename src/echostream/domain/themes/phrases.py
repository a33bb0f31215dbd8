"""Noun phrases and clauses of English text, by rules over lists of words; no tagger is needed.

A phrase is a row of words side by side of which none is a function word, a verb, or an adjective
that judges or measures: `battery life`, `optical zoom`. The words around a word decide whether it
is a noun or a verb: `the play button`, `they play`.

Each word gets a letter for what it can be, and the rules are regular expressions over the letters:
N noun, # number, V verb, I `-ing`, E `-ed`, A adjective, D determiner, T `this` or `that`,
P preposition, L preposition of a place or time, K form of `be` and its like, B what stands before
verbs, M `to`, O object, R adverb, G `'s`, x other.

A phrase after a preposition of a place or time is left out: `in my pocket`, `from a shop`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from echostream.domain.themes.phrase_words import (
    ADJECTIVES,
    ADVERBS,
    BEFORE_VERBS,
    DETERMINERS,
    EMPTY_HEADS,
    LINKS,
    NOUNS,
    NOUNS_IN_ED,
    NOUNS_IN_ING,
    NOUNS_IN_LY,
    OBJECTS,
    PLACES,
    PREPOSITIONS,
    VERBS,
)
from echostream.domain.themes.stop_words import FUNCTION_WORDS, OPINION_WORDS

MAX_WORDS = 5
"""Words of a phrase; of more, the last count."""
_LENGTHS = range(2, 31)
"""Characters of a word."""

_SENTENCE = re.compile(r"[.!?;](?=\s|$)|\n+|[\u2026\u3002]")
_SUBJECT = r"(?:i|it|its|it's|you|he|she|we|they|this|that|there|the|my|their)\b"
_CLAUSE = re.compile(
    r"\b(?=(?:but|although|though|however|while|whereas|yet|except|despite|otherwise)\b)"
    r"|\b(?=(?:because|which|since|when|if|who|unless|until)\b)"
    rf"|\b(?=(?:and|or|so|plus|then)\s{_SUBJECT})|,\s?(?={_SUBJECT})"
    r"|\s-{1,3}\s|:\s|[()\[\]\u2013\u2014]",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(?P<other>(?:https?://|www\.)\S+|@\w+|&#?\w+;)|(?P<number>\d[\w.,]*)"
    r"|(?P<word>[^\W\d_](?:\w|['\u2019-](?=\w))*)|[^\s\w#]"
)
_LETTERS: Mapping[str, str] = {
    **dict.fromkeys(FUNCTION_WORDS, "x"),
    **dict.fromkeys(VERBS, "V"),
    **dict.fromkeys(OPINION_WORDS, "A"),
    **dict.fromkeys(ADJECTIVES, "A"),
    **dict.fromkeys(NOUNS | NOUNS_IN_ED | NOUNS_IN_ING | NOUNS_IN_LY, "N"),
    **dict.fromkeys(ADVERBS, "R"),
    **dict.fromkeys(PREPOSITIONS, "P"),
    **dict.fromkeys(PLACES, "L"),
    **dict.fromkeys(LINKS, "K"),
    **dict.fromkeys(DETERMINERS, "D"),
    **dict.fromkeys(OBJECTS, "O"),
    **dict.fromkeys(BEFORE_VERBS, "B"),
    **dict.fromkeys(("this", "that"), "T"),
    "to": "M",
}
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "R": ("ly",),
    "I": ("ing",),
    "E": ("ed",),
    "A": ("ier", "able", "ible", "ful", "less", "ous", "tive", "sive", "ish"),
}
_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"G(?=[NAVIE#])", "D"),
        (r"G", "N"),
        (r"(?<=[DTPLK])E", "A"),
        (r"(?<=[BM])R", "B"),
        (r"(?<=[BM])N", "V"),
        (r"(KR*)N(?![N#])", r"\1A"),
        (r"(?<![DTAPLK])N(?=[DO])", "V"),
    )
)
"""Applied one after the other: a letter in its context, and what it becomes."""
_NOUNS = r"((?:(?<=[DA])[VI]|N)N*(?:#+N*)?)"
_PHRASE = re.compile(rf"[LM]P?[DTAR#]*+{_NOUNS}|{_NOUNS}")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, with the sign at their end."""
    return _parts(_SENTENCE, text, with_mark=True)


def clauses(sentence: str) -> Iterator[str]:
    """The parts of a sentence with a subject of their own, or in contrast: `good, but slow`."""
    return _parts(_CLAUSE, sentence)


def _parts(border: re.Pattern[str], text: str, with_mark: bool = False) -> Iterator[str]:
    begin = 0
    for match in border.finditer(text):
        yield text[begin : match.end() if with_mark else match.start()]
        begin = match.end()
    yield text[begin:]


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """The words of a noun phrase, in lower case, and where it stands in its clause."""

    words: tuple[str, ...]
    begin: int
    end: int


def noun_phrases(clause: str) -> list[NounPhrase]:
    """The noun phrases of a clause, in the order of the text."""
    tokens = list(_TOKEN.finditer(clause))
    row = "".join(map(_letter, tokens))
    for pattern, replacement in _RULES:
        row = pattern.sub(replacement, row)
    spans = (one.span(2) for one in _PHRASE.finditer(row) if one[2])
    found = (tokens[max(begin, end - MAX_WORDS) : end] for begin, end in spans)
    phrases = [NounPhrase(tuple(map(_word, own)), own[0].start(), own[-1].end()) for own in found]
    return [one for one in phrases if _is_name(one.words)]


def ends(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A phrase, then what is left of it without its first words, as far as that is a name."""
    found = (words[begin:] for begin in range(len(words)))
    return (end for end in found if _is_name(end))


def _is_name(words: tuple[str, ...]) -> bool:
    return words[0][0].isalpha() and (len(words) > 1 or words[0] not in EMPTY_HEADS)


def _word(token: re.Match[str]) -> str:
    return token.group().lower().replace("\u2019", "'").removesuffix("'s")


def _letter(token: re.Match[str]) -> str:
    """What a token can be, by itself."""
    if token.lastgroup != "word":
        return "#" if token.lastgroup == "number" else "x"
    word = _word(token)
    bare = word.replace("'", "")
    known = _LETTERS.get(bare)
    if len(word) < len(token.group()):
        return "x" if known else "G"
    if known:
        return known
    if len(bare) not in _LENGTHS:
        return "x"
    return next((kind for kind, endings in _ENDINGS.items() if bare.endswith(endings)), "N")
