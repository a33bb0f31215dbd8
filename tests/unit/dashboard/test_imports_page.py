"""The page Import, in Streamlit's AppTest, with a client of the test."""

import pytest

from dashboard.data import imports
from echostream_client.api import ApiFailed
from tests.unit.dashboard.theme_pages import page_of, texts

FILE = b"Review Text,Stars,Date\nGreat,5,2026-01-05\nBad,1,2026-01-06\n,3,2026-01-06\n"
AMBIGUOUS = b"text,date\nGreat,03/04/2025\nBad,05/06/2025\n"


class Client:
    """Stores documents; fails as often as `failures` says."""

    def __init__(self, failures=0):
        self.stored, self.failures = {}, failures

    def ingest(self, documents):
        if self.failures:
            self.failures -= 1
            raise ApiFailed(503, "oops", "HTTP 503: oops")
        new = {one["id"]: one for one in documents if one["id"] not in self.stored}
        self.stored |= new
        repeated = len(documents) - len(new)
        ids = [one["id"] for one in documents]
        return {"accepted": len(ids), "ids": ids, "rejected": [], "repeated": repeated}

    def wait_until_counted(self, _received_at):
        return True


@pytest.fixture
def client(monkeypatch):
    made = Client()
    monkeypatch.setattr(imports, "client_of", lambda _: made)
    return made


def uploaded(content=FILE, name="reviews.csv", roles=("reader", "writer", "admin")):
    page = page_of(None, "imports", roles)
    if page.get("file_uploader"):
        page.get("file_uploader")[0].upload(name, content, "text/csv").run()
    assert not page.exception
    return page


def press(page, label):
    next(one for one in page.button if one.label == label).click().run()
    assert not page.exception
    return page


def finished(page):
    """The page when its import has ended."""
    running = page.session_state["import.running"]
    running._thread.join(10)
    print(running.error, running.summary)
    return page.run()


def test_a_file_is_shown_and_sent(client):
    """The guess and three rows first; then the account of all rows, and the refused ones."""
    page = uploaded()
    assert list(page.dataframe[0].value["text"][:2]) == ["Great", "Bad"]
    assert not client.stored
    page = finished(press(page, "Import"))
    assert page.warning[0].value.replace("\\", "") == "3 rows: 2 stored, 1 refused"
    assert sorted(one["rating"] for one in client.stored.values()) == [1, 5]
    assert b"2026-01-06" in page.session_state["import.running"].rejected
    press(page, "Import another file")


def test_a_column_can_be_chosen(client):
    """The choice of the viewer has precedence, and the preview follows."""
    page = uploaded(b"text,other,date\nGreat,Mapped,2026-01-05\n")
    next(one for one in page.selectbox if one.label == "Text").set_value("other").run()
    assert list(page.dataframe[0].value["text"]) == ["Mapped"]
    finished(press(page, "Import"))
    assert [one["text"] for one in client.stored.values()] == ["Mapped"]


def test_a_question_stops_the_import_until_it_is_answered(client):
    """Days that fit two orders are asked for on the page."""
    page = uploaded(AMBIGUOUS)
    assert "DATE_FORMAT" in page.warning[0].value.replace("\\", "")
    assert next(one for one in page.button if one.label == "Import").disabled
    orders = next(one for one in page.selectbox if one.label == "Order of numeric dates")
    orders.set_value("DMY").run()
    finished(press(page, "Import"))
    assert {one["created_at"][:10] for one in client.stored.values()} == {
        "2025-04-03",
        "2025-06-05",
    }


def test_a_stopped_import_continues(client):
    """A failure is shown with its reason; what is stored is not lost, and not sent twice."""
    client.failures = 1
    page = finished(press(uploaded(), "Import"))
    assert page.error
    page = finished(press(page, "Continue"))
    assert page.warning[0].value.replace("\\", "") == "3 rows: 2 stored, 1 refused"


def test_the_copy_of_an_upload_is_not_kept(client):
    """An upload of 200 MB takes no disk when its import has ended."""
    page = finished(press(uploaded(), "Import"))
    assert "import.opened" in page.session_state
    press(page, "Import another file")
    assert "import.opened" not in page.session_state


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("defect")])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_import_that_broke_off_is_no_success(client, monkeypatch, error):
    """Whatever ended it: the page says so, and does not show the rows so far as all."""

    def ingest(documents):
        raise error

    monkeypatch.setattr(client, "ingest", ingest)
    page = finished(press(uploaded(), "Import"))
    assert page.error
    assert not page.success


@pytest.mark.parametrize(
    ("content", "name", "said"), [(b"%PDF-1.7\n", "a.pdf", "PDF"), (b"", "a.csv", "empty")]
)
def test_other_files_are_refused_with_the_reason(client, content, name, said):
    """The page says what the file is."""
    assert said in texts(uploaded(content, name).error)


def test_a_reader_is_told_what_is_missing():
    """Without the role writer there is no upload."""
    assert "role writer" in texts(uploaded(roles=("reader",)).info)
