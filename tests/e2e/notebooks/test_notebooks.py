"""The notebooks run on the tests' sandbox, offline, and name the source of their figures."""

import re
from html import escape

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from echostream_cli.paths import ROOT
from notebooks import engine_data, figures

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9]*.ipynb"))
FIGURES = 7
SOURCE = "source: stand-in "
IMAGE = re.compile(r'<img alt="([^"]*)" src="data:image/png;base64,[^"]{10000}')


def execute(path, settings, sandbox):
    """A notebook with its outputs, executed by a kernel that uses the tests' sandbox."""
    notebook = nbformat.read(path, as_version=4)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.environment().items():
            environment.setenv(name, value)
        environment.setenv(engine_data.ENDPOINT, sandbox[engine_data.ENDPOINT])
        for name, value in settings.target.environment().items():
            environment.setenv(name, value)
        try:
            run(notebook)
        except RuntimeError as error:  # another program has taken a port of the kernel meanwhile
            if "died before replying" not in str(error):
                raise
            run(notebook)
    return notebook


def run(notebook):
    resources = {"metadata": {"path": FOLDER}}
    NotebookClient(notebook, timeout=300, resources=resources).execute()


@pytest.fixture(scope="module")
def executed(settings, sandbox):
    """The comparison of the engines."""
    return execute(FOLDER / "01-comprehend-vs-vader.ipynb", settings, sandbox)


@pytest.fixture(scope="module")
def html(executed):
    page, _ = HTMLExporter().from_notebook_node(executed)
    return page


def outputs_of(notebook):
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [output for cell in cells for output in cell.outputs]


def text_of(notebook):
    """The text of all outputs."""
    data = [output.get("data", {}) for output in outputs_of(notebook)]
    return "\n".join(part.get("text/markdown", part.get("text/plain", "")) for part in data)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_committed_notebook_has_no_outputs(path):
    """So it contains no text of other owners."""
    cells = nbformat.read(path, as_version=4).cells
    assert cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_comparison_has_no_errors_and_all_figures(executed, html):
    """Nothing is written to stderr, and each figure appears once."""
    kinds = {output.output_type for output in outputs_of(executed)}
    assert not {"error", "stream"} & kinds
    assert len(IMAGE.findall(html)) == FIGURES


def test_every_figure_names_its_source(html):
    """In its title, which is also the alternative text of the image."""
    titles = [image[1] for image in IMAGE.finditer(html)]
    assert len(set(titles)) == FIGURES
    assert all(f"({SOURCE}" in title for title in titles)


def test_computed_scores_equal_those_of_the_pipeline(executed):
    """The texts are read through the API."""
    pattern = r"The pipeline scored ([\d,]+) with VADER; ([\d,]+) scores are equal"
    match = re.search(pattern, text_of(executed))
    assert match
    assert match[1] == match[2] == "1,500"


def test_recommendation_warns_that_the_stand_in_is_not_aws(executed):
    """Its figures are no evidence of Comprehend's accuracy."""
    text = text_of(executed)
    assert "Promote to AWS with" in text
    assert "no evidence of the accuracy of Amazon Comprehend" in text


def test_page_has_no_text_of_other_owners(html):
    """No film or editorial sentences."""
    rows = [row for row in engine_data.select_rows(1500) if len(row.text) >= 40]
    in_page = [row for row in rows if escape(row.text[:40], quote=False) in html]
    datasets = {row.id.split("-")[0] for row in in_page}
    assert datasets == {"tweets", "reviews"}


def test_title_names_every_source():
    """Stand-in, cassette and AWS have different titles; mixed sources are all named."""
    titles = {
        ("stand-in/1-abc",): "source: stand-in 1-abc",
        ("aws",): "source: AWS",
        ("cassette",): "source: cassette of AWS",
        ("cassette+stand-in/1-abc", "cassette"): "source: cassette of AWS and stand-in 1-abc",
    }
    for models, title in titles.items():
        assert engine_data.Source(models).title == title
    assert [engine_data.Source(models).is_aws for models in titles] == [False, True, True, False]
    assert set(figures.ENGINE_COLOURS) == {"vader", "paid"}


def test_history_counts_equal_those_of_stats(settings, sandbox, client):
    """The notebook also shows costs; nothing is written to stderr."""
    for source in ("history-notebook", "_$a$ 日本"):
        client.ingest([{"id": f"from {source}", "text": "I love it", "source": source}])
    notebook = execute(FOLDER / "02-history.ipynb", settings, sandbox)
    kinds = {output.output_type for output in outputs_of(notebook)}
    assert not {"error", "stream"} & kinds
    text = text_of(notebook)
    match = re.search(r"(\d+) of (\d+) days are equal", text)
    assert match
    assert match[1] == match[2] != "0"
    assert "counts documents received up to 2" in text
    assert "history-notebook" in text
    assert "every column" in text
