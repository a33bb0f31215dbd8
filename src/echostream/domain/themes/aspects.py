"""Aspects: what documents praise and criticise.

An aspect is a noun phrase; `opinions` has its sentiment. A rare phrase counts as its longest end
that is not rare: `trusty camera` as `camera`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from echostream.domain.model import Document, ScoredDocument
from echostream.domain.themes.opinions import THRESHOLD, Opinion, Phrase, Score, opinions
from echostream.domain.themes.phrases import ends
from echostream.domain.themes.terms import singulars, visible

MIN_DOCUMENTS = 3
"""Documents that an aspect has at least."""
EXAMPLES = 3
"""Sentences that are cited for each side of an aspect."""
SHORT = 60
"""Characters up to which a shorter sentence is no better example."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of a document.

    `compound` is that of the clause that names the aspect, from -1 to 1.
    """

    document: str
    sentence: str
    compound: float


@dataclass(frozen=True, slots=True)
class Aspect:
    """A noun phrase and how documents judge it.

    `documents` name it; `praised` and `criticised` of them judge it, by the mean of their clauses.
    A document without an author has one of its own. `mean` is the mean compound of the documents,
    from -1 to 1. `praise` and `criticism` have examples of different authors, the clearest first.
    """

    phrase: str
    documents: int
    praised: int
    criticised: int
    authors: int
    mean: float
    praise: Sequence[Example]
    criticism: Sequence[Example]


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What one document says about an aspect: the mean compound, and the clearest opinion."""

    document: Document
    mean: float
    clearest: Opinion


def aspects(documents: Iterable[ScoredDocument], score: Score, limit: int) -> list[Aspect]:
    """At most `limit` aspects, those that most documents judge first.

    Equal texts of an author count once; documents without a score are left out. `score` is called
    for clauses and for phrases.
    """
    different = _different(documents)
    common = in_common([opinions(document.text, score) for document in different])
    found: defaultdict[str, list[_Judgement]] = defaultdict(list)
    for document, own in zip(different, common, strict=True):
        for phrase, judgement in _judgements(document, own):
            found[phrase].append(judgement)
    all_aspects = (
        _aspect(phrase, own) for phrase, own in found.items() if len(own) >= MIN_DOCUMENTS
    )
    judged = [one for one in all_aspects if one.praised + one.criticised]
    judged.sort(key=lambda one: (-one.praised - one.criticised, -one.documents, one.phrase))
    return judged[:limit]


def _different(documents: Iterable[ScoredDocument]) -> list[Document]:
    """The documents with a score, without those that repeat a text of their author."""
    first: dict[tuple[object, ...], Document] = {}
    for own in (one.document for one in documents if not one.enrichment.unscored):
        first.setdefault((own.source, own.author, visible(own.text).casefold()), own)
    return list(first.values())


def in_common(read: Sequence[Sequence[Opinion]]) -> list[list[Opinion]]:
    """The opinions of each document, with plurals as singulars and rare phrases as their ends.

    Opinions of phrases without an end in `MIN_DOCUMENTS` documents are left out.
    """
    words = Counter(word for own in read for word in {word for one in own for word in one.phrase})
    singular = singulars(words)
    merged = [[replace(one, phrase=_merged(one.phrase, singular)) for one in own] for own in read]
    numbers = Counter(
        end for own in merged for end in {end for one in own for end in ends(one.phrase)}
    )
    common = {phrase for phrase, number in numbers.items() if number >= MIN_DOCUMENTS}
    return [[replace(one, phrase=end) for one, end in _in_common(own, common)] for own in merged]


def _merged(phrase: Phrase, singular: Mapping[str, str]) -> Phrase:
    return tuple(singular.get(word, word) for word in phrase)


def _in_common(own: Iterable[Opinion], common: set[Phrase]) -> Iterator[tuple[Opinion, Phrase]]:
    """Each opinion with the longest end of its phrase that is common, if there is one."""
    for one in own:
        end = next((end for end in ends(one.phrase) if end in common), None)
        if end:
            yield one, end


def _judgements(document: Document, own: Iterable[Opinion]) -> Iterator[tuple[str, _Judgement]]:
    """What a document says about each phrase."""
    groups: defaultdict[Phrase, list[Opinion]] = defaultdict(list)
    for one in own:
        groups[one.phrase].append(one)
    for phrase, group in groups.items():
        mean = fmean(one.compound for one in group)
        clearest = max(group, key=lambda one: _clarity(one) * (1 if mean > 0 else -1))
        yield " ".join(phrase), _Judgement(document, mean, clearest)


def _clarity(opinion: Opinion) -> float:
    """How clear an opinion is to a reader: the compound, less in a long sentence."""
    return opinion.compound / max(SHORT, len(opinion.sentence))


def _aspect(phrase: str, judgements: Sequence[_Judgement]) -> Aspect:
    praise = [one for one in judgements if one.mean >= THRESHOLD]
    criticism = [one for one in judgements if one.mean <= -THRESHOLD]
    return Aspect(
        phrase,
        len(judgements),
        len(praise),
        len(criticism),
        len({_author(one.document) for one in judgements}),
        fmean(one.mean for one in judgements),
        _examples(praise),
        _examples(criticism),
    )


def _author(document: Document) -> tuple[str | None, ...]:
    own = (document.source, document.author)
    return own if document.author else (*own, document.id)


def _examples(judgements: Iterable[_Judgement]) -> list[Example]:
    """The clearest examples, each of another author."""
    ranked = sorted(judgements, key=lambda one: (-abs(_clarity(one.clearest)), one.document.id))
    by_author: dict[object, Example] = {}
    for one in ranked:
        by_author.setdefault(_author(one.document), _example(one))
        if len(by_author) == EXAMPLES:
            break
    return list(by_author.values())


def _example(judgement: _Judgement) -> Example:
    clearest = judgement.clearest
    return Example(judgement.document.id, clearest.sentence, clearest.compound)
