"""What a sentence of a model must fulfil to be shown. It is written by a program that read texts
of strangers, and may repeat what they told it.

- It has no digit, no word of a number and no negation: numbers are named, and the report has them.
- What it cites exists, belongs to its theme, and has a term of it that the sentence has, too.
- Its words are those of a report about documents, terms of the facts, or words that two of the
  cited documents have that are not of the same author. What one document alone says cannot get in.
- It does not say that something rose that fell, that a theme is praised that is criticised, or that
  a number is another one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set

from echostream.domain.digest.facts import Facts, ThemeFacts
from echostream.domain.digest.report_words import (
    CRITICISM_WORDS,
    DOWN_WORDS,
    PRAISE_WORDS,
    REPORT_WORDS,
    UNCHECKED_WORDS,
    UP_WORDS,
)
from echostream.domain.digest.sentences import PLACEHOLDER, Sentence
from echostream.domain.themes.corpus import speaker
from echostream.domain.themes.stop_words import FUNCTION_WORDS

MAX_SENTENCES, MAX_LENGTH = 9, 320
"""Of a digest, and characters of a sentence. The draft has at most as many sentences."""
_ALLOWED = re.compile(r"[\w ,.;:'\u2019\u2013\u2014()%+-]*")
_ADDRESS = re.compile(r"\w\.\w|www|http|://|@")
_SENTIMENT = re.compile(r"(?<!\.)\b(positive|negative)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[^\W_]|['\u2019-](?=[^\W_]))*")


def problems(sentences: Sequence[Sentence], facts: Facts) -> list[str]:
    """What is wrong with the sentences of a model, for the model; empty if they can be shown."""
    found = []
    if len(sentences) > MAX_SENTENCES:
        found.append(f"write at most {MAX_SENTENCES} sentences")
    for place, sentence in enumerate(sentences[:MAX_SENTENCES], 1):
        found += [f"sentence {place}: {problem}" for problem in _problems(sentence, facts)]
    return found


def _problems(sentence: Sentence, facts: Facts) -> Iterator[str]:
    plain = PLACEHOLDER.sub(" ", sentence.text)
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(plain)]
    theme = facts.theme(sentence.theme)
    yield from _problems_of_form(sentence, plain, facts)
    if any(character.isnumeric() for character in plain):
        yield "write no digits; name a number in braces"
    if stated := UNCHECKED_WORDS.intersection(words):
        yield f"state no number and no negation in words: {_list(stated)}"
    if sentence.theme and theme is None:
        yield "the theme does not exist"
        return
    yield from _problems_of_citations(sentence, words, theme, facts)
    if unknown := _unknown(words, sentence, theme, facts):
        yield f"these words are not in two of the cited documents: {_list(unknown)}"
    yield from _contradictions(sentence, set(words), theme)


def _problems_of_form(sentence: Sentence, plain: str, facts: Facts) -> Iterator[str]:
    if not plain.strip() or len(sentence.text) > MAX_LENGTH:
        yield f"have 1 to {MAX_LENGTH} characters"
    if not _ALLOWED.fullmatch(plain) or _ADDRESS.search(plain):
        yield "write plain words only, without quotation marks, markup or addresses"
    names = PLACEHOLDER.findall(sentence.text)
    allowed = {
        name for name in facts.numbers if name.startswith((f"{sentence.theme}.", "all.", "before."))
    }
    if unknown := set(names) - allowed:
        yield f"there is no number {_list(unknown)} for this sentence"
    yield from _misread(sentence.text)


def _misread(text: str) -> Iterator[str]:
    """Numbers that the text gives another meaning."""
    for match in re.finditer(r"\.(positive|negative)\}", text):
        said = _SENTIMENT.search(text, match.end())
        if not said or said[1].lower() != match[1]:
            yield f"say {match[1]} after its number"
    for now, before in ((".share}", ".share_before}"), ("all.mean}", "before.mean}")):
        if before in text and not -1 < text.find(now) < text.find(before):
            yield "name the number of the period before that of the comparison"


def _problems_of_citations(
    sentence: Sentence, words: Sequence[str], theme: ThemeFacts | None, facts: Facts
) -> Iterator[str]:
    own = theme.documents if theme else ()
    if foreign := set(sentence.citations) - set(own):
        yield f"these documents are not of the theme: {_list(foreign)}"
        return
    if theme is None:
        return
    if not sentence.citations:
        yield "cite a document"
    named = [term for term in theme.theme.terms if _has(term, words)]
    if not named:
        yield f"name a term of the theme: {_list(theme.theme.terms)}"
    for name in sentence.citations:
        if named and not any(term in facts.documents[name].terms for term in named):
            yield f"{name} has none of the terms {_list(named)}"


def _has(term: str, words: Sequence[str]) -> bool:
    """Whether some words have a term, in the singular or the plural."""
    stems = {stem(word) for word in words}
    return all(stem(part) in stems for part in term.split(" "))


def stem(word: str) -> str:
    """A word without the endings of plural, possessive and hyphen, for comparisons."""
    return word.removesuffix("'s").rstrip("s")


def _unknown(
    words: Iterable[str], sentence: Sentence, theme: ThemeFacts | None, facts: Facts
) -> set[str]:
    known = {stem(word) for word in (*REPORT_WORDS, *FUNCTION_WORDS)}
    terms = [*facts.more, *facts.less, *facts.new, *(theme.theme.terms if theme else ())]
    if not sentence.theme:
        terms += [term for one in facts.themes for term in one.theme.terms]
    known |= {stem(part) for term in terms for part in term.split(" ")}
    known |= _said_twice(sentence, facts)
    parts = {part for word in words for part in re.split(r"[-']", word) if len(part) > 1}
    return {part for part in parts if stem(part) not in known}


def _said_twice(sentence: Sentence, facts: Facts) -> set[str]:
    """Words that at least two authors have in the cited documents."""
    speakers: dict[object, set[str]] = {}
    for name in sentence.citations:
        if name in facts.documents:
            one = facts.documents[name]
            own = {
                stem(part)
                for word in _WORD.findall(one.excerpt.lower())
                for part in word.split("'")
            }
            speakers.setdefault(speaker(one), set()).update(own)
    numbers = Counter(word for own in speakers.values() for word in own)
    return {word for word, number in numbers.items() if number > 1}


def _contradictions(sentence: Sentence, words: Set[str], theme: ThemeFacts | None) -> Iterator[str]:
    if theme is None:
        return
    now, before = theme.theme.share, theme.theme.share_before
    rises, falls = words & UP_WORDS, words & DOWN_WORDS
    if before is None and (rises or falls):
        yield "there is nothing to compare the theme with"
    if before is not None and rises and not falls and now <= before:
        yield "the share of the theme did not rise"
    if before is not None and falls and not rises and now >= before:
        yield "the share of the theme did not fall"
    count = theme.theme.count
    praise = words & PRAISE_WORDS - _counted("positive", sentence)
    criticism = words & CRITICISM_WORDS - _counted("negative", sentence)
    if praise and not criticism and count.positive <= count.negative:
        yield "most documents of the theme are not positive"
    if criticism and not praise and count.negative <= count.positive:
        yield "most documents of the theme are not negative"


def _counted(sentiment: str, sentence: Sentence) -> Set[str]:
    """The sentiment, if the sentence says how many documents have it."""
    return {sentiment} if f".{sentiment}}}" in sentence.text else set()


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)[:10])
