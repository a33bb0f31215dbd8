"""The dashboard shows what the API knows: through AppTest, and in a real browser."""

import shutil
from datetime import UTC, datetime

import pandas as pd
import pytest
import streamlit as st
from playwright.sync_api import expect, sync_playwright
from streamlit.testing.v1 import AppTest

from localstack.processes import free_port
from localstack.settings import ROOT, Settings
from seed.dataset import documents
from seed.send import send
from tests.commands import run

APP = str(ROOT / "dashboard" / "app.py")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


@pytest.fixture(scope="module")
def tweets(client):
    made = documents("tweets", 300, datetime.now(UTC))
    send(client, made, progress=False)
    return {document["id"]: document for document in made}


@pytest.fixture
def app(settings, sandbox, monkeypatch):
    """The page, not run yet, looking at the tests' sandbox."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    return AppTest.from_file(APP, default_timeout=60)


def total_of(app):
    return int(app.metric[0].value.replace(",", ""))


def test_shows_what_was_sent(app, client, tweets):
    """The numbers are those of /stats, the newest documents those of /query, scored."""
    app.run()
    assert not app.exception
    assert total_of(app) >= len(tweets)
    shown = app.dataframe[0].value
    found = {d["text"]: d["compound"] for d in client.query(limit=500)["documents"]}
    assert len(shown) == 100
    for text, compound in zip(shown["text"], shown["compound"], strict=True):
        assert found[text] == compound
    assert shown["created_at"].is_monotonic_decreasing
    assert "As of" in app.caption[0].value


def test_filters(app, client, tweets):
    """Source and sentiment narrow down the numbers and the list alike."""
    app.run()
    app.selectbox[1].select("bluesky").run()
    counted = {s["source"]: s for s in client.stats()["sources"]}["bluesky"]
    assert total_of(app) == counted["total"]
    app.selectbox[2].select("NEGATIVE").run()
    assert total_of(app) == counted["negative"]
    shown = app.dataframe[0].value
    assert set(shown["source"]) == {"bluesky"}
    assert set(shown["sentiment"]) == {"NEGATIVE"}


def test_says_what_is_empty(app, tweets):
    """A combination that matches nothing says so, and what to do."""
    app.run()
    app.selectbox[2].select("MIXED").run()
    assert "make seed" in app.info[0].value
    assert not app.exception


def test_says_what_failed_and_keeps_the_last_picture(app, tweets, monkeypatch):
    """With the API gone, the page says so and shows what it saw last, with its age."""
    app.run()
    seen = total_of(app)
    monkeypatch.setattr("echostream.client.ApiClient.stats", fail)
    app.run()
    assert "make status" in app.error[0].value
    assert "seconds ago" in app.warning[0].value
    assert total_of(app) == seen
    assert not app.exception


@pytest.fixture
def engines_page(app):
    """The page Engines, not run yet, looking at the tests' sandbox."""
    return AppTest.from_file(str(ROOT / "dashboard" / "engines.py"), default_timeout=60)


def test_one_text_through_both_engines(engines_page):
    """Each engine says its word, and the stand-in is called by its name."""
    engines_page.run()
    assert not engines_page.exception
    titles = [markdown.value for markdown in engines_page.markdown]
    assert "**VADER**" in titles
    assert any(title.startswith("**Comprehend, by stand-in/") for title in titles)
    engines_page.text_area[0].input("I love it, it is wonderful!").run()
    assert [metric.value for metric in engines_page.metric[:2]] == ["POSITIVE", "POSITIVE"]


def test_agreement_over_documents_scored_by_both(engines_page, settings, tweets):
    """After a rescore, the page counts where the engines agree."""
    done = run(settings.environment(), "operations.rescore", "--engine", "comprehend")
    assert done.returncode == 0, done.stderr
    engines_page.run()
    assert not engines_page.exception
    both = int(next(m for m in engines_page.metric if "both" in m.label).value.replace(",", ""))
    assert both >= len(tweets)
    assert int(engines_page.dataframe[0].value.to_numpy().sum()) == both


def test_without_the_companion(engines_page, monkeypatch):
    """VADER still says its word; for the other, the page says what is missing."""
    monkeypatch.setenv("COMPANION_PORT", str(free_port()))
    engines_page.run()
    assert not engines_page.exception
    assert "make status" in engines_page.warning[0].value


def fail(*_, **__):
    from echostream.client import ApiFailed

    raise ApiFailed(None, "no_answer", "no answer")


def test_without_a_sandbox(tmp_path, monkeypatch):
    """With nothing running, the page says how to start it."""
    nowhere = Settings(state_dir=tmp_path, emulator_port=9, dashboard_port=9)
    for name, value in nowhere.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert "make up" in app.error[0].value
    assert not app.exception


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; Debian: apt install chromium")
def test_in_a_browser(sandbox, client, tweets, name):
    """In headless Chromium: numbers, charts, and a document that arrives while one looks."""
    errors = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *QUIET]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1100})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(sandbox["DASHBOARD_URL"])
        numbers = page.get_by_test_id("stMetricValue")
        expect(numbers.first).to_have_text(f"{counted(client):,}", timeout=60_000)
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(2)
        expect(page.get_by_test_id("stDataFrame")).to_be_visible()
        client.ingest([{"id": name, "text": "Arrived while you looked", "source": "test"}])
        expect(numbers.first).to_have_text(f"{counted(client):,}", timeout=60_000)
        artefacts = ROOT / ".sandbox" / "artefacts"
        artefacts.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=artefacts / "dashboard.png", full_page=True)
        browser.close()
    assert errors == []


def counted(client) -> int:
    start = (pd.Timestamp.now("UTC") - pd.Timedelta(hours=48)).isoformat()
    return sum(bucket["total"] for bucket in client.stats(**{"from": start})["buckets"])
