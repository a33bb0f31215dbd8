"""Renders the model card: the accuracy of the sentiment model and of VADER, data and limits."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aws_companion.comprehend.model import WEIGHTS, SentimentModel
from bench.stand_in import split
from bench.stand_in.evaluation import (
    CLASSES,
    CLEARLY_MIXED,
    Evaluation,
    accuracy,
    auc,
    calibration_error,
    evaluate,
    macro_f1,
    mixed_reviews,
)
from seed.dataset import DATASETS

MODEL_CARD = Path(__file__).parents[2] / "companion" / "MODEL_CARD.md"


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

*Intended*: offline development and tests of software that calls Comprehend's sentiment API;
comparison with a word list such as VADER on English text.

*Not intended*: estimates of the accuracy of Amazon Comprehend, with which the model was never
compared; any decision about a person; texts in other languages; labels in production."""


LIMITS = """## Limits

- English only. Any other language code is refused with `UnsupportedLanguageException`, also those
  that Amazon Comprehend supports. A text without any known feature is neutral.
- It was trained on tweets, film reviews, product reviews and newspaper editorials from before
  2014. It is less accurate for newer words, emoji and other domains.
- It is linear over words, pairs of words and pieces of words. It does not model irony,
  comparison, or negation over more than three words.
- The raters were 15 to 99 workers of Amazon Mechanical Turk a text. Their judgement, and with it
  the model, can be biased, for example against groups of people. This was not measured.
- The weights contain words and pieces of words of the training texts, but no text. Phone numbers
  and e-mail addresses were masked before training.

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
| size | {path.stat().st_size / 1024:.0f} KB, in the package; requires only numpy |
| input | English text |
| output | scores from 0 to 1 for positive, negative, neutral and mixed, which sum to 1 |
| trained by | `python -m bench.stand_in.train` (EchoStream), with reproducible bytes |

*Features*: words, pairs of words (words after a negation are marked) and pieces of 2 to 5
characters; TF-IDF; the 30,000 with the largest effect, in 8 bits. *Model*: logistic regression for
the three classes (80% of a text's weight is for its class, 20% is divided like its ratings), ridge
regression for the mixed score. Settings were chosen on a fifth of the training side. The 80% is
between the two shares that were tried there, 70% and 100%."""


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
0.2 on the scale from -4 to 4, which is the paper's 0.05 on its scale from -1 to 1. A hash assigns
each text to a side; sentences of one text and near-duplicates stay together
(`bench/stand_in/split.py`). The classes below are those of the held-out side.

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
| calibration error (10 bins) | {error:.3f} | no probability |

The most frequent class alone has an accuracy of {most:.3f}. The two agree on
{accuracy(theirs, ours):.0%} of the texts. VADER is NLTK's analyzer, with a
threshold of 0.05 for its compound. The model's class is the largest of its three scores without
`Mixed`."""


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
        "## Confusion\n\nRows are the raters' class, columns the predicted class. The model rarely"
        " predicts neutral, because few training texts outside editorials are neutral. VADER"
        " predicts neutral more often, with a higher recall and many false predictions."
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

The target is twice the smaller of the shares of positive and negative ratings. For several
sentences the score is computed from their means. A text is mixed here if at least a quarter of its
raters are on each side. The mixed score is the weakest of the four scores (0.5 is chance, 1 is
perfect):

{table}

It is rarely the largest score: {rows_mixed} of {len(evaluation.rows):,} held-out rows are labelled
MIXED, and raters are divided on {(evaluation.truth.mixed >= CLEARLY_MIXED).mean():.0%}."""
