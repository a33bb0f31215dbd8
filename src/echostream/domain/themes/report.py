"""The themes of a period, what changed since another one, and what is new."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from echostream.domain.model import Count, count_as_one
from echostream.domain.themes.change import Driver, Emerging, drivers, emerging
from echostream.domain.themes.clusters import Clusters, clusters
from echostream.domain.themes.corpus import Mention, in_singulars, speaker, weights
from echostream.domain.themes.labels import labels

EXAMPLES, TERM_EXAMPLES = 5, 2
"""Documents that are cited for a theme, and for a term."""
LONG = 20
"""Terms from which on a longer text is no better example."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Documents that share terms; `terms` has the best first.

    `before` counts those of the documents to compare with. `share` is that of all documents of the
    sample. A text without an author has one of its own. `share_before` and `effect`, what the theme
    adds to the change of the mean compound, are None if there is no document to compare with.
    """

    terms: Sequence[str]
    count: Count
    before: Count
    authors: int
    share: float
    share_before: float | None
    effect: float | None
    examples: Sequence[Mention]


@dataclass(frozen=True, slots=True)
class Report:
    """Themes of a sample, the heaviest first; `rest` are the documents without a theme.

    `before` counts the documents to compare with. The effects of all themes and of the rest add up
    to the change of the mean compound. `examples` has documents with each term that drives a change
    or emerges: those to compare with, if the term is more frequent in them.
    """

    themes: Sequence[Theme]
    count: Count
    before: Count
    rest: Count
    drivers: Sequence[Driver]
    emerging: Sequence[Emerging]
    examples: Mapping[str, Sequence[Mention]]


@dataclass(frozen=True, slots=True)
class _Member:
    """A document of a cluster, its similarity to the center, and its weight."""

    mention: Mention
    similarity: float
    weight: float


def report(
    now: Sequence[Mention], before: Sequence[Mention], usual: Sequence[Mention], limit: int
) -> Report:
    """At most `limit` themes of `now`, compared with `before`; what emerges since `usual`."""
    now, before, usual = in_singulars([now, before, usual])
    found = clusters(now, limit)
    groups, groups_before = _groups(now, found), _groups(before, found)
    counts = _count(now), _count(before)
    numbers = range(len(found.centers))
    names = labels([[member.mention for member in groups[number]] for number in numbers])
    themes = [
        _theme(names[number], groups[number], groups_before[number], counts)
        for number in sorted(numbers, key=lambda number: -_weight(groups[number]))
        if names[number]
    ]
    named = sum((theme.count for theme in themes), _count(()))
    driving, new = drivers(now, before), emerging(now, usual)
    gone = [driver.term for driver in driving if driver.z < 0]
    present = {driver.term for driver in driving} | {one.term for one in new}
    examples = _with_terms(present, now) | _with_terms(gone, before)
    return Report(themes, *counts, counts[0] + -named, driving, new, examples)


def _with_terms(terms: Iterable[str], mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    """The newest documents with each term, each of another author."""
    newest = sorted(mentions, key=lambda one: one.created_at, reverse=True)
    found: dict[str, dict[object, Mention]] = {term: {} for term in terms}
    for one in newest:
        for term in one.terms:
            if term in found and len(found[term]) < TERM_EXAMPLES:
                found[term].setdefault(speaker(one), one)
    return {term: list(examples.values()) for term, examples in found.items()}


def _groups(mentions: Sequence[Mention], found: Clusters) -> defaultdict[int, list[_Member]]:
    """The documents of each cluster."""
    groups: defaultdict[int, list[_Member]] = defaultdict(list)
    assigned = found.assign(mentions)
    for one, (number, similarity), weight in zip(
        mentions, assigned, weights(mentions), strict=True
    ):
        groups[number].append(_Member(one, similarity, weight))
    return groups


def _weight(members: Iterable[_Member]) -> float:
    return sum(member.weight for member in members)


def _theme(
    terms: Sequence[str],
    members: Sequence[_Member],
    members_before: Sequence[_Member],
    counts: tuple[Count, Count],
) -> Theme:
    count = _count(member.mention for member in members)
    before = _count(member.mention for member in members_before)
    has_before = counts[1].total > 0
    return Theme(
        terms,
        count,
        before,
        len({speaker(member.mention) for member in members}),
        count.total / counts[0].total,
        before.total / counts[1].total if has_before else None,
        effect(count, before, counts),
        [member.mention for member in _examples(members)],
    )


def effect(now: Count, before: Count, counts: tuple[Count, Count]) -> float | None:
    """What a group of documents adds to the change of the mean compound of all documents.

    None if a side has no document with a score.

    It is the group's share times its mean's distance from the mean of all documents before, now
    less before. The effects of all groups add up to the change.
    """
    mean = counts[1].mean
    if mean is None or not counts[0].scored:
        return None
    sides = zip((now, before), counts, strict=True)
    after, former = ((own.compound_sum - own.scored * mean) / of.scored for own, of in sides)
    return after - former


def _count(mentions: Iterable[Mention]) -> Count:
    return count_as_one((one.label, one.compound) for one in mentions)


def _examples(members: Sequence[_Member]) -> Iterator[_Member]:
    """The members that are most like their cluster, each of another author."""
    ranked = sorted(members, key=lambda member: (-_quality(member), member.mention.id))
    speakers = set()
    for member in ranked:
        own = speaker(member.mention)
        if own not in speakers:
            speakers.add(own)
            yield member
        if len(speakers) == EXAMPLES:
            return


def _quality(member: _Member) -> float:
    """How well a document shows its cluster: a longer text says more, up to a length."""
    return member.similarity * math.sqrt(min(LONG, len(member.mention.terms)))
