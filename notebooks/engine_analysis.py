"""Tables of the comparison of Comprehend and VADER.

A `frame` is the result of `engine_data.score_documents`: one line a text, with `truth`, `vader` and
`paid` (labels), `label` (Comprehend's own, which may be MIXED), `compound`, `confidence`, `rating`,
`units`, `dataset` and `text`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from bench.engines import cascade_threshold, metrics
from echostream.domain.cascade import THRESHOLD
from echostream.domain.prices import COMPREHEND_DOLLARS_PER_UNIT
from notebooks.engine_data import Source
from seed.dataset import Sample

TITLES = {
    "tweets": "tweets",
    "reviews": "product reviews",
    "film": "film reviews",
    "editorials": "editorials",
}
PRINTABLE = ("tweets", "reviews")
"""The texts of the other data sets have other owners and are not printed."""

_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|neither|nor|cannot|without)\b|n['\u2019]t\b", re.I
)
_EMOTICON = re.compile(r"(?<!\w)[<>]?[:;=8xX][-o*']?[()\[\]dDpP/\\|]+(?!\w)|<3+")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_CONTRAST = re.compile(r"\b(?:but|however|although|though|yet|despite)\b", re.I)
_SARCASM = re.compile(
    r"\byeah,? right\b|\b(?:oh|well|how|just|gee),? (?:great|joy|nice|lovely|wonderful|perfect)\b"
    r"|\bthanks (?:a lot|for nothing)\b|\bso much for\b|\blove (?:it )?(?:when|how)\b|\bas if\b"
    r"|\bif only\b|[\"\u201c](?:\w+ ?){1,3}[\"\u201d]|\blucky me\b|\bjust what (?:i|we)\b"
    r"|\bgood luck\b|\bapparently\b",
    re.I,
)
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "negation": lambda text: _NEGATION.search(text.text) is not None,
    "contrast (but, however)": lambda text: _CONTRAST.search(text.text) is not None,
    "emoticon": lambda text: _EMOTICON.search(text.text) is not None,
    "emoji": lambda text: _EMOJI.search(text.text) is not None,
    "cue of sarcasm": lambda text: _SARCASM.search(text.text) is not None,
    "exclamation mark": lambda text: "!" in text.text,
    "no word in VADER's lexicon": lambda text: text.compound == 0,
    "up to 60 characters": lambda text: len(text.text) <= 60,
    "61 to 120 characters": lambda text: 60 < len(text.text) <= 120,
    "over 120 characters": lambda text: len(text.text) > 120,
}
"""Kinds of text, detected by patterns. A cue of sarcasm (`oh great`, `thanks a lot`, quoted words)
is a weak sign: most texts with one are not sarcastic, and many sarcastic texts have none."""

PROBES = (
    "I 😍 this",
    "Great, another delay. 🙄",
    "Oh great, the update deleted my photos again.",
    "Not bad at all.",
    "I would not call it good.",
    "The screen is superb, but the battery is a disaster.",
    "It arrived on Tuesday.",
)
"""Sentences for cases that the data, which are older than emoji, do not contain."""


def agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """By data set: share of texts with equal labels (and its 95% margin), Cohen's kappa, texts.

    MIXED is a separate label, which VADER never gives.
    """
    lines = {}
    for name, texts in _sets(frame):
        share = metrics.accuracy(texts["vader"], texts["label"])
        lines[name] = {
            "agreement": share,
            "margin": metrics.margin(share, len(texts)),
            "kappa": metrics.cohen_kappa(list(texts["vader"]), list(texts["label"])),
            "mixed": float((texts["label"] == "MIXED").mean()),
            "texts": len(texts),
        }
    return pd.DataFrame(lines).T.astype({"texts": int})


def _sets(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Each data set by its title, then all texts."""
    sets = [(title, frame[frame["dataset"] == name]) for name, title in TITLES.items()]
    return [*sets, ("all", frame)]


def compare_with_ratings(frame: pd.DataFrame) -> pd.DataFrame:
    """By data set and engine: accuracy (with 95% margin), macro-F1 and Pearson's r."""
    lines = []
    for name, texts in _sets(frame):
        compounds = {"vader": texts["compound"], "paid": texts["POSITIVE"] - texts["NEGATIVE"]}
        for engine, values in compounds.items():
            share = metrics.accuracy(texts["truth"], texts[engine])
            lines.append(
                {
                    "data set": name,
                    "engine": engine,
                    "accuracy": share,
                    "margin": metrics.margin(share, len(texts)),
                    "macro-F1": metrics.macro_f1(texts["truth"], texts[engine]),
                    "r": metrics.pearson(values, texts["rating"]),
                    "texts": len(texts),
                }
            )
    return pd.DataFrame(lines)


def with_titles(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """A table for display, with the engines' names instead of `vader` and `paid`."""
    titles = {"vader": "VADER", "paid": source.name, "differ": "share that differ"}
    titles |= {f"{engine} margin": f"{title} margin" for engine, title in titles.items()}
    titled = table.rename(columns=titles)
    return titled.replace({"engine": titles}) if "engine" in titled else titled


def f1_by_class(frame: pd.DataFrame) -> pd.DataFrame:
    """F1 of each class (rows) for both engines (columns `vader`, `paid`), and `texts`."""
    tables = {
        engine: metrics.per_class(frame["truth"], frame[engine]) for engine in ("vader", "paid")
    }
    f1 = pd.DataFrame({engine: table["f1"] for engine, table in tables.items()})
    return f1.assign(texts=tables["vader"]["support"].astype(int))


def confidence(frame: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    """For each engine the confidence in each text (0 to 1), and whether the label is correct.

    VADER gives no probability; |compound| is used instead, as in the cascade.
    """
    return {
        "vader": (frame["compound"].abs(), frame["vader"] == frame["truth"]),
        "paid": (frame["confidence"], frame["paid"] == frame["truth"]),
    }


def by_kind(frame: pd.DataFrame) -> pd.DataFrame:
    """For each of KINDS: texts, share of different labels, accuracy and margin of each engine."""
    lines: dict[str, dict[str, float]] = {}
    for kind, belongs in KINDS.items():
        texts = frame[[belongs(text) for text in frame.itertuples()]]
        if len(texts) == 0:
            lines[kind] = {"texts": 0}
            continue
        lines[kind] = {
            "texts": len(texts),
            "differ": float((texts["vader"] != texts["paid"]).mean()),
        }
        for engine in ("vader", "paid"):
            share = metrics.accuracy(texts["truth"], texts[engine])
            lines[kind] |= {engine: share, f"{engine} margin": metrics.margin(share, len(texts))}
    return pd.DataFrame(lines).T.astype({"texts": int})


def examples(frame: pd.DataFrame, right: str, wrong: str, number: int = 5) -> pd.DataFrame:
    """Texts for which one engine (`vader` or `paid`) is right and the other gives the opposite.

    The clearest ratings first; only texts that may be printed.
    """
    opposite = {"POSITIVE": "NEGATIVE", "NEGATIVE": "POSITIVE"}
    selection = frame[
        frame["dataset"].isin(PRINTABLE)
        & (frame[right] == frame["truth"])
        & (frame[wrong] == frame["truth"].map(opposite))
    ]
    order = selection["rating"].abs().sort_values(ascending=False).index
    return selection.loc[order, ["text", "rating", "compound", "vader", "paid"]].head(number)


def probes(comprehend: Any, source: Source) -> pd.DataFrame:
    """The labels of both engines for PROBES."""
    frame = cascade_threshold.score([Sample("probe-0", text, 0.0) for text in PROBES], comprehend)
    titled = frame.rename(columns={"compound": "VADER's compound", "label": source.name})
    return titled[["text", "vader", "VADER's compound", source.name]]


def prices(frame: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Dollars of API calls for a million texts like those of each set, and mean characters."""
    lines = {}
    for name, texts in _sets(frame):
        is_unsure = texts["compound"].abs() < threshold
        dollars = texts["units"] * COMPREHEND_DOLLARS_PER_UNIT * 1e6
        lines[name] = {
            "characters": texts["text"].str.len().mean(),
            "VADER": 0.0,
            f"cascade at {threshold}": float((dollars * is_unsure).mean()),
            "Comprehend": float(dollars.mean()),
        }
    return pd.DataFrame(lines).T


def threshold_by_set(frame: pd.DataFrame) -> pd.Series:
    """The threshold for each data set alone."""
    thresholds = {name: cascade_threshold.choose_threshold(texts) for name, texts in _sets(frame)}
    return pd.Series(thresholds, name="threshold")


def threshold_interval(frame: pd.DataFrame, times: int = 40) -> tuple[float, float]:
    """The 10th and 90th percentile of the threshold over bootstrap samples of the texts."""
    thresholds = [
        cascade_threshold.choose_threshold(frame.sample(frac=1, replace=True, random_state=seed))
        for seed in range(times)
    ]
    low, high = np.percentile(thresholds, [10, 90])
    return float(low), float(high)


def recommendation(frame: pd.DataFrame, source: Source) -> str:
    """The engine to use on AWS, with the figures, in Markdown."""
    threshold = cascade_threshold.choose_threshold(frame)
    low, high = threshold_interval(frame)
    curve = cascade_threshold.curve(frame)
    cascade, vader, paid = (curve.loc[t] for t in (threshold, curve.index[0], curve.index[-1]))
    accuracy = compare_with_ratings(frame).pivot(
        index="data set", columns="engine", values="accuracy"
    )
    by_set = accuracy.drop(index="all")
    better = " and ".join(map(str, by_set.index[by_set["vader"] > by_set["paid"]]))
    figures = (
        f"VADER alone is right for {vader['accuracy']:.1%} of the texts and costs $0 a million;"
        f" {source.noun}, {paid['accuracy']:.1%} and ${paid['dollars']:.0f}; the cascade at"
        f" {threshold}, {cascade['accuracy']:.1%} and ${cascade['dollars']:.0f}. VADER is more"
        f" accurate on {better or 'none of the sets'}. Other samples of this size give a threshold"
        f" between {low:.2f} and {high:.2f} (80% of bootstrap samples). The pipeline uses"
        f" {THRESHOLD}."
    )
    if source.is_aws:
        advice = (
            f"Use `ENGINE=cascade` with the threshold {threshold} for mixed documents, and"
            " `ENGINE=vader` for documents like those on which VADER is more accurate."
        )
        return f"{figures}\n\n{advice}"
    return f"{figures}\n\n{_CAUTION}"


_CAUTION = """**Promote to AWS with `ENGINE=vader`.** The figures of the paid engine above are \
those of the stand-in. They are no evidence of the accuracy of Amazon Comprehend. The stand-in was \
trained on other rows of the same four data sets, which is an advantage over both engines. The \
method, the price, and the texts on which VADER is unsure apply to Comprehend too.

Before you pay for Comprehend, run `make record-comprehend` for some hundred texts of your own \
kind (500 short texts cost 15 cents) and execute this notebook again. Use `ENGINE=cascade` if its \
gain over VADER is larger than the margin of error. On tweets VADER leaves little to gain. On \
reviews and editorials it leaves much, and only recordings show how much Comprehend gains."""
