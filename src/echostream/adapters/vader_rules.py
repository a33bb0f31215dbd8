"""VADER's rules (Hutto & Gilbert, ICWSM 2014), with the scores of NLTK's analyzer, bit for bit.

NLTK's analyzer makes 34 variants of every word of a text, to remove punctuation. Here a token is
read once: its bare form, its valence, whether it negates, boosts or shouts. The cache of tokens is
bounded. The time for a text grows with its length, whatever it contains.

The lexicon and the lists and increments of `VaderConstants` come from NLTK. Numbers that NLTK
writes inside its rules are constants below.
"""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fabs
from typing import Any

CACHED_TOKENS = 16_384
"""The cache is emptied at this number of tokens."""
CACHED_LENGTH = 32
"""Longer tokens are read again each time. The cache takes 9 MB at most."""

_BOOST = (1.0, 0.95, 0.9)
"""The weight of a booster with 0, 1 and 2 words between it and the word that it boosts."""
_NEVER_SO = (1.0, 1.5, 1.25)
"""The factor of "never so" and "never this", by the same distances."""
_SO = ("so", "this")
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.5
_EXCLAMATION, _MOST_EXCLAMATIONS = 0.292, 4
_QUESTION, _MOST_QUESTIONS, _MANY_QUESTIONS = 0.18, 3, 0.96
_NAMED_BY_RULES = ("kind", "of", "least", "at", "very", "never", "so", "this", "but")


@dataclass(slots=True)
class Word:
    """What the rules need to know of a token without the punctuation around it."""

    text: str = ""
    """Empty for a word that no rule names."""
    lower: str = ""
    valence: float | None = None
    """None for a word that is not in the lexicon."""
    in_lexicon: bool = False
    boost: float = 0.0
    is_upper: bool = False
    negates: bool = False
    in_idiom: bool = False


_PLAIN, _SHOUTED = Word(), Word(is_upper=True)
_EDGE = Word(in_lexicon=True)
"""Stands before the first and after the last word of a text; no rule applies to it."""
_PUNCTUATION = frozenset(string.punctuation)


class TokenReader(dict[str, Word | None]):
    """A cache from a token to its word; None for a token of one character, which has no effect."""

    def __init__(self, lexicon: Mapping[str, float], constants: Any) -> None:
        super().__init__()
        self._lexicon, self._constants = lexicon, constants
        phrases = [*constants.SPECIAL_CASE_IDIOMS, *constants.BOOSTER_DICT]
        self._in_idiom = {word for name in phrases if " " in name for word in name.split()}
        self.named = {*lexicon, *constants.BOOSTER_DICT, *constants.NEGATE, *_NAMED_BY_RULES}
        self.named |= self._in_idiom
        self._punctuation = frozenset(constants.PUNC_LIST)

    def __missing__(self, token: str) -> Word | None:
        word = self.read(token)
        if len(token) <= CACHED_LENGTH:
            if len(self) >= CACHED_TOKENS:
                self.clear()
            self[token] = word
        return word

    def read(self, token: str) -> Word | None:
        """The word of a token, without the cache."""
        return self._word(self._bare(token)) if len(token) > 1 else None

    def _bare(self, token: str) -> str:
        """The token without the punctuation before or after it, as far as NLTK removes it.

        A sign of `PUNC_LIST` is removed from one side only, and only if at least two characters and
        no other punctuation are left.
        """
        right = token.lstrip(string.punctuation)
        bare = right.rstrip(string.punctuation)
        signs = token[: len(token) - len(right)] + right[len(bare) :]
        if len(bare) < 2 or signs not in self._punctuation:
            return token
        is_one_side = len(right) in (len(token), len(bare))
        return bare if is_one_side and _PUNCTUATION.isdisjoint(bare) else token

    def _word(self, text: str) -> Word:
        lower = text.lower()
        if lower not in self.named and "n't" not in lower:
            return _SHOUTED if text.isupper() else _PLAIN
        return Word(
            text,
            lower,
            valence=self._lexicon.get(lower),
            in_lexicon=lower in self._lexicon,
            boost=self._constants.BOOSTER_DICT.get(lower, 0.0),
            is_upper=text.isupper(),
            negates=lower in self._constants.NEGATE or "n't" in lower,
            in_idiom=text in self._in_idiom,
        )


class VaderRules:
    """Scores texts as `nltk.sentiment.vader.SentimentIntensityAnalyzer` does.

    `lexicon` has a valence for each word; `constants` are NLTK's `VaderConstants`. What cannot
    occur with these two is left out: boosters and negations with a valence, and idioms of three
    words before a word (they begin with a word of the lexicon, and do not count there).
    """

    def __init__(self, lexicon: Mapping[str, float], constants: Any) -> None:
        self._constants = constants
        reader = TokenReader(lexicon, constants)
        self._read_cached, self.read, self.names = reader.__getitem__, reader.read, reader.named

    def knows(self, token: str) -> bool:
        """Whether the lexicon or a rule names this token, as it stands in a text."""
        word = self.read(token)
        return word is not None and word.text != ""

    def polarity_scores(self, text: str) -> dict[str, float]:
        """The shares `neg`, `neu` and `pos` of a text, and `compound` from -1 to 1."""
        return self.score(filter(None, map(self._read_cached, text.split())), text)

    def score(self, read: Iterable[Word], text: str) -> dict[str, float]:
        """The scores of words, with the exclamation and question marks of `text`."""
        words: list[Word] = [_EDGE, _EDGE, _EDGE, *read, _EDGE, _EDGE]
        number = len(words) - 5
        if not number:
            return {"neg": 0.0, "neu": 0.0, "pos": 0.0, "compound": 0.0}
        return self._scores(self._valences(words, number), number, _emphasis(text))

    def _valences(self, words: list[Word], number: int) -> list[float]:
        """The valences of the words in the lexicon, in the order of the text.

        As in NLTK, a repeated word has the valence of its first occurrence, and the first "but"
        gives more weight to what follows it.
        """
        shouts = 0 < sum([word.is_upper for word in words]) < number
        known: dict[str, float] = {}
        valences: list[float] = []
        weight = 1.0
        for index, word in enumerate(words):
            if word.valence is not None:
                valence = known.get(word.text)
                if valence is None:
                    valence = known[word.text] = self._valence(words, index, word.valence, shouts)
                valences.append(valence * weight)
            elif word.lower == "but" and weight == 1.0:
                valences = [valence * _BEFORE_BUT for valence in valences]
                weight = _AFTER_BUT
        return valences

    def _valence(self, words: list[Word], index: int, valence: float, shouts: bool) -> float:
        """The valence of a word in its context: three words before it, two after it."""
        word, constants = words[index], self._constants
        third, second, first = words[index - 3 : index]
        if word.lower == "kind" and words[index + 1].lower == "of":
            return 0.0
        if shouts and word.is_upper:
            valence += constants.C_INCR if valence > 0 else -constants.C_INCR
        valence = self._modified(valence, first, 0, shouts)
        never_so = second.text == "never" and first.text in _SO
        valence = self._modified(valence, second, 1, shouts, never_so)
        if not third.in_lexicon:
            never_so = first.text in _SO or (third.text == "never" and second.text in _SO)
            valence = self._modified(valence, third, 2, shouts, never_so)
            if word.in_idiom or second.in_idiom:
                valence = self._idiom(valence, [near.text for near in words[index - 3 : index + 3]])
        if first.lower == "least" and second.lower not in ("at", "very"):
            valence *= constants.N_SCALAR
        return valence

    def _modified(
        self, valence: float, modifier: Word, distance: int, shouts: bool, never_so: bool = False
    ) -> float:
        """The valence after a modifier with `distance` words between the two."""
        if modifier.boost:
            boost = -modifier.boost if valence < 0 else modifier.boost
            if shouts and modifier.is_upper:
                boost += self._constants.C_INCR if valence > 0 else -self._constants.C_INCR
            valence += boost * _BOOST[distance]
        if never_so:
            return valence * _NEVER_SO[distance]
        return valence * self._constants.N_SCALAR if modifier.negates else valence

    def _idiom(self, valence: float, texts: Sequence[str]) -> float:
        """The valence of an idiom at the word; `texts` are three before it, the word, two after."""
        third, second, first, word, next_, last = texts
        idioms, boosters = self._constants.SPECIAL_CASE_IDIOMS, self._constants.BOOSTER_DICT
        before = [
            f"{first} {word}",
            f"{second} {first} {word}",
            f"{second} {first}",
            f"{third} {second}",
        ]
        valence = next((idioms[phrase] for phrase in before if phrase in idioms), valence)
        valence = idioms.get(f"{word} {next_}", valence)
        valence = idioms.get(f"{word} {next_} {last}", valence)
        if f"{third} {second}" in boosters or f"{second} {first}" in boosters:
            valence += self._constants.B_DECR
        return valence

    def _scores(self, valences: list[float], number: int, emphasis: float) -> dict[str, float]:
        """The scores of `number` words; those without a valence here are neutral."""
        positive = [valence + 1 for valence in valences if valence > 0]
        negative = [valence - 1 for valence in valences if valence < 0]
        total = float(sum(valences))
        if total:
            total += emphasis if total > 0 else -emphasis
        pos, neg = sum(positive), fabs(sum(negative))
        neutral = number - len(positive) - len(negative)
        if pos > neg:
            pos += emphasis
        elif pos < neg:
            neg += emphasis
        whole = pos + neg + neutral
        return {
            "neg": round(neg / whole, 3),
            "neu": round(neutral / whole, 3),
            "pos": round(pos / whole, 3),
            "compound": round(self._constants.normalize(total), 4),
        }


def _emphasis(text: str) -> float:
    """What exclamation and question marks add to a text that is not neutral."""
    exclamations = min(text.count("!"), _MOST_EXCLAMATIONS) * _EXCLAMATION
    questions = text.count("?")
    if questions < 2:
        return exclamations
    many = questions > _MOST_QUESTIONS
    return exclamations + (_MANY_QUESTIONS if many else questions * _QUESTION)
