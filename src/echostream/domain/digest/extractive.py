"""The digest that needs no model: sentences of fixed form about the facts of a report."""

from collections.abc import Iterator, Sequence

from echostream.domain.digest.facts import Facts, ThemeFacts
from echostream.domain.digest.sentences import Sentence

MAX_CITATIONS = 2
"""Of a sentence about a theme."""


def extract(facts: Facts) -> list[Sentence]:
    """Sentences about all documents, each theme, and terms that changed; one at least."""
    return [*_about_all(facts), *map(_about_theme, facts.themes), *_about_terms(facts)]


def _about_all(facts: Facts) -> Iterator[Sentence]:
    if not facts.report.count.total:
        yield Sentence("The period has no documents.", "", ())
        return
    is_all = facts.report.count.total == facts.total
    read = "{all.documents}" if is_all else "a sample of {all.read} from {all.documents}"
    yield Sentence(f"Of {read} documents {_scores(facts)}.", "", ())
    if not facts.themes:
        yield Sentence("No theme has enough documents that share a term.", "", ())


def _scores(facts: Facts) -> str:
    count = facts.report.count
    unscored = "{all.unscored} are unscored because of their language"
    if not count.scored:
        return unscored
    text = "{all.positive} are positive and {all.negative} negative"
    text += f", and {unscored}" if count.unscored else ""
    text += "; the mean score is {all.mean}"
    has_before = "before.mean" in facts.numbers
    return f"{text}, after {{before.mean}} in the documents to compare with" if has_before else text


def _about_theme(one: ThemeFacts) -> Sentence:
    name, theme = one.name, one.theme
    terms = _list(theme.terms[:3])
    text = f"{{{name}.share}} are about {terms}"
    if theme.share_before is not None:
        text += f", {_direction(theme.share, theme.share_before)} {{{name}.share_before}}"
    text += f": {{{name}.documents}} documents of {{{name}.authors}} authors"
    if theme.count.scored:
        text += f", {{{name}.negative}} of them negative, with a mean score of {{{name}.mean}}"
    if theme.count.unscored:
        text += f", {{{name}.unscored}} of them unscored"
    return Sentence(f"{text}.", name, tuple(one.documents[:MAX_CITATIONS]))


def _direction(share: float, before: float) -> str:
    if f"{share:.1%}" == f"{before:.1%}":  # as the numbers are shown
        return "as before,"
    return "up from" if share > before else "down from"


def _about_terms(facts: Facts) -> Iterator[Sentence]:
    if facts.more:
        yield Sentence(f"More frequent than before: {_list(facts.more)}.", "", ())
    if facts.less:
        yield Sentence(f"Less frequent than before: {_list(facts.less)}.", "", ())
    if facts.new:
        yield Sentence(f"New against the week before: {_list(facts.new)}.", "", ())


def _list(terms: Sequence[str]) -> str:
    return ", ".join(terms)
