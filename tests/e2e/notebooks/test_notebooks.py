"""The notebook runs on the tests' sandbox, offline, and says where its numbers come from."""

import re

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
    """A notebook with its outputs, run by a kernel that sees the tests' sandbox alone."""
    notebook = nbformat.read(path, as_version=4)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.environment().items():
            environment.setenv(name, value)
        environment.setenv(engine_data.ENDPOINT, sandbox[engine_data.ENDPOINT])
        for name, value in settings.target.environment().items():
            environment.setenv(name, value)
        client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": FOLDER}})
        client.execute()
    return notebook


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
    """Everything that the cells gave as text."""
    shown = [output.get("data", {}) for output in outputs_of(notebook)]
    return "\n".join(part.get("text/markdown", part.get("text/plain", "")) for part in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_is_kept_without_outputs(path):
    """What is committed holds no result, so no text of other owners either."""
    cells = nbformat.read(path, as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_ends_without_error_and_with_its_figures(executed, html):
    """Every figure is there once, and nothing went wrong or was grumbled about."""
    kinds = {output.output_type for output in outputs_of(executed)}
    assert not {"error", "stream"} & kinds
    assert len(IMAGE.findall(html)) == FIGURES


def test_every_figure_names_its_source(html):
    """In its title, which is also the alternative text that the page carries for it."""
    titles = [image[1] for image in IMAGE.finditer(html)]
    assert titles
    assert all(f"({SOURCE}" in title for title in titles)
    assert len(set(titles)) == FIGURES


def test_reads_what_the_pipeline_scored(executed):
    """The texts come through the API, and the pipeline's scores are those worked out here."""
    found = re.search(r"Of ([\d,]+) that the pipeline .* VADER, ([\d,]+) have", text_of(executed))
    assert found
    assert found[1] == found[2] == "1,500"


def test_recommends_with_the_caution_that_it_is_not_aws(executed):
    """A threshold, and that the stand-in says nothing of Comprehend's quality."""
    text = text_of(executed)
    assert "Promote to AWS with" in text
    assert "says nothing of how good Amazon Comprehend is" in text


def test_shows_no_text_of_other_owners(html):
    """Film and editorial sentences stay out of the page."""
    rows = engine_data.rows(1500)
    others = [row.text[:40] for row in rows if row.id.startswith(("film", "editorials"))]
    long = [text for text in others if len(text) == 40]
    assert len(long) > 100
    assert [text for text in long if text in html] == []


def test_a_figure_says_where_its_numbers_come_from():
    """Stand-in, cassette and AWS are told apart, and mixed sources are all named."""
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


def test_history(settings, sandbox, client):
    """The lake's counts are those of /stats, costs are shown, and nothing is grumbled about."""
    for source in ("history-notebook", "_$a$ 日本"):
        client.ingest([{"id": f"from {source}", "text": "I love it", "source": source}])
    notebook = execute(FOLDER / "02-history.ipynb", settings, sandbox)
    kinds = {output.output_type for output in outputs_of(notebook)}
    assert not {"error", "stream"} & kinds
    text = text_of(notebook)
    found = re.search(r"(\d+) of (\d+) days are equal", text)
    assert found
    assert found[1] == found[2] != "0"
    assert "history-notebook" in text
    assert "every column" in text
