"""The page History: saved and free SQL over one's own documents, through AppTest and a browser."""

import pytest
import streamlit as st
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from dashboard.data.auth import enter_as_demo
from dashboard.sign_in import MEMBER
from echostream.domain.errors import TryAgain
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from tests.browser import CHROMIUM, NO_CHROMIUM, chromium

PAGE = str(ROOT / "dashboard" / "views" / "history.py")
SOURCE = "seen-in-history"
HTML = "<b>I love it</b><script>alert(1)</script>"


@pytest.fixture(scope="module")
def known(client):
    """Three documents, one of which looks like HTML, without authors."""
    texts = [HTML, "Terrible, awful, bad.", "It is a table."]
    client.ingest(
        [{"id": f"{SOURCE}-{i}", "text": t, "source": SOURCE} for i, t in enumerate(texts)]
    )


@pytest.fixture
def page(settings, sandbox, known, monkeypatch):
    """The page, run once, looking at the tests' sandbox."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state[MEMBER] = enter_as_demo()
    return app.run()


def ask(page, sql):
    page.text_area[0].input(sql).run()
    page.button[0].click().run()
    assert not page.exception


def test_is_not_blank_before_the_first_statement(page):
    """It says that nothing was run, and has the first saved query in the editor."""
    assert not page.exception
    assert "press Run" in page.info[0].value
    assert page.text_area[0].value.startswith("-- ")


def test_every_saved_query_answers(page):
    """Chosen and run, each shows a chart or a table, and what it took."""
    titles = page.selectbox(key="history_title").options
    assert len(titles) > 5
    for title in titles:
        page.selectbox(key="history_title").select(title).run()
        page.button[0].click().run()
        assert not page.exception
        assert not page.error, (title, [text.value for text in page.text])
        took = page.caption[1].value
        assert "As of" in took
        assert "scanned" in took
        assert page.dataframe or page.get("vega_lite_chart") or "No rows" in page.info[0].value


def test_free_sql_sees_null_and_html_as_they_are(page):
    """A table with a missing value, and a text that is no part of the page."""
    ask(page, f"SELECT id, author, text FROM documents WHERE source = '{SOURCE}' ORDER BY id")
    shown = page.dataframe[0].value
    assert list(shown["id"]) == [f"{SOURCE}-{i}" for i in range(3)]
    assert shown["author"].isna().all()
    assert shown["text"][0] == HTML


def test_counts_are_drawn(page):
    """Numbers of a category become a chart."""
    ask(page, f"SELECT sentiment, count(*) n FROM documents WHERE source = '{SOURCE}' GROUP BY 1")
    assert len(page.get("vega_lite_chart")) == 1


def test_no_rows(page):
    """Says so, and what to do."""
    ask(page, "SELECT id FROM documents WHERE source = 'nobody'")
    assert "No rows" in page.info[0].value


def test_more_rows_than_asked_for(page):
    """Says that there are more."""
    page.number_input[0].set_value(1).run()
    ask(page, f"SELECT id FROM documents WHERE source = '{SOURCE}'")
    assert len(page.dataframe[0].value) == 1
    assert "more rows" in page.info[0].value


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT nope FROM documents", "nope"),
        ("DROP TABLE documents", "only SELECT"),
        ("SELECT * FROM documents WHERE tenant_id = 'acme'", "another tenant"),
    ],
)
def test_what_is_refused_leaves_the_last_answer(page, sql, why):
    """With the reason above it, and its age."""
    ask(page, f"SELECT id FROM documents WHERE source = '{SOURCE}'")
    ask(page, sql)
    assert page.error
    assert why in page.text[0].value
    assert "old, from this statement:" in page.warning[0].value
    assert len(page.dataframe[0].value) == 3


def test_too_much(page, monkeypatch):
    """A statement past the workgroup's limit is told from one that is wrong."""
    from echostream.domain.errors import QueryRefused

    def refuse(*_):
        raise QueryRefused("query_failed", "Bytes scanned limit was exceeded")

    monkeypatch.setattr("echostream.adapters.athena.Athena.query", refuse)
    ask(page, "SELECT id FROM documents")
    assert "more data than the limit" in page.error[0].value


def test_athena_down(page, monkeypatch):
    """Says so; once it is back, the same statement answers."""

    def fail(*_):
        raise TryAgain("athena: connection refused")

    with monkeypatch.context() as down:
        down.setattr("echostream.adapters.athena.Athena.query", fail)
        ask(page, "SELECT id FROM documents LIMIT 1")
        assert "make status" in page.error[0].value
    ask(page, "SELECT id FROM documents LIMIT 1")
    assert not page.error


def test_without_a_sandbox(page, monkeypatch):
    """Says how to start one."""
    monkeypatch.setenv("EMULATOR_PORT", str(free_port()))
    st.cache_resource.clear()
    ask(page, "SELECT 1")
    assert "make up" in page.error[0].value


@pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)
def test_in_a_browser(sandbox, known):
    """In headless Chromium: a saved query is run, drawn, and can be downloaded."""
    errors = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1300})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{sandbox['DASHBOARD_URL']}/history")
        page.get_by_role("button", name="Sign in as the demo user").click(timeout=60_000)
        page.get_by_role("button", name="Run", exact=True).click(timeout=60_000)
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(1, timeout=60_000)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        assert download.value.path().read_bytes().startswith(b"day,documents,positive")
    assert errors == []
