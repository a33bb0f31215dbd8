"""The dashboard shows what the API knows, to whom it belongs: its pages through AppTest."""

from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.data.auth import enter, enter_as_demo
from dashboard.data.errors import ServiceError
from dashboard.sign_in import MEMBER
from echostream.domain.codec import time_to_wire
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.settings import Settings
from echostream_client.api import ApiFailed
from seed.dataset import documents
from seed.send import send
from tests.accounts import PASSWORD, Account
from tests.commands import run

DASHBOARD = ROOT / "dashboard"


@pytest.fixture(scope="module")
def tweets(client):
    now = datetime.now(UTC)
    # Not the oldest, which a page over 48 hours loses when the hour turns.
    since = time_to_wire(now - timedelta(hours=46))
    made = [d for d in documents("tweets", 300, now) if d["created_at"] > since]
    send(client, made, progress=False)
    return {document["id"]: document for document in made}


@pytest.fixture
def look_here(settings, sandbox, monkeypatch):
    """Has pages look at the tests' sandbox."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()


@pytest.fixture
def app(look_here):
    """The whole dashboard, not run yet, nobody signed in."""
    return AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60)


@pytest.fixture
def page_of(look_here):
    """Makes a page, not run yet, with somebody signed in; the demo user unless told."""

    def make(name, member=None):
        made = AppTest.from_file(str(DASHBOARD / "views" / f"{name}.py"), default_timeout=60)
        made.session_state[MEMBER] = member or enter_as_demo()
        return made

    return make


@pytest.fixture
def live(page_of):
    return page_of("live")


@pytest.fixture
def account(settings, sandbox, name):
    return Account(settings, sandbox, name, tenant=name).with_password()


def button(app, label):
    return next(one for one in app.button if one.label == label)


def total_of(app):
    return int(app.metric[0].value.replace(",", ""))


def test_nobody_sees_anything_without_signing_in(app, tweets):
    """There is the form alone; with name and password there is the page, until one signs out."""
    app.run()
    assert not app.exception
    assert not app.metric
    app.text_input[0].input("demo")
    app.text_input[1].input("wrong")
    button(app, "Sign in").click().run()
    assert app.error[0].value == "The user name or the password is incorrect."
    button(app, "Sign in as the demo user").click().run()
    assert not app.exception
    assert total_of(app) >= len(tweets)
    button(app, "Sign out").click().run()
    assert not app.metric
    assert "You are signed out." in [one.value for one in app.markdown]


def test_each_viewer_sees_their_own(page_of, app, account, tweets):
    """Two tabs may be two users; each has the numbers of their own tenant."""
    account.send("I love it")
    theirs = page_of("live", enter(account.username, PASSWORD)).run()
    ours = page_of("live").run()
    assert total_of(theirs) == 1
    assert total_of(ours) >= len(tweets)


def test_a_password_for_one_use(app, settings, sandbox, name):
    """Is replaced by one that the pool takes, and then there is the page."""
    Account(settings, sandbox, name, tenant=name)
    app.run()
    app.text_input[0].input(name)
    app.text_input[1].input(PASSWORD)
    button(app, "Sign in").click().run()
    assert app.text_input[0].label == "New password"
    app.text_input[0].input("Another-password-2")
    button(app, "Sign in").click().run()
    assert not app.exception
    assert total_of(app) == 0


def test_a_new_password_that_took_too_long(app, settings, sandbox, name, monkeypatch):
    """The pool waits some minutes for it; after that there is the first form again, and why."""
    Account(settings, sandbox, name, tenant=name)
    app.run()
    app.text_input[0].input(name)
    app.text_input[1].input(PASSWORD)
    button(app, "Sign in").click().run()
    monkeypatch.setattr("dashboard.sign_in.choose_password", late)
    app.text_input[0].input("Another-password-2")
    button(app, "Sign in").click().run()
    assert not app.exception
    assert app.text_input[0].label == "User name"
    assert any("The sign-in timed out." in one.value for one in app.markdown)


def late(*_):
    raise ServiceError("wrong")


def test_a_user_of_no_tenant(page_of, settings, sandbox, name):
    """Is told whom to ask, on a page of the API and on one of the lake."""
    Account(settings, sandbox, name, tenant=None).with_password()
    member = enter(name, PASSWORD)
    assert "add it to a tenant" in page_of("live", member).run().error[0].value
    history = page_of("history", member).run()
    button(history, "Run").click().run()
    assert "add it to a tenant" in history.error[0].value


def test_a_session_that_ends(app, monkeypatch, tweets):
    """The form comes back above what was loaded, which stays with the filters; in again goes on."""
    app.run()
    button(app, "Sign in as the demo user").click().run()
    app.selectbox(key="filter.source").select("bluesky").run()
    seen = total_of(app)
    with monkeypatch.context() as over:
        over.setattr("echostream_client.api.ApiClient.stats", ended)
        app.session_state["poll.live"].refresh()
        app.run()
        assert "Your session has ended" in [header.value for header in app.header]
        assert total_of(app) == seen
    button(app, "Sign in as the demo user").click().run()
    assert "Your session has ended" not in [header.value for header in app.header]
    assert app.selectbox(key="filter.source").value == "bluesky"
    assert total_of(app) == seen
    assert not app.exception


def test_shows_what_was_sent(live, client, tweets):
    """The numbers are those of /stats, the newest documents those of /query, scored."""
    live.run()
    assert not live.exception
    assert total_of(live) >= len(tweets)
    shown = live.dataframe[-1].value
    found = {d["text"]: d["compound"] for d in client.query(limit=500)["documents"]}
    assert len(shown) == 100
    for text, compound in zip(shown["text"], shown["compound"], strict=True):
        assert found[text] == compound
    assert shown["created_at"].is_monotonic_decreasing
    assert any("As of" in caption.value for caption in live.caption)


def test_filters(live, client, tweets):
    """Source and sentiment narrow down the numbers and the list alike; one click clears them."""
    live.run()
    everything = total_of(live)
    live.selectbox(key="filter.source").select("bluesky").run()
    counted = {s["source"]: s for s in client.stats()["sources"]}["bluesky"]
    assert total_of(live) == counted["total"]
    live.selectbox(key="filter.sentiment").select("NEGATIVE").run()
    assert total_of(live) == counted["negative"]
    shown = live.dataframe[-1].value
    assert set(shown["source"]) == {"bluesky"}
    assert set(shown["sentiment"]) == {"Negative"}
    button(live, "Clear the filters").click().run()
    assert total_of(live) == everything


def test_says_what_is_empty(live, tweets):
    """A combination that matches nothing says so, and what to do."""
    live.run()
    live.selectbox(key="filter.sentiment").select("MIXED").run()
    assert "clear the filters" in live.info[0].value
    assert not live.exception


def test_a_period_that_ends_before_it_begins(live, tweets):
    """Is refused in words, and nothing is asked."""
    live.run()
    live.selectbox(key="filter.period").select("From … to …").run()
    assert "Choose when the period begins." in live.warning[0].value
    live.session_state["filter.begin"] = datetime(2026, 1, 2)
    live.session_state["filter.end"] = datetime(2026, 1, 1)
    live.run()
    assert "The period ends before it begins." in live.warning[0].value
    assert not live.metric
    assert not live.exception


def test_says_what_failed_and_keeps_the_last_picture(live, tweets, monkeypatch):
    """With the API gone, the page says so and shows what it saw last, with its time."""
    live.run()
    seen = total_of(live)
    monkeypatch.setattr("echostream_client.api.ApiClient.stats", fail)
    live.session_state["poll.live"].refresh()
    live.run()
    assert "make status" in live.error[0].value
    assert any("As of" in caption.value for caption in live.caption)
    assert total_of(live) == seen
    assert not live.exception


def test_explore(page_of, client, tweets, name):
    """Loads, searches and says how much of what it shows."""
    client.ingest([{"id": name, "text": f"needle {name}", "source": "haystack"}])
    page = page_of("explore").run()
    assert not page.exception
    page.text_input(key="explore.search").input(name.upper()).run()
    assert list(page.dataframe[0].value["text"]) == [f"needle {name}"]
    assert any(caption.value.startswith("1 of ") for caption in page.caption)
    page.text_input(key="explore.search").input("nowhere to be found").run()
    assert "None of the" in page.info[0].value


def test_sources(page_of, client, tweets):
    """Each source with its counts as /stats has them, and over time."""
    page = page_of("sources").run()
    assert not page.exception
    shown = page.dataframe[0].value.set_index("Source")["Documents"]
    counted = {s["source"]: s["total"] for s in client.stats()["sources"]}
    assert {name: shown[name] for name in ("bluesky", "mastodon")} == {
        name: counted[name] for name in ("bluesky", "mastodon")
    }
    page.multiselect(key="sources.chosen").select("bluesky").run()
    page.radio[0].set_value("Documents").run()
    assert not page.exception
    assert "bluesky" in page.dataframe[-1].value.columns


def test_health(page_of, account, tweets):
    """Parts, signals, spend and log lines for who runs the sandbox; their own spend for others."""
    page = page_of("health").run()
    assert not page.exception
    assert all(said.value.startswith("In alarm") for said in page.error)  # by other tests
    parts, signals, spend = (frame.value for frame in page.dataframe)
    assert set(parts["State"]) == {"up"}
    assert len(signals) > 3
    assert list(spend["Whose"]) == ["Your tenant", "All tenants"]
    assert page.metric[0].value.endswith(" ms")
    assert "ingested" in page.code[0].value
    theirs = page_of("health", enter(account.username, PASSWORD)).run()
    assert list(theirs.dataframe[0].value["Whose"]) == ["Your tenant"]
    assert not theirs.code
    assert len(theirs.dataframe) == 1


@pytest.fixture
def engines_page(page_of):
    return page_of("engines")


def test_one_text_through_both_engines(engines_page):
    """Each engine scores the text, and the stand-in is named."""
    engines_page.run()
    assert not engines_page.exception
    titles = [markdown.value for markdown in engines_page.markdown]
    assert "**VADER**" in titles
    assert any(title.startswith("**Comprehend, by stand-in/") for title in titles)
    engines_page.text_area[0].input("I love it, it is wonderful!").run()
    assert [metric.value for metric in engines_page.metric[:4] if metric.label == "Sentiment"] == [
        "Positive",
        "Positive",
    ]


def test_agreement_over_documents_scored_by_both(engines_page, settings, tweets):
    """After a rescore, the page counts where the engines agree."""
    done = run(settings.environment(), "rescore", "--engine", "comprehend")
    assert done.returncode == 0, done.stderr
    engines_page.run()
    assert not engines_page.exception
    both = int(next(m for m in engines_page.metric if "both" in m.label).value.replace(",", ""))
    assert both >= len(tweets)
    assert int(engines_page.dataframe[1].value.to_numpy().sum()) == both


def test_without_the_companion(engines_page, monkeypatch):
    """VADER still scores; for the other engine, the page says what is missing."""
    monkeypatch.setenv("COMPANION_PORT", str(free_port()))
    st.cache_resource.clear()
    engines_page.run()
    assert not engines_page.exception
    assert "make status" in engines_page.warning[0].value


def fail(*_, **__):
    raise ApiFailed(None, "no_answer", "no answer")


def ended(*_, **__):
    raise ApiFailed(401, "http_error", "HTTP 401: Unauthorized")


def test_without_a_sandbox(tmp_path, monkeypatch):
    """With nothing running, the page says how to start it."""
    nowhere = Settings(state_dir=tmp_path, emulator_port=9, dashboard_port=9)
    for name, value in nowhere.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    app = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60).run()
    assert "make up" in app.error[0].value
    assert not app.exception
