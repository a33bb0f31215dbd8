"""What the stand-in is worth, on texts that it never saw, beside VADER on the same texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aws_companion.comprehend.model import WEIGHTS, Floats, SentimentModel
from bench.stand_in import split
from seed.dataset import DATASETS, Sample, ratings, samples

MODEL_CARD = Path(__file__).parents[2] / "companion" / "MODEL_CARD.md"
CLASSES = ("positive", "negative", "neutral")
NEUTRAL_BAND = 0.2
"""Mean ratings this close to 0, on the scale from -4 to 4, are neutral: the VADER paper's +-0.05
on the scale from -1 to 1."""
VADER_BAND = 0.05
CLEARLY_MIXED = 0.5
"""From here on a text counts as mixed in the evaluation: a quarter of the raters on each side."""
BINS = 10


@dataclass(frozen=True)
class GroundTruth:
    """What people said: class (texts,), shares of raters by class (texts, 3), mixed (texts,)."""

    classes: NDArray[np.intp]
    shares: Floats
    mixed: Floats

    def only(self, indices: NDArray[np.intp]) -> "GroundTruth":
        return GroundTruth(self.classes[indices], self.shares[indices], self.mixed[indices])


@dataclass(frozen=True)
class Evaluation:
    """The held-out rows with the truth, the stand-in's shares (rows, 4) and VADER's classes."""

    rows: list[Sample]
    truth: GroundTruth
    shares: Floats
    vader: NDArray[np.intp]

    @property
    def three(self) -> Floats:
        """Probabilities of the three classes, without what mixed takes."""
        found: Floats = self.shares[:, :3] / self.shares[:, :3].sum(axis=1, keepdims=True)
        return found

    @property
    def classes(self) -> NDArray[np.intp]:
        found: NDArray[np.intp] = self.three.argmax(axis=1)
        return found

    def of(self, dataset: str) -> NDArray[np.bool_]:
        return np.array([row.id.startswith(f"{dataset}-") for row in self.rows])


def class_of(value: float, band: float) -> int:
    """Index into `CLASSES`; the band belongs to neutral, its edges do not."""
    return 0 if value >= band else 1 if value <= -band else 2


def ground_truth(rows: Sequence[Sample]) -> GroundTruth:
    """What people said of rated rows."""
    rated = {name: said for dataset in DATASETS for name, said in ratings(dataset).items()}
    shares = np.array([_shares(rated[row.id]) for row in rows])
    classes = np.array([class_of(row.rating, NEUTRAL_BAND) for row in rows], dtype=np.intp)
    return GroundTruth(classes, shares, mixedness(shares))


def mixedness(shares: Floats) -> Floats:
    """Twice the smaller of the positive and the negative share, for rows of shares."""
    smaller: Floats = 2 * np.minimum(shares[:, 0], shares[:, 1])
    return smaller


def _shares(said: Sequence[int]) -> list[float]:
    signs = [(one > 0, one < 0, one == 0) for one in said]
    return [sum(column) / len(signs) for column in zip(*signs, strict=True)]


def held() -> list[Sample]:
    """All held-out rows, data set by data set."""
    return [row for dataset in DATASETS for row in split.held_out_rows(dataset)]


def evaluate(path: Path = WEIGHTS) -> Evaluation:
    """Scores every held-out row with a weights file and with VADER."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

    rows, model, vader = held(), SentimentModel.load(path), SentimentIntensityAnalyzer()
    compounds = [vader.polarity_scores(row.text)["compound"] for row in rows]
    return Evaluation(
        rows,
        ground_truth(rows),
        np.array([model.score(row.text) for row in rows]),
        np.array([class_of(compound, VADER_BAND) for compound in compounds], dtype=np.intp),
    )


def accuracy(truth: NDArray[np.intp], said: NDArray[np.intp]) -> float:
    return float((truth == said).mean())


def macro_f1(truth: NDArray[np.intp], said: NDArray[np.intp]) -> float:
    """Mean over the classes of 2 TP / (2 TP + FP + FN)."""
    return float(np.mean([_f1(truth == number, said == number) for number in range(len(CLASSES))]))


def _f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    return float(2 * (truth & said).sum() / max(truth.sum() + said.sum(), 1))


def calibration_error(truth: NDArray[np.intp], three: Floats) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over 10 equal bins."""
    confidence, right = three.max(axis=1), three.argmax(axis=1) == truth
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(right[bins == number].mean() - confidence[bins == number].mean())
        * (bins == number).sum()
        for number in np.unique(bins)
    ]
    return float(sum(gaps) / len(truth))


def auc(positive: NDArray[np.bool_], scores: Floats) -> float:
    """Chance that a random positive has a higher score than a random negative; ties count half."""
    _, place, number = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(number) - (number - 1) / 2)[place]
    inside = int(positive.sum())
    wins = ranks[positive].sum() - inside * (inside + 1) / 2
    return float(wins / (inside * (len(scores) - inside)))


def mixed_reviews(path: Path = WEIGHTS) -> tuple[NDArray[np.bool_], Floats]:
    """Of whole held-out reviews: whether raters found them mixed, and the model's share."""
    rated: dict[str, list[list[float]]] = {}
    for name, said in ratings("reviews").items():
        rated.setdefault(name.rpartition("_")[0], []).append(_shares(said))
    model, kept = SentimentModel.load(path), split.held_out("reviews")
    wholes = [review for review in samples("reviews") if review.id in kept]
    mixed = mixedness(np.array([np.mean(rated[review.id], axis=0) for review in wholes]))
    return mixed >= CLEARLY_MIXED, np.array([model.score(review.text).mixed for review in wholes])


def render(path: Path = WEIGHTS) -> str:
    """The training report, in Markdown."""
    found, model = evaluate(path), SentimentModel.load(path)
    parts = (_intro(model, path), _data(found), _whole(found), _domains(found), _confusion(found))
    return "\n\n".join((*parts, _mixed(found, path))) + "\n"


def _intro(model: SentimentModel, path: Path) -> str:
    return f"""# The stand-in: training report

Version `{model.version}`, {path.stat().st_size / 1024:.0f} KB of weights. Written by
`python -m bench.stand_in.train`; a second run on the same machine gives the same bytes.

The stand-in answers for Amazon Comprehend where there is no AWS. It is not Comprehend and tells
nothing about Comprehend's quality; it is not VADER either. It knows English only.

*Features*: words, pairs of words (words after a negation are marked) and pieces of 2 to 5
characters, TF-IDF, the most telling 30,000 in 8 bits. *Model*: logistic regression for the three
classes (80% of a text's weight goes to its class, 20% as its raters voted), ridge regression for
how mixed a text is. Settings were chosen on a fifth of the training side; the 80% lies between the
two shares that were tried there, 70% and 100%."""


def _data(found: Evaluation) -> str:
    header = "| data set | training | held out | positive | negative | neutral |"
    lines = [header, "|---|---|---|---|---|---|"]
    for dataset in DATASETS:
        classes = found.truth.classes[found.of(dataset)]
        shares = " | ".join(f"{(classes == number).mean():.0%}" for number in range(3))
        training = len(split.training_rows(dataset))
        lines.append(f"| {dataset} | {training:,} | {len(classes):,} | {shares} |")
    return (
        "## Data\n\nThe four human-rated data sets of the VADER paper (Hutto and Gilbert, ICWSM"
        " 2014); reviews and editorials sentence by sentence. The class is the sign of the mean"
        " rating, neutral between -0.2 and 0.2 of -4 to 4, which is the paper's band of 0.05 on"
        " -1 to 1. Sides are drawn by hash; sentences of one text and near-duplicates stay"
        " together (`split.py`). Classes below are of the held-out side.\n\n" + "\n".join(lines)
    )


def _whole(found: Evaluation) -> str:
    truth, ours, theirs = found.truth.classes, found.classes, found.vader
    most = np.bincount(truth).max() / len(truth)
    return f"""## Held out, all four together ({len(truth):,} texts)

| | stand-in | VADER |
|---|---|---|
| accuracy, three classes | {accuracy(truth, ours):.3f} | {accuracy(truth, theirs):.3f} |
| macro-F1 | {macro_f1(truth, ours):.3f} | {macro_f1(truth, theirs):.3f} |
| calibration error (10 bins) | {calibration_error(truth, found.three):.3f} | gives no probability |

Always saying the commonest class would be right {most:.3f} of the time. The two agree on
{accuracy(theirs, ours):.0%} of the texts. VADER is NLTK's analyzer, with 0.05 on
its compound as threshold. The stand-in's class is the largest of its three without `Mixed`."""


def _domains(found: Evaluation) -> str:
    lines = ["| data set | accuracy | VADER | macro-F1 | VADER | calibration error | better |"]
    lines.append("|---|---|---|---|---|---|---|")
    for dataset in DATASETS:
        own = found.of(dataset)
        truth, ours, theirs = found.truth.classes[own], found.classes[own], found.vader[own]
        scores = (accuracy(truth, ours), accuracy(truth, theirs))
        f1 = (macro_f1(truth, ours), macro_f1(truth, theirs))
        error = calibration_error(truth, found.three[own])
        numbers = " | ".join(f"{number:.3f}" for number in (*scores, *f1, error))
        lines.append(f"| {dataset} | {numbers} | {_better(scores, f1)} |")
    return "## By data set\n\n" + "\n".join(lines)


def _better(scores: tuple[float, float], f1: tuple[float, float]) -> str:
    sides = {ours > theirs for ours, theirs in (scores, f1)}
    if len(sides) == 1:
        return "stand-in" if sides.pop() else "VADER"
    return "stand-in by accuracy" if scores[0] > scores[1] else "VADER by accuracy"


def _confusion(found: Evaluation) -> str:
    ours = _table(found.truth.classes, found.classes)
    theirs = _table(found.truth.classes, found.vader)
    return (
        "## Who says what\n\nRows are what people said, columns what was said of the text."
        " The stand-in seldom says neutral: few of the texts are, outside editorials, so the sign"
        " of a weak leaning wins; VADER finds many more of them, at the price of calling many"
        " others neutral that are not."
        f"\n\nThe stand-in:\n\n{ours}\n\nVADER:\n\n{theirs}"
    )


def _table(truth: NDArray[np.intp], said: NDArray[np.intp]) -> str:
    lines = ["| | positive | negative | neutral | recall |", "|---|---|---|---|---|"]
    for number, name in enumerate(CLASSES):
        row = [int(((truth == number) & (said == other)).sum()) for other in range(3)]
        cells = " | ".join(f"{cell:,}" for cell in row)
        lines.append(f"| {name} | {cells} | {row[number] / sum(row):.2f} |")
    return "\n".join(lines)


def _mixed(found: Evaluation, path: Path) -> str:
    areas: Mapping[str, float] = {
        dataset: auc(
            found.truth.mixed[found.of(dataset)] >= CLEARLY_MIXED,
            found.shares[found.of(dataset), 3],
        )
        for dataset in DATASETS
    }
    whole = auc(found.truth.mixed >= CLEARLY_MIXED, found.shares[:, 3])
    is_mixed, shares = mixed_reviews(path)
    lines = [f"| {dataset}, one row each | {area:.2f} |" for dataset, area in areas.items()]
    lines += [f"| all rows | {whole:.2f} |"]
    lines += [f"| whole reviews ({len(shares)}) | {auc(is_mixed, shares):.2f} |"]
    table = "\n".join(["| held-out texts | AUC |", "|---|---|", *lines])
    rows_mixed = int((found.shares.argmax(axis=1) == 3).sum())
    return f"""## Mixed

`Mixed` is derived: twice the smaller of the shares of raters who called a text positive and
negative. Of a text of several sentences it comes from their means. A text counts as mixed here
when a quarter of its raters or more stood on each side. It is the weakest of the four scores
(0.5 is chance, 1 is perfect):

{table}

It is seldom the largest score: {rows_mixed} of {len(found.rows):,} held-out rows are labelled
MIXED, where raters were split on {(found.truth.mixed >= CLEARLY_MIXED).mean():.0%}."""
