"""Opinions: the noun phrases of a text, each with the sentiment of the clause that names it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from echostream.domain.themes.phrases import NounPhrase, clauses, noun_phrases, sentences
from echostream.domain.themes.terms import MAX_CHARACTERS, visible

MAX_OPINIONS = 100
"""Of a text; the first ones count."""
THRESHOLD = 0.05
"""The compound from which on a clause is praise; below its negative it is criticism."""

Score = Callable[[str], float]
"""The compound sentiment of a text, from -1 to 1."""
Phrase = tuple[str, ...]
"""The words of a noun phrase."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A noun phrase, the compound of its clause from -1 to 1, and its sentence."""

    phrase: Phrase
    compound: float
    sentence: str


def opinions(text: str, score: Score) -> list[Opinion]:
    """The opinions of a text, in its order, at most `MAX_OPINIONS`.

    Words of a phrase do not judge it: `customer support` is no praise. A clause without sentiment
    has that of its sentence: `I like the screen and the buttons`. Of a long text the first whole
    sentences are read.
    """
    shown = visible(text)
    whole = list(sentences(shown[:MAX_CHARACTERS]))
    if max(len(text), len(shown)) > MAX_CHARACTERS:
        whole = whole[:-1]
    return list(islice(_opinions(whole, cache(score)), MAX_OPINIONS))


def _opinions(whole: Iterable[str], score: Score) -> Iterator[Opinion]:
    for sentence in whole:
        for phrase, compound in _judged(sentence, score):
            yield Opinion(phrase, compound, sentence.strip())


def _judged(sentence: str, score: Score) -> Iterator[tuple[Phrase, float]]:
    """The phrases of a sentence, each with its compound.

    The clauses with and without all phrases are scored, and not the clause without each phrase, so
    that the time grows with the length of the sentence and not faster. `score` has a cache.
    """
    parts = [(clause, noun_phrases(clause)) for clause in clauses(sentence)]
    bare = [_without(clause, phrases) for clause, phrases in parts]
    bare_sentence = " ".join(bare)
    for (clause, phrases), rest in zip(parts, bare, strict=True):
        for one in phrases:
            has_sentiment = abs(score(" ".join(one.words))) >= THRESHOLD
            compound = score(rest if has_sentiment else clause)
            if abs(compound) < THRESHOLD:
                compound = score(bare_sentence if has_sentiment else sentence)
            yield one.words, compound


def _without(clause: str, phrases: Iterable[NounPhrase]) -> str:
    """A clause with `it` in place of its noun phrases."""
    parts, end = [], 0
    for one in phrases:
        parts += [clause[end : one.begin], "it"]
        end = one.end
    return "".join([*parts, clause[end:]])
