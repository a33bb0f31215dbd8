"""The figures of the comparison. Every title names the source of the paid engine's scores.

Colours are from Okabe and Ito's palette for colour-blind readers.
"""

import io
from base64 import b64encode
from collections.abc import Mapping
from html import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from bench.engines import cascade_threshold, metrics
from notebooks import engine_analysis
from notebooks.engine_data import Source

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#777777"
ENGINE_COLOURS = {"vader": ORANGE, "paid": BLUE}
MIN_TEXTS = 30
"""Kinds with fewer texts are not drawn, because their intervals are too wide."""
SET_COLOURS = dict(zip(engine_analysis.TITLES, (SKY, GREEN, VERMILION, PURPLE), strict=True))
STYLE = {
    "figure.dpi": 110,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "figure.titlesize": 11,
    "svg.hashsalt": "echostream",
}


class NotebookFigure(Figure):
    """A figure that a notebook shows as an image, with the title as its alternative text."""

    def _repr_html_(self) -> str:
        image, title = io.BytesIO(), escape(str(self.get_suptitle()).replace("\n", " "))
        self.savefig(image, format="png")
        data = b64encode(image.getvalue()).decode()
        return f'<img alt="{title}" src="data:image/png;base64,{data}">'


def escape_label(name: object) -> str:
    """Text from a sender as a label, unchanged except for a box for each missing glyph.

    Matplotlib reads dollar signs as a formula and hides labels that start with an underscore.
    """
    glyphs = get_font(findfont(FontProperties())).get_charmap()
    text = "".join(char if ord(char) in glyphs else "\u25a1" for char in str(name))
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")


def _figure(
    title: str, source: Source, panels: int = 1, height: float = 3.8
) -> tuple[Figure, list[Axes]]:
    mpl.rcParams.update(STYLE)  # type: ignore[arg-type]
    figure = NotebookFigure(figsize=(9.5, height), layout="constrained")
    axes = figure.subplots(1, panels)
    figure.suptitle(f"{title}\n({source.title})")
    return figure, list(np.atleast_1d(axes))


def _names(source: Source) -> dict[str, str]:
    return {"vader": "VADER", "paid": source.name}


def agreement(frame: pd.DataFrame, source: Source) -> Figure:
    """The labels of both engines for the same texts, and the share of equal labels."""
    figure, (left, right) = _figure(f"VADER and {source.noun} on the same texts", source, 2)
    table = metrics.confusion(list(frame["vader"]), list(frame["label"]))
    _matrix(left, table, "VADER's label", f"{source.name}'s label")
    shares = engine_analysis.agreement(frame).iloc[::-1]
    right.barh(shares.index, shares["agreement"], xerr=shares["margin"], color=GREY, capsize=3)
    right.set(xlim=(0, 1), xlabel="share of texts with the same label (95% interval)")
    return figure


def confusions(frame: pd.DataFrame, source: Source) -> Figure:
    """Both engines against the human ratings."""
    figure, axes = _figure("Labels against the human ratings", source, 2)
    for axis, (engine, name) in zip(axes, _names(source).items(), strict=True):
        table = metrics.confusion(list(frame["truth"]), list(frame[engine]))
        _matrix(axis, table, "people", name)
    return figure


def _matrix(axis: Axes, table: pd.DataFrame, rows: str, columns: str) -> None:
    """Counts, coloured by their share of the row."""
    counts = table.to_numpy(dtype=int)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(share, cmap="Greys", vmin=0, vmax=1.25, aspect="auto")
    for (row, column), value in np.ndenumerate(share):
        text, colour = f"{counts[row, column]:,}\n{value:.0%}", "white" if value > 0.6 else "black"
        axis.text(column, row, text, ha="center", va="center", color=colour)
    axis.set_xticks(range(table.shape[1]), [name.lower() for name in map(str, table.columns)])
    axis.set_yticks(range(table.shape[0]), [name.lower() for name in map(str, table.index)])
    axis.set(xlabel=columns, ylabel=rows, title="texts, and share of the row")
    axis.spines[:].set_visible(False)


def compare_with_ratings(frame: pd.DataFrame, source: Source) -> Figure:
    """F1 by class, and accuracy by data set."""
    figure, (left, right) = _figure("Accuracy against the human ratings", source, 2)
    by_class = engine_analysis.f1_by_class(frame)
    labels = [f"{name.lower()}\n{int(by_class['texts'][name]):,} texts" for name in metrics.LABELS]
    _pairs(left, labels, by_class.loc[list(metrics.LABELS), ["vader", "paid"]], None, source)
    left.set(ylim=(0, 1), ylabel="F1", title="by class")
    comparison = engine_analysis.compare_with_ratings(frame)
    order = comparison["data set"].unique()
    shares, margins = (
        comparison.pivot(index="data set", columns="engine", values=value).loc[order]
        for value in ("accuracy", "margin")
    )
    _pairs(
        right, [name.replace(" ", "\n") for name in map(str, shares.index)], shares, margins, source
    )
    right.set(ylim=(0, 1), ylabel="accuracy (95% interval)", title="by data set")
    left.legend(frameon=False, loc="upper center")
    return figure


def _pairs(
    axis: Axes,
    labels: list[str],
    values: pd.DataFrame,
    margins: pd.DataFrame | None,
    source: Source,
) -> None:
    places = np.arange(len(labels))
    for shift, (engine, name) in zip((-0.2, 0.2), _names(source).items(), strict=True):
        error = None if margins is None else margins[engine]
        colour = ENGINE_COLOURS[engine]
        axis.bar(places + shift, values[engine], 0.38, yerr=error, label=name, color=colour)
    axis.set_xticks(places, labels)


def calibration(frame: pd.DataFrame, source: Source) -> Figure:
    """The accuracy of the engines by their confidence."""
    figure, (left, right) = _figure("Confidence and accuracy", source, 2)
    left.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="calibrated")
    for engine, (confidence, is_correct) in engine_analysis.confidence(frame).items():
        table = metrics.reliability(confidence, is_correct)
        error = metrics.calibration_error(confidence, is_correct)
        name = {"vader": "VADER, |compound|", "paid": f"{source.name}, score of its label"}[engine]
        colour = ENGINE_COLOURS[engine]
        label = f"{name} (ECE {error:.2f})"
        left.plot(table["confidence"], table["accuracy"], "o-", color=colour, label=label)
        edges = np.linspace(0, 1, 11)
        right.hist(
            confidence, edges.tolist(), histtype="step", linewidth=2, color=colour, label=name
        )
    left.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence (0 to 1)", ylabel="accuracy")
    right.set(xlim=(0, 1), xlabel="confidence (0 to 1)", ylabel="texts")
    left.legend(frameon=False, loc="lower right", fontsize=8)
    return figure


def by_kind(frame: pd.DataFrame, source: Source) -> Figure:
    """Accuracy of both engines for the kinds of text with at least MIN_TEXTS texts."""
    figure, (axis,) = _figure("Accuracy by kind of text", source, height=4.6)
    table = engine_analysis.by_kind(frame)
    table = table[table["texts"] >= MIN_TEXTS].iloc[::-1]
    places = np.arange(len(table))
    for shift, (engine, name) in zip((0.12, -0.12), _names(source).items(), strict=True):
        axis.errorbar(
            table[engine],
            places + shift,
            xerr=table[f"{engine} margin"],
            fmt="o",
            capsize=2,
            color=ENGINE_COLOURS[engine],
            label=name,
        )
    labels = [
        f"{kind} ({row.texts:.0f} texts, {row.differ:.0%} differ)"
        for kind, row in zip(map(str, table.index), table.itertuples(), strict=True)
    ]
    axis.set_yticks(places, labels)
    axis.set(xlim=(0, 1), xlabel="accuracy (95% interval)")
    axis.grid(axis="x", color="#dddddd")
    axis.legend(frameon=False, loc="upper left")
    return figure


def latency(times: pd.DataFrame, source: Source) -> Figure:
    """The duration of a call from this machine."""
    figure, (axis,) = _figure("Duration of a call from this machine", source, height=3)
    columns = list(times.columns)[::-1]
    axis.boxplot(
        [times[name].dropna() for name in columns],
        orientation="horizontal",
        whis=(5, 95),
        showfliers=False,
        medianprops={"color": VERMILION},
    )
    axis.set_yticks(range(1, len(columns) + 1), columns)
    axis.set(xscale="log", xlabel="milliseconds a call (box: quartiles; whiskers: 5% and 95%)")
    return figure


def accuracy_against_cost(frame: pd.DataFrame, source: Source) -> Figure:
    """Accuracy and price of each threshold of the cascade: all sets together, and each alone."""
    figure, (left, right) = _figure("Cascade: accuracy against cost", source, 2, 4.2)
    curve, threshold = cascade_threshold.curve(frame), cascade_threshold.choose_threshold(frame)
    error = [1.96 * cascade_threshold.standard_error(frame, value) for value in curve.index]
    left.fill_between(
        curve["dollars"],
        curve["accuracy"] - error,
        curve["accuracy"] + error,
        color="#cccccc",
        alpha=0.5,
        linewidth=0,
        label="95% interval",
    )
    left.plot(curve["dollars"], curve["accuracy"], "o-", color=BLACK, markersize=3)
    _label_ends(left, curve, source)
    left.plot(
        *curve.loc[threshold, ["dollars", "accuracy"]],
        "D",
        color=VERMILION,
        markersize=8,
        label=f"chosen: {threshold}",
    )
    left.set(title="all sets, each with the same weight")
    colours: Mapping[str, str] = SET_COLOURS
    for dataset, colour in colours.items():
        own = cascade_threshold.curve(frame[frame["dataset"] == dataset])
        title = engine_analysis.TITLES[dataset]
        right.plot(own["dollars"], own["accuracy"], "-", color=colour, label=title)
        right.plot(*own.loc[threshold, ["dollars", "accuracy"]], "D", color=colour)
    right.set(title=f"each set (diamond: {threshold})")
    for axis in (left, right):
        axis.set(xlabel="dollars a million texts", ylabel="accuracy")
        axis.legend(frameon=False, loc="best", fontsize=8)
    return figure


def _label_ends(axis: Axes, curve: pd.DataFrame, source: Source) -> None:
    for threshold, name, offset in (
        (curve.index[0], "VADER alone", (8, -3)),
        (curve.index[-1], f"{source.name} alone", (-75, -22)),
    ):
        point = (curve.at[threshold, "dollars"], curve.at[threshold, "accuracy"])
        axis.annotate(name, point, xytext=offset, textcoords="offset points", fontsize=8)
