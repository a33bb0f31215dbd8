"""The page History: saved queries and SQL, in Streamlit's AppTest and in a browser."""

import pytest
import streamlit as st
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from dashboard.data.auth import enter_as_demo
from dashboard.sign_in import MEMBER
from echostream.domain.errors import QueryRefused, TryAgain
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium, load

PAGE = str(ROOT / "dashboard" / "views" / "history.py")
SOURCE = "seen-in-history"
HTML = "<b>I love it</b><script>alert(1)</script>"


@pytest.fixture(scope="module")
def stored_documents(client):
    """Three documents without authors, one of which looks like HTML."""
    texts = [HTML, "Terrible, awful, bad.", "It is a table."]
    client.ingest(
        [{"id": f"{SOURCE}-{i}", "text": t, "source": SOURCE} for i, t in enumerate(texts)]
    )


@pytest.fixture
def page(settings, sandbox, stored_documents, monkeypatch):
    """The page after its first run, with the tests' sandbox as its back end."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state[MEMBER] = enter_as_demo()
    return app.run()


def run_query(page, sql):
    page.text_area[0].input(sql).run()
    page.button[0].click().run()
    assert not page.exception


def test_page_before_the_first_query_is_not_blank(page):
    """It says what to press, and the editor contains the first saved query."""
    assert not page.exception
    assert "press Run" in page.info[0].value
    assert page.text_area[0].value.startswith("-- ")


def test_every_saved_query_shows_a_result(page):
    """Each shows a chart or a table, its time and the bytes scanned."""
    titles = page.selectbox(key="history_title").options
    assert len(titles) > 5
    for title in titles:
        page.selectbox(key="history_title").select(title).run()
        page.button[0].click().run()
        assert not page.exception
        assert not page.error, (title, [text.value for text in page.text])
        summary = page.caption[1].value
        assert "As of" in summary
        assert "scanned" in summary
        assert page.dataframe or page.get("vega_lite_chart") or "No rows" in page.info[0].value


def test_null_and_html_are_shown_as_data(page):
    """NULL is a missing value; HTML in a text is text."""
    run_query(page, f"SELECT id, author, text FROM documents WHERE source = '{SOURCE}' ORDER BY id")
    table = page.dataframe[0].value
    assert list(table["id"]) == [f"{SOURCE}-{i}" for i in range(3)]
    assert table["author"].isna().all()
    assert table["text"][0] == HTML


def test_counts_are_drawn(page):
    """Counts by category are shown as a chart."""
    counts = f"SELECT sentiment, count(*) n FROM documents WHERE source = '{SOURCE}' GROUP BY 1"
    run_query(page, counts)
    assert len(page.get("vega_lite_chart")) == 1


def test_query_without_rows_shows_a_hint(page):
    """The page says that the result is empty, and what to do."""
    run_query(page, "SELECT id FROM documents WHERE source = 'nobody'")
    assert "No rows" in page.info[0].value


def test_result_with_more_rows_than_the_limit_says_so(page):
    """The table stops at the limit, and a note says that there are more rows."""
    page.number_input[0].set_value(1).run()
    run_query(page, f"SELECT id FROM documents WHERE source = '{SOURCE}'")
    assert len(page.dataframe[0].value) == 1
    assert "more rows" in page.info[0].value


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT nope FROM documents", "nope"),
        ("DROP TABLE documents", "only SELECT"),
        ("SELECT * FROM documents WHERE tenant_id = 'acme'", "another tenant"),
    ],
)
def test_refused_statement_keeps_the_last_result(page, sql, reason):
    """The last result stays below the reason, marked as old."""
    run_query(page, f"SELECT id FROM documents WHERE source = '{SOURCE}'")
    run_query(page, sql)
    assert page.error
    assert reason in page.text[0].value
    assert "old, from this statement:" in page.warning[0].value
    assert len(page.dataframe[0].value) == 3


def test_query_over_the_scan_limit_has_its_own_message(page, monkeypatch):
    """A statement that exceeds the workgroup's limit is not reported as invalid SQL."""

    def refuse(*_):
        raise QueryRefused("query_failed", "Bytes scanned limit was exceeded")

    monkeypatch.setattr("echostream.adapters.athena.Athena.query", refuse)
    run_query(page, "SELECT id FROM documents")
    assert "more data than the limit" in page.error[0].value


def test_athena_outage_is_temporary(page, monkeypatch):
    """The page reports it; the same statement succeeds after the outage."""

    def fail(*_):
        raise TryAgain("athena: connection refused")

    with monkeypatch.context() as outage:
        outage.setattr("echostream.adapters.athena.Athena.query", fail)
        run_query(page, "SELECT id FROM documents LIMIT 1")
        assert "make status" in page.error[0].value
    run_query(page, "SELECT id FROM documents LIMIT 1")
    assert not page.error


def test_page_without_a_sandbox_says_how_to_start_it(page, monkeypatch):
    """The error names the command `make up`."""
    monkeypatch.setenv("EMULATOR_PORT", str(free_port()))
    st.cache_resource.clear()
    run_query(page, "SELECT 1")
    assert "make up" in page.error[0].value


@pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)
def test_saved_query_runs_in_a_browser(sandbox, stored_documents):
    """Chromium runs it, draws a chart and downloads the rows as CSV."""
    errors = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1300})
        page.on("pageerror", lambda error: errors.append(str(error)))
        load(page, f"{sandbox['DASHBOARD_URL']}/history")
        page.get_by_role("button", name="Sign in as the demo user").click(timeout=60_000)
        page.get_by_role("button", name="Run", exact=True).click(timeout=60_000)
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(1, timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbfday,documents,positive")
    assert errors == []
