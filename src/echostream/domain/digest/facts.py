"""What a digest may say: the numbers of a report by name, its themes, and the documents to cite.

Sentences have names of numbers in braces, such as `{t1.share}`, and never a number itself. So every
number of a digest is one of the report's. Documents have names such as `d7`, because their ids are
chosen by their senders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from echostream.domain.model import Count
from echostream.domain.themes.corpus import Mention
from echostream.domain.themes.report import Report, Theme

MAX_THEMES = 5
"""Themes that a digest is about."""
MAX_TERMS = 6
"""Terms that changed, of each direction, and terms that are new."""


@dataclass(frozen=True, slots=True)
class ThemeFacts:
    """A theme: `documents` are the names of those that can be cited for it."""

    name: str
    theme: Theme
    documents: Sequence[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a report. `total` is the number of documents in the period, read or not."""

    report: Report
    total: int
    themes: Sequence[ThemeFacts]
    documents: Mapping[str, Mention]
    numbers: Mapping[str, str]

    def theme(self, name: str) -> ThemeFacts | None:
        """The theme of a name."""
        return next((theme for theme in self.themes if theme.name == name), None)

    @property
    def more(self) -> list[str]:
        """Terms that are more frequent than in the documents to compare with."""
        return [one.term for one in self.report.drivers if one.z > 0][:MAX_TERMS]

    @property
    def less(self) -> list[str]:
        """Terms that are less frequent."""
        return [one.term for one in self.report.drivers if one.z < 0][:MAX_TERMS]

    @property
    def new(self) -> list[str]:
        """Terms that emerge."""
        return [one.term for one in self.report.emerging][:MAX_TERMS]


def facts_of(report: Report, total: int) -> Facts:
    """The facts of a report: those of its largest themes, and of those with the largest effect."""
    themes: list[ThemeFacts] = []
    documents: dict[str, Mention] = {}
    numbers = _numbers_of_all(report, total)
    for place, theme in enumerate(_important(report.themes), 1):
        names = [f"d{len(documents) + n}" for n in range(1, len(theme.examples) + 1)]
        documents |= dict(zip(names, theme.examples, strict=True))
        themes.append(ThemeFacts(f"t{place}", theme, names))
        numbers |= _numbers_of_theme(f"t{place}", theme)
    return Facts(report, total, themes, documents, numbers)


def _important(themes: Sequence[Theme]) -> list[Theme]:
    """The first themes and the ones with the largest effects, none of a single author."""
    themes = [theme for theme in themes if theme.authors > 1]
    by_effect = sorted(themes, key=lambda theme: -abs(theme.effect or 0.0))
    chosen = {id(theme): theme for theme in (*by_effect[: MAX_THEMES // 2], *themes)}
    kept = list(chosen.values())[:MAX_THEMES]
    return sorted(kept, key=lambda theme: -theme.count.total)


def _numbers_of_all(report: Report, total: int) -> dict[str, str]:
    numbers = {"all.documents": f"{total:,}", "all.read": f"{report.count.total:,}"}
    numbers |= _sentiments("all", report.count)
    if report.before.total:
        numbers |= {"before.documents": f"{report.before.total:,}"}
    return numbers | _mean("before", report.before)


def _numbers_of_theme(name: str, theme: Theme) -> dict[str, str]:
    numbers = {
        f"{name}.documents": f"{theme.count.total:,}",
        f"{name}.authors": f"{theme.authors:,}",
        f"{name}.share": f"{theme.share:.1%}",
        **_sentiments(name, theme.count),
    }
    if theme.share_before is not None:
        numbers[f"{name}.share_before"] = f"{theme.share_before:.1%}"
    return numbers


def _sentiments(name: str, count: Count) -> dict[str, str]:
    numbers = {f"{name}.unscored": f"{count.unscored:,}"} if count.unscored else {}
    if count.scored:
        numbers[f"{name}.positive"] = f"{count.positive:,}"
        numbers[f"{name}.negative"] = f"{count.negative:,}"
    return numbers | _mean(name, count)


def _mean(name: str, count: Count) -> dict[str, str]:
    """The mean score, if a document has one."""
    return {} if count.mean is None else {f"{name}.mean": f"{count.mean:+.2f}"}
