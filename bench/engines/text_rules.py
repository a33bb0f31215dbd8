"""What each rule of `echostream.adapters.vader_text` does to labels: `make bench ONLY=labels`.

Two tables. *Rated texts*: VADER's labels and people's, before and after a rule, alone and together.
A rule is measured by the tokens that it concerns: only these are prepared. *Changed texts*: rated
texts as other programs would export them, and the share of labels that change with the form.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from nltk.sentiment.vader import SentimentIntensityAnalyzer
from numpy.typing import NDArray

from bench.engines.metrics import label_of, pearson
from bench.report import Report
from echostream.adapters.vader_rules import VaderRules
from echostream.adapters.vader_text import VaderText
from echostream.domain.model import POSITIVE_THRESHOLD
from seed.dataset import DATASETS, sentences

RESAMPLES = 1000
NOT_KEPT = "not kept: word..."
Change = Callable[[str], str]
Compounds = NDArray[np.float64]

TOKENS: Mapping[str, str] = {
    "emphasis *, _, ~, `": r"^[*_~`]+\w|\w[*_~`]+\W*$",
    "hashtags": r"#\w",
    "quotes": r"^\W*[\"']\w.*\w\W*[\"']|[\"'].*\w|\w[.,!?]+[\"']",
    "brackets": r"[(\[{]\w|\w\W*[)\]}]",
    "signs between words": r"[^\W\d_][^\w\s'-]+[^\W_]",
    "hyphens": r"[^\W_]-+[^\W_]",
    "emoticons at words": r"\w\W*[:;=]'?[-^]?[)(DPp*|/\\]|\w<3",
    "!!!! at words": r"\w[!?]{2,}",
    "letters repeated": r"([A-Za-z])\1\1",
}
"""By rule, what the tokens contain that it concerns; all other tokens stay as they are."""


def _typographic(text: str) -> str:
    return text.replace("'", "\u2019")


def _each(form: str) -> Change:
    """Puts every third word of four letters or more into a form."""

    def change(text: str) -> str:
        words = text.split(" ")
        for index in range(0, len(words), 3):
            if words[index].isalpha() and len(words[index]) > 3:
                words[index] = form.format(words[index])
        return " ".join(words)

    return change


CHANGES: Mapping[str, Change] = {
    "typographic apostrophes": _typographic,
    "escaped as HTML": html.escape,
    "escaped twice": lambda text: html.escape(html.escape(text)),
    "tags `<b>word</b>`": _each("<b>{}</b>"),
    "line breaks as `<br>`": lambda text: text.replace(" ", "<br>"),
    "emphasis `**word**`": _each("**{}**"),
    "full-width letters": lambda text: text.translate({n: n + 0xFEE0 for n in range(33, 127)}),
    "hashtags `#word`": _each("#{}"),
    "dashes for commas": lambda text: text.replace(", ", "\u2014"),
    "no space after `,` `.`": lambda text: re.sub(r"(?<=[a-z]{2}[,.]) (?=[A-Za-z]{2})", "", text),
    "zero-width spaces": _each("\u200b{}\u200b"),
}
"""By name, the same text as another program exports it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does on a data set; intervals are those of 95% of paired resamples.

    `better` and `worse` are labels that become and were those of people, of `changed` compounds;
    `accuracy` and `r` (Pearson) are differences.
    """

    changed: int
    better: int
    worse: int
    accuracy: tuple[float, float]
    r: tuple[float, float]

    @property
    def loses(self) -> bool:
        """More than noise: a whole interval below 0."""
        return self.accuracy[1] < 0 or self.r[1] < 0


@cache
def rules() -> VaderRules:
    analyzer = SentimentIntensityAnalyzer()
    return VaderRules(analyzer.lexicon, analyzer.constants)


@cache
def engine() -> VaderText:
    return VaderText(rules())


def prepare_only(pattern: str) -> Change:
    """Prepares the tokens in which the pattern occurs."""
    search, prepare = re.compile(pattern).search, engine().prepare

    def change(text: str) -> str:
        return " ".join(prepare(token) if search(token) else token for token in text.split())

    return change


def without_dots(text: str) -> str:
    """The rule that was not kept: a word before an ellipsis is known."""
    return re.sub(r"(?<=\w)(?:\.\.+|\u2026)(?=\W*(?:\s|$))", " ", text)


def compounds(texts: Sequence[str], change: Change = str) -> Compounds:
    """NLTK's compounds of changed texts."""
    return np.array([rules().polarity_scores(change(text))["compound"] for text in texts])


def labels(values: Sequence[float] | Compounds, threshold: float = POSITIVE_THRESHOLD) -> list[str]:
    return [label_of(float(value), threshold) for value in values]


def effect(ratings: Sequence[float], before: Compounds, after: Compounds) -> Effect:
    """The effect on texts with mean ratings; their label is the sign, as in `vader_paper`."""
    truth = np.array(labels(ratings, 0))
    was = np.array(labels(before)) == truth
    gain = (np.array(labels(after)) == truth).astype(int) - was
    rated, random = np.asarray(ratings), np.random.default_rng(17)
    accuracies, rs = [], []
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(rated), len(rated))
        accuracies.append(gain[rows].mean())
        r = [pearson(values[rows], rated[rows]) for values in (before, after)]
        rs.append(r[1] - r[0])
    better, worse = int((gain > 0).sum()), int((gain < 0).sum())
    changed = int((before != after).sum())
    return Effect(changed, better, worse, _interval(accuracies), _interval(rs))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def all_rules() -> dict[str, Change]:
    """Each rule alone, all of them, and the one that was not kept."""
    alone = {name: prepare_only(pattern) for name, pattern in TOKENS.items()}
    return alone | {"all": engine().prepare, NOT_KEPT: without_dots}


def effects(dataset: str) -> dict[str, Effect]:
    """By rule, its effect on a data set; reviews by sentence."""
    return {name: measure(dataset, rule) for name, rule in all_rules().items()}


def measure(dataset: str, rule: Change) -> Effect:
    """The effect of one rule on a data set."""
    rows = sentences(dataset)
    texts, ratings = [row.text for row in rows], [row.rating for row in rows]
    return effect(ratings, compounds(texts), compounds(texts, rule))


def changed_labels(dataset: str) -> dict[str, tuple[float, float]]:
    """By form, the share of texts with another label than in their own form: before and after.

    Only texts that the form changes count; NaN if there are none.
    """
    texts = [row.text for row in sentences(dataset)]
    return {name: _shares(texts, change) for name, change in CHANGES.items()}


def _shares(texts: Sequence[str], change: Change) -> tuple[float, float]:
    pairs = [(text, other) for text in texts if (other := change(text)) != text]
    shares = []
    for prepare in (str, engine().prepare):
        own, others = (compounds(side, prepare) for side in zip(*pairs, strict=True))
        shares.append(float(np.mean(np.array(labels(own)) != np.array(labels(others)))))
    return shares[0], shares[1]


def bench(report: Report) -> None:
    """Print both tables."""
    tables = {dataset: effects(dataset) for dataset in DATASETS}
    report.profile("Labels: rules on rated texts (better-worse of changed)", list(_rows(tables)))
    shares = {dataset: changed_labels(dataset) for dataset in DATASETS}
    report.profile("Labels that change with the form of a text", list(_form_rows(shares)))


def _rows(tables: Mapping[str, Mapping[str, Effect]]) -> Iterator[str]:
    """A line for each rule, with the intervals of the difference of accuracy (%) and of r."""
    for name in all_rules():
        for dataset, table in tables.items():
            e = table[name]
            accuracy = "{:+.2f} to {:+.2f}".format(*(100 * value for value in e.accuracy))
            line = f"{name:<22}{dataset:<12}{f'{e.better}-{e.worse} of {e.changed}':>16}"
            line += f"{accuracy:>20}{'{:+.4f} to {:+.4f}'.format(*e.r):>22}"
            yield line + ("  loses" if e.loses else "")


def _form_rows(shares: Mapping[str, Mapping[str, tuple[float, float]]]) -> Iterator[str]:
    """A line for each form, with the shares before and after."""
    yield f"{'':<28}" + "".join(f"{dataset:>20}" for dataset in shares)
    for name in CHANGES:
        cells = ("{:.1%} -> {:.1%}".format(*table[name]) for table in shares.values())
        yield f"{name:<28}" + "".join(f"{cell:>20}" for cell in cells)
