"""Tables of the comparison of Comprehend and VADER.

A `frame` is what `engine_data.judged` gives: one line a text, with `truth`, `vader` and `paid`
(labels), `said` (Comprehend's own label, which may be MIXED), `compound`, `confidence`, `rating`,
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
SHOWABLE = ("tweets", "reviews")
"""Texts of the other sets have other owners and are not printed."""

_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nothing|neither|nor|cannot|without)\b|n['\u2019]t\b", re.I
)
_FACE = re.compile(r"(?<!\w)[<>]?[:;=8xX][-o*']?[()\[\]dDpP/\\|]+(?!\w)|<3+")
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
    "emoticon": lambda text: _FACE.search(text.text) is not None,
    "emoji": lambda text: _EMOJI.search(text.text) is not None,
    "cue of sarcasm": lambda text: _SARCASM.search(text.text) is not None,
    "exclamation mark": lambda text: "!" in text.text,
    "no word that VADER knows": lambda text: text.compound == 0,
    "up to 60 characters": lambda text: len(text.text) <= 60,
    "61 to 120 characters": lambda text: 60 < len(text.text) <= 120,
    "over 120 characters": lambda text: len(text.text) > 120,
}
"""Kinds of text, found by pattern. A cue of sarcasm (`oh great`, `thanks a lot`, words in quotes)
is a guess: most texts that have one are not sarcastic, and much sarcasm has none."""

PROBES = (
    "I 😍 this",
    "Great, another delay. 🙄",
    "Oh great, the update deleted my photos again.",
    "Not bad at all.",
    "I would not call it good.",
    "The screen is superb, but the battery is a disaster.",
    "It arrived on Tuesday.",
)
"""Sentences of our own, for what the data do not hold: the data are older than emoji."""


def agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """By data set: share of texts with the same label (and its 95% margin), Cohen's kappa, texts.

    MIXED is a label of its own here, on which VADER can never agree.
    """
    lines = {}
    for name, texts in _sets(frame):
        share = metrics.accuracy(texts["vader"], texts["said"])
        lines[name] = {
            "agreement": share,
            "margin": metrics.margin(share, len(texts)),
            "kappa": metrics.cohen_kappa(list(texts["vader"]), list(texts["said"])),
            "mixed": float((texts["said"] == "MIXED").mean()),
            "texts": len(texts),
        }
    return pd.DataFrame(lines).T.astype({"texts": int})


def _sets(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Each data set by its title, then all texts."""
    each = [(title, frame[frame["dataset"] == name]) for name, title in TITLES.items()]
    return [*each, ("all", frame)]


def against_people(frame: pd.DataFrame) -> pd.DataFrame:
    """By data set and engine: accuracy (with 95% margin), macro-F1 and Pearson's r."""
    lines = []
    for name, texts in _sets(frame):
        graded = {"vader": texts["compound"], "paid": texts["POSITIVE"] - texts["NEGATIVE"]}
        for engine, values in graded.items():
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


def named(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """A table with the engines' names in place of `vader` and `paid`, to be shown."""
    names = {"vader": "VADER", "paid": source.name, "part": "share that differ"}
    names |= {f"{engine} margin": f"{name} margin" for engine, name in names.items()}
    shown = table.rename(columns=names)
    return shown.replace({"engine": names}) if "engine" in shown else shown


def f1_by_class(frame: pd.DataFrame) -> pd.DataFrame:
    """F1 of each class (rows) for both engines (columns `vader`, `paid`), and the texts."""
    both = {
        engine: metrics.per_class(frame["truth"], frame[engine]) for engine in ("vader", "paid")
    }
    found = pd.DataFrame({engine: table["f1"] for engine, table in both.items()})
    return found.assign(texts=both["vader"]["support"].astype(int))


def certainty(frame: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series]]:
    """For each engine how sure it is of each text (0 to 1), and whether it is right.

    VADER gives no probability; |compound| stands in for one, as it does in the cascade.
    """
    return {
        "vader": (frame["compound"].abs(), frame["vader"] == frame["truth"]),
        "paid": (frame["confidence"], frame["paid"] == frame["truth"]),
    }


def by_kind(frame: pd.DataFrame) -> pd.DataFrame:
    """For each of KINDS: texts, share on which the engines part, accuracy of each (with margin)."""
    lines: dict[str, dict[str, float]] = {}
    for kind, belongs in KINDS.items():
        texts = frame[[belongs(text) for text in frame.itertuples()]]
        if len(texts) == 0:
            lines[kind] = {"texts": 0}
            continue
        lines[kind] = {
            "texts": len(texts),
            "part": float((texts["vader"] != texts["paid"]).mean()),
        }
        for engine in ("vader", "paid"):
            share = metrics.accuracy(texts["truth"], texts[engine])
            lines[kind] |= {engine: share, f"{engine} margin": metrics.margin(share, len(texts))}
    return pd.DataFrame(lines).T.astype({"texts": int})


def examples(frame: pd.DataFrame, right: str, wrong: str, number: int = 5) -> pd.DataFrame:
    """Texts on which one engine (`vader` or `paid`) is right and the other calls the opposite.

    The clearest ratings first; only texts that may be shown.
    """
    opposite = {"POSITIVE": "NEGATIVE", "NEGATIVE": "POSITIVE"}
    picked = frame[
        frame["dataset"].isin(SHOWABLE)
        & (frame[right] == frame["truth"])
        & (frame[wrong] == frame["truth"].map(opposite))
    ]
    order = picked["rating"].abs().sort_values(ascending=False).index
    return picked.loc[order, ["text", "rating", "compound", "vader", "paid"]].head(number)


def probes(comprehend: Any, source: Source) -> pd.DataFrame:
    """What both engines say of PROBES."""
    frame = cascade_threshold.judge([Sample("probe-0", text, 0.0) for text in PROBES], comprehend)
    named = frame.rename(columns={"compound": "VADER's compound", "said": source.name})
    return named[["text", "vader", "VADER's compound", source.name]]


def prices(frame: pd.DataFrame, chosen: float) -> pd.DataFrame:
    """Dollars of API calls for a million texts like those of each set, and mean characters."""
    lines = {}
    for name, texts in _sets(frame):
        unsure = texts["compound"].abs() < chosen
        dollars = texts["units"] * COMPREHEND_DOLLARS_PER_UNIT * 1e6
        lines[name] = {
            "characters": texts["text"].str.len().mean(),
            "VADER": 0.0,
            f"cascade at {chosen}": float((dollars * unsure).mean()),
            "Comprehend": float(dollars.mean()),
        }
    return pd.DataFrame(lines).T


def chosen_by_set(frame: pd.DataFrame) -> pd.Series:
    """The threshold that each data set would choose by itself."""
    found = {name: cascade_threshold.choose_threshold(texts) for name, texts in _sets(frame)}
    return pd.Series(found, name="threshold")


def spread_of_choice(frame: pd.DataFrame, times: int = 40) -> tuple[float, float]:
    """The 10th and 90th percentile of the chosen threshold over resamples of the texts."""
    chosen = [
        cascade_threshold.choose_threshold(frame.sample(frac=1, replace=True, random_state=seed))
        for seed in range(times)
    ]
    low, high = np.percentile(chosen, [10, 90])
    return float(low), float(high)


def recommendation(frame: pd.DataFrame, source: Source) -> str:
    """What the figures advise for AWS, in Markdown."""
    chosen = cascade_threshold.choose_threshold(frame)
    low, high = spread_of_choice(frame)
    found = cascade_threshold.curve(frame)
    at, alone, paid = (found.loc[t] for t in (chosen, found.index[0], found.index[-1]))
    people = against_people(frame).pivot(index="data set", columns="engine", values="accuracy")
    better = [
        name for name, line in people.drop(index="all").iterrows() if line["vader"] > line["paid"]
    ]
    where = " and ".join(map(str, better)) or "none of the sets"
    figures = (
        f"VADER alone is right on {alone['accuracy']:.1%} of the texts for $0, {source.noun} on "
        f"{paid['accuracy']:.1%} for ${paid['dollars']:.0f} a million, the cascade at {chosen} on "
        f"{at['accuracy']:.1%} for ${at['dollars']:.0f}. VADER is the better of the two on "
        f"{where}. Other samples of this size would choose a threshold between {low:.2f} and "
        f"{high:.2f} (80% of resamples). The pipeline's own setting is {THRESHOLD}."
    )
    if source.is_aws:
        advice = (
            f"Run `ENGINE=cascade` with {chosen} where documents are mixed, and `ENGINE=vader` "
            "where they are like those on which VADER is better."
        )
        return f"{figures}\n\n{advice}"
    return f"{figures}\n\n{_CAUTION}"


_CAUTION = """**Promote to AWS with `ENGINE=vader`.** Every number about the paid engine above is \
the stand-in's, and says nothing of how good Amazon Comprehend is. The stand-in learnt from other \
rows of these same four sets, which neither Comprehend nor VADER did, so it has the advantage of \
the home ground. What carries over is the method, the price, and where VADER is unsure.

Before paying for Comprehend: run `make record-comprehend` for some hundred texts of your own kind \
(500 short texts cost 15 cents), run this notebook again, and switch to `ENGINE=cascade` if its \
gain over VADER is more than the margin of error. On tweets the free engine leaves little to gain; \
on reviews and editorials it leaves much, and whether Comprehend gains it is not known here."""
