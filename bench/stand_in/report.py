"""The model card: the accuracy of the sentiment model on held-out texts, beside VADER's."""

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
"""The mixed share from which a text counts as mixed: a quarter of the raters on each side."""
BINS = 10


@dataclass(frozen=True)
class GroundTruth:
    """Human labels: class (texts,), shares of raters by class (texts, 3), mixed (texts,)."""

    classes: NDArray[np.intp]
    shares: Floats
    mixed: Floats

    def only(self, indices: NDArray[np.intp]) -> "GroundTruth":
        return GroundTruth(self.classes[indices], self.shares[indices], self.mixed[indices])


@dataclass(frozen=True)
class Evaluation:
    """The held-out rows with human labels, the model's scores (rows, 4) and VADER's classes."""

    rows: list[Sample]
    truth: GroundTruth
    shares: Floats
    vader: NDArray[np.intp]

    @property
    def probabilities(self) -> Floats:
        """Probabilities of the three classes, scaled to sum to 1 without the mixed score."""
        probabilities: Floats = self.shares[:, :3] / self.shares[:, :3].sum(axis=1, keepdims=True)
        return probabilities

    @property
    def classes(self) -> NDArray[np.intp]:
        classes: NDArray[np.intp] = self.probabilities.argmax(axis=1)
        return classes

    def of(self, dataset: str) -> NDArray[np.bool_]:
        return np.array([row.id.startswith(f"{dataset}-") for row in self.rows])


def class_of(value: float, band: float) -> int:
    """Index into `CLASSES`; neutral is inside the band, its edges excluded."""
    return 0 if value >= band else 1 if value <= -band else 2


def ground_truth(rows: Sequence[Sample]) -> GroundTruth:
    """The human labels of rated rows."""
    ratings_by_id = {
        name: votes for dataset in DATASETS for name, votes in ratings(dataset).items()
    }
    shares = np.array([_shares(ratings_by_id[row.id]) for row in rows])
    classes = np.array([class_of(row.rating, NEUTRAL_BAND) for row in rows], dtype=np.intp)
    return GroundTruth(classes, shares, mixedness(shares))


def mixedness(shares: Floats) -> Floats:
    """Twice the smaller of the positive and the negative share, for each row of shares."""
    smaller: Floats = 2 * np.minimum(shares[:, 0], shares[:, 1])
    return smaller


def _shares(votes: Sequence[int]) -> list[float]:
    signs = [(vote > 0, vote < 0, vote == 0) for vote in votes]
    return [sum(column) / len(signs) for column in zip(*signs, strict=True)]


def held_out_rows() -> list[Sample]:
    """All held-out rows, data set by data set."""
    return [row for dataset in DATASETS for row in split.held_out_rows(dataset)]


def evaluate(path: Path = WEIGHTS) -> Evaluation:
    """Scores every held-out row with a weights file and with VADER."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer

    rows, model, vader = held_out_rows(), SentimentModel.load(path), SentimentIntensityAnalyzer()
    compounds = [vader.polarity_scores(row.text)["compound"] for row in rows]
    return Evaluation(
        rows,
        ground_truth(rows),
        np.array([model.score(row.text) for row in rows]),
        np.array([class_of(compound, VADER_BAND) for compound in compounds], dtype=np.intp),
    )


def accuracy(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    return float((truth == predicted).mean())


def macro_f1(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> float:
    """Mean over the classes of 2 TP / (2 TP + FP + FN)."""
    return float(
        np.mean([_f1(truth == number, predicted == number) for number in range(len(CLASSES))])
    )


def _f1(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    return float(2 * (truth & predicted).sum() / max(truth.sum() + predicted.sum(), 1))


def calibration_error(truth: NDArray[np.intp], probabilities: Floats) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over 10 equal bins."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
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
    """For whole held-out reviews: whether raters found them mixed, and the mixed score."""
    shares_by_review: dict[str, list[list[float]]] = {}
    for name, votes in ratings("reviews").items():
        shares_by_review.setdefault(name.rpartition("_")[0], []).append(_shares(votes))
    model, held_out_ids = SentimentModel.load(path), split.held_out("reviews")
    wholes = [review for review in samples("reviews") if review.id in held_out_ids]
    mixed = mixedness(np.array([np.mean(shares_by_review[review.id], axis=0) for review in wholes]))
    return mixed >= CLEARLY_MIXED, np.array([model.score(review.text).mixed for review in wholes])


def render(path: Path = WEIGHTS) -> str:
    """The model card, in Markdown."""
    evaluation, model = evaluate(path), SentimentModel.load(path)
    parts = (
        _details(model, path),
        USE,
        _data(evaluation),
        _overall(evaluation),
        _datasets(evaluation),
        _confusion(evaluation),
        _mixed(evaluation, path),
        LIMITS,
    )
    return "\n\n".join(parts) + "\n"


USE = """## Use

*Intended*: developing and testing software that calls Comprehend's sentiment API, offline and
without cost; comparing a second opinion with a word list such as VADER on English text.

*Not intended*: estimating the quality of Amazon Comprehend, whose model it is not and was never
compared with; any decision about a person; texts in other languages; labels in production."""


LIMITS = """## Limits

- English only. A text without any known feature is neutral.
- It was trained on tweets, film reviews, product reviews and newspaper editorials that are
  older than 2014. Newer words, emoji and other domains are weaker than the numbers above.
- It is linear over words, pairs of words and pieces of words: irony, comparison and negation
  over more than three words are beyond it.
- The raters were workers of Amazon Mechanical Turk, in number 15 to 99 a text. Their view of
  what is positive is the model's; groups that they judged unfairly, it judges unfairly. This
  was not measured.
- The weights hold words and pieces of words of the training texts, but no text. Phone numbers and
  e-mail addresses were masked before training.

## Licence

The weights: MIT, as the package. The training texts and their ratings come with vaderSentiment
(MIT); the film and editorial texts have other owners and are not distributed here."""


def _details(model: SentimentModel, path: Path) -> str:
    return f"""# Model card: the sentiment model

The model behind `DetectSentiment` and `BatchDetectSentiment`. It is **not** Amazon Comprehend's
model: responses name it in the header `x-echostream-model`.

| | |
|---|---|
| version | `{model.version}` |
| size | {path.stat().st_size / 1024:.0f} KB, in the package; needs numpy only |
| input | English text |
| output | scores from 0 to 1 for positive, negative, neutral and mixed, which sum to 1 |
| trained by | `python -m bench.stand_in.train` (EchoStream); again, the same bytes |

*Features*: words, pairs of words (words after a negation are marked) and pieces of 2 to 5
characters, TF-IDF, the most telling 30,000 in 8 bits. *Model*: logistic regression for the three
classes (80% of a text's weight goes to its class, 20% as its raters voted), ridge regression for
the mixed score. Settings were chosen on a fifth of the training side; the 80% lies between the
two shares that were tried there, 70% and 100%."""


def _data(evaluation: Evaluation) -> str:
    header = "| data set | training | held out | positive | negative | neutral |"
    lines = [header, "|---|---|---|---|---|---|"]
    for dataset in DATASETS:
        classes = evaluation.truth.classes[evaluation.of(dataset)]
        shares = " | ".join(f"{(classes == number).mean():.0%}" for number in range(3))
        training = len(split.training_rows(dataset))
        lines.append(f"| {dataset} | {training:,} | {len(classes):,} | {shares} |")
    table = "\n".join(lines)
    return f"""## Training and evaluation data

The four human-rated data sets of the VADER paper (Hutto and Gilbert, ICWSM 2014); reviews and
editorials sentence by sentence. The class is the sign of the mean rating, neutral between -0.2 and
0.2 of -4 to 4, which is the paper's band of 0.05 on -1 to 1. A hash assigns each text to a side;
sentences of one text and near-duplicates stay together (`bench/stand_in/split.py`). The classes
below are of the held-out side.

{table}"""


def _overall(evaluation: Evaluation) -> str:
    truth, ours, theirs = evaluation.truth.classes, evaluation.classes, evaluation.vader
    most = np.bincount(truth).max() / len(truth)
    error = calibration_error(truth, evaluation.probabilities)
    return f"""## Held out, all four together ({len(truth):,} texts)

| | this model | VADER |
|---|---|---|
| accuracy, three classes | {accuracy(truth, ours):.3f} | {accuracy(truth, theirs):.3f} |
| macro-F1 | {macro_f1(truth, ours):.3f} | {macro_f1(truth, theirs):.3f} |
| calibration error (10 bins) | {error:.3f} | gives no probability |

The most frequent class alone would be right {most:.3f} of the time. The two agree on
{accuracy(theirs, ours):.0%} of the texts. VADER is NLTK's analyzer, with 0.05 on
its compound as threshold. The model's class is the largest of its three scores without `Mixed`."""


def _datasets(evaluation: Evaluation) -> str:
    lines = ["| data set | accuracy | VADER | macro-F1 | VADER | calibration error | better |"]
    lines.append("|---|---|---|---|---|---|---|")
    for dataset in DATASETS:
        is_own = evaluation.of(dataset)
        truth, ours, theirs = (
            evaluation.truth.classes[is_own],
            evaluation.classes[is_own],
            evaluation.vader[is_own],
        )
        scores = (accuracy(truth, ours), accuracy(truth, theirs))
        f1 = (macro_f1(truth, ours), macro_f1(truth, theirs))
        error = calibration_error(truth, evaluation.probabilities[is_own])
        numbers = " | ".join(f"{number:.3f}" for number in (*scores, *f1, error))
        lines.append(f"| {dataset} | {numbers} | {_better(scores, f1)} |")
    return "## By data set\n\n" + "\n".join(lines)


def _better(scores: tuple[float, float], f1: tuple[float, float]) -> str:
    sides = {ours > theirs for ours, theirs in (scores, f1)}
    if len(sides) == 1:
        return "this model" if sides.pop() else "VADER"
    return "this model by accuracy" if scores[0] > scores[1] else "VADER by accuracy"


def _confusion(evaluation: Evaluation) -> str:
    ours = _table(evaluation.truth.classes, evaluation.classes)
    theirs = _table(evaluation.truth.classes, evaluation.vader)
    return (
        "## Confusion\n\nRows are the raters' class, columns the predicted class. The model seldom"
        " predicts neutral: few of the texts are, outside editorials, so a weak sign wins. VADER"
        " finds many more of them, and calls many others neutral that are not."
        f"\n\nThis model:\n\n{ours}\n\nVADER:\n\n{theirs}"
    )


def _table(truth: NDArray[np.intp], predicted: NDArray[np.intp]) -> str:
    lines = ["| | positive | negative | neutral | recall |", "|---|---|---|---|---|"]
    for number, name in enumerate(CLASSES):
        row = [int(((truth == number) & (predicted == other)).sum()) for other in range(3)]
        cells = " | ".join(f"{cell:,}" for cell in row)
        lines.append(f"| {name} | {cells} | {row[number] / sum(row):.2f} |")
    return "\n".join(lines)


def _mixed(evaluation: Evaluation, path: Path) -> str:
    areas: Mapping[str, float] = {
        dataset: auc(
            evaluation.truth.mixed[evaluation.of(dataset)] >= CLEARLY_MIXED,
            evaluation.shares[evaluation.of(dataset), 3],
        )
        for dataset in DATASETS
    }
    whole = auc(evaluation.truth.mixed >= CLEARLY_MIXED, evaluation.shares[:, 3])
    is_mixed, shares = mixed_reviews(path)
    lines = [f"| {dataset}, one row each | {area:.2f} |" for dataset, area in areas.items()]
    lines += [f"| all rows | {whole:.2f} |"]
    lines += [f"| whole reviews ({len(shares)}) | {auc(is_mixed, shares):.2f} |"]
    table = "\n".join(["| held-out texts | AUC |", "|---|---|", *lines])
    rows_mixed = int((evaluation.shares.argmax(axis=1) == 3).sum())
    return f"""## The mixed score

The target is twice the smaller of the shares of raters who called a text positive and negative.
For several sentences the score comes from their means. A text counts as mixed here when a
quarter of its raters or more were on each side. It is the weakest of the four scores (0.5 is
chance, 1 is perfect):

{table}

It is seldom the largest score: {rows_mixed} of {len(evaluation.rows):,} held-out rows are labelled
MIXED, where raters were split on {(evaluation.truth.mixed >= CLEARLY_MIXED).mean():.0%}."""
