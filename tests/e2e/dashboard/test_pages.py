"""The dashboard's pages, in Streamlit's AppTest, against a sandbox."""

from datetime import datetime

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.data.auth import enter
from echostream.domain.members import Role
from echostream.domain.quotas import Quotas
from echostream_cli import users
from echostream_cli.paths import ROOT
from echostream_cli.ports import free_port
from echostream_cli.settings import Settings
from echostream_client.api import ApiFailed
from tests.accounts import PASSWORD, Account
from tests.commands import run
from tests.e2e.dashboard.app_actions import button, total_of

PLACES = ("Rome", "Oslo", "Bern", "Kyiv")


@pytest.fixture
def live(page_of):
    return page_of("live")


def test_live_page_shows_documents_and_scores(live, client, tweets):
    """The 100 newest documents have the scores that /query returns."""
    live.run()
    assert not live.exception
    assert total_of(live) >= len(tweets)
    table = live.dataframe[-1].value
    compounds = {d["text"]: d["compound"] for d in client.query(limit=500)["documents"]}
    assert len(table) == 100
    for text, compound in zip(table["text"], table["compound"], strict=True):
        assert compounds[text] == compound
    assert table["created_at"].is_monotonic_decreasing
    assert any("As of" in caption.value for caption in live.caption)


def test_live_page_follows_the_counts(page_of, account, monkeypatch):
    """While counts are behind it says so, without charts; they appear without a new document."""
    account.send("I love it")
    live = page_of("live", enter(account.username, PASSWORD))
    behind = {**account.api.stats(), "buckets": [], "counted_to": None}
    with monkeypatch.context() as lag:
        lag.setattr("echostream_client.api.ApiClient.stats", lambda *_, **__: behind)
        live.run()
        assert not live.exception
        assert total_of(live) == 0
        assert "No received document is counted yet." in captions(live)
        assert "The newest documents are not in the numbers and charts yet." in captions(live)
        assert list(live.dataframe[-1].value["text"]) == ["I love it"]
    live.session_state["poll.live"].refresh()
    live.run()
    assert total_of(live) == 1
    assert "Counted up to 2" in captions(live)
    assert "newest documents" not in captions(live)


def test_tenant_page_shows_roles_and_quotas(page_of, account, settings):
    """With what is used of them; no number where nothing is limited."""
    account.send("I love it", "I hate it")
    quotas = Quotas(documents=500)
    users.directory(settings.target).set_quotas(account.api.usage()["tenant"], quotas)
    tenant = page_of("tenant", enter(account.username, PASSWORD))
    tenant.run()
    assert not tenant.exception
    assert "Your roles: reader, writer, admin." in tenant.text[0].value
    table = tenant.dataframe[0].value.set_index("Quota")
    assert table.loc["Stored documents", "Used"] == 2
    assert table.loc["Requests in 10 seconds"].isna().all()


def test_tenant_page_shows_admins_the_audit_log(page_of, account, settings, sandbox, name):
    """The newest event first; a reader sees no table of it."""
    account.api.record_export("csv", 7)
    tenant = page_of("tenant", enter(account.username, PASSWORD))
    tenant.run()
    assert not tenant.exception
    tables = [frame.value for frame in tenant.dataframe]
    table = next(table for table in tables if "Action" in table).set_index("Action")
    assert table.loc["export", "Details"] == "format: csv, rows: 7"
    assert table.loc["export", "Who"] == account.username
    reader = Account(settings, sandbox, f"{name}-r", name, frozenset({Role.READER}))
    reader.with_password()
    tenant = page_of("tenant", enter(reader.username, PASSWORD))
    tenant.run()
    assert not tenant.exception
    assert [header.value for header in tenant.header] == ["Quotas"]


def captions(app):
    return "\n".join(caption.value for caption in app.caption)


def test_filters_narrow_numbers_and_documents(live, client, tweets):
    """Source and sentiment apply to both; one click clears them."""
    live.run()
    total_before = total_of(live)
    live.selectbox(key="filter.source").select("bluesky").run()
    counts = {s["source"]: s for s in client.stats()["sources"]}["bluesky"]
    assert total_of(live) == counts["total"]
    live.selectbox(key="filter.sentiment").select("NEGATIVE").run()
    assert total_of(live) == counts["negative"]
    table = live.dataframe[-1].value
    assert set(table["source"]) == {"bluesky"}
    assert set(table["sentiment"]) == {"Negative"}
    button(live, "Clear the filters").click().run()
    assert total_of(live) == total_before


def test_filters_without_a_match_show_a_hint(live, tweets):
    """The page says that no document matches, and what to do."""
    live.run()
    live.selectbox(key="filter.sentiment").select("MIXED").run()
    assert "clear the filters" in live.info[0].value
    assert not live.exception


def test_invalid_period_is_refused(live, monkeypatch):
    """A period without a start or with an end before its start: a warning, and no request."""
    live.run()
    requests = []
    for method in ("stats", "query"):
        monkeypatch.setattr(
            f"echostream_client.api.ApiClient.{method}", lambda *_, **named: requests.append(named)
        )
    live.selectbox(key="filter.period").select("From … to …").run()
    assert "Choose when the period begins." in live.warning[0].value
    live.session_state["filter.begin"] = datetime(2026, 1, 2)
    live.session_state["filter.end"] = datetime(2026, 1, 1)
    live.run()
    assert "The period ends before it begins." in live.warning[0].value
    assert not live.metric
    assert not live.exception
    assert requests == []


def test_failed_request_keeps_the_last_data(live, tweets, monkeypatch):
    """The page reports the error above the last data and its time."""
    live.run()
    total_before = total_of(live)
    monkeypatch.setattr("echostream_client.api.ApiClient.stats", fail)
    live.session_state["poll.live"].refresh()
    live.run()
    assert "make status" in live.error[0].value
    assert any("As of" in caption.value for caption in live.caption)
    assert total_of(live) == total_before
    assert not live.exception


def test_explore_filters_by_channel(page_of, account):
    """By its whole name; the table has the channel of each document."""
    account.send("about kettles", channel="r/kettles")
    account.send("about tea", channel="r/tea")
    page = page_of("explore", enter(account.username, PASSWORD)).run()
    assert set(page.dataframe[0].value["channel"]) == {"r/kettles", "r/tea"}
    page.text_input(key="explore.channel").input(" r/tea ").run()
    assert list(page.dataframe[0].value["text"]) == ["about tea"]
    page.text_input(key="explore.channel").input("r/").run()
    assert "No document matches" in page.info[0].value


def test_explore_searches_loaded_documents(page_of, client, tweets, name):
    """The search ignores case; a caption counts the matches, a note says that there are none."""
    client.ingest([{"id": name, "text": f"needle {name}", "source": "haystack"}])
    page = page_of("explore").run()
    assert not page.exception
    page.text_input(key="explore.search").input(name.upper()).run()
    assert list(page.dataframe[0].value["text"]) == [f"needle {name}"]
    assert any(caption.value.startswith("1 of ") for caption in page.caption)
    page.text_input(key="explore.search").input("nowhere to be found").run()
    assert "None of the" in page.info[0].value


def test_themes_page_shows_what_the_documents_share(page_of, account):
    """The themes are those of /themes; without earlier documents nothing changed and is new."""
    account.send("I love it", "It is a chair")
    page = page_of("themes", enter(account.username, PASSWORD)).run()
    assert not page.exception
    assert "at least three documents that share a term" in page.info[0].value
    for subject in ("kettle", "tram"):
        account.send(*(f"The {subject} near {place}" for place in ("Rome", "Oslo", "Bern", "Kyiv")))
    page.session_state["poll.themes"].refresh()
    page.run()
    assert not page.exception
    table = page.dataframe[-1].value
    expected = account.api.themes()["themes"]
    assert list(table["Theme"]) == [", ".join(one["terms"][:4]) for one in expected]
    assert list(table["Documents"]) == [one["total"] for one in expected]
    assert {"kettle", "tram"} <= set(" ".join(table["Theme"]).replace(",", "").split())
    assert "10 documents were read." in captions(page)
    assert "no documents to compare with" in page.info[0].value
    assert "no term can be new" in page.info[1].value


def test_themes_page_has_a_digest_and_aspects(page_of, account):
    """The digest is written when asked for, and cites documents; aspects are those of /aspects."""
    texts = [f"The tram near {place}" for place in PLACES]
    account.send(*texts, *(f"I love the kettle from {place}" for place in PLACES))
    page = page_of("themes", enter(account.username, PASSWORD)).run()
    assert not page.exception
    assert not page.text
    aspects = account.api.aspects()["aspects"]
    assert aspects
    assert list(page.dataframe[-1].value["Aspect"]) == [one["phrase"] for one in aspects]
    button(page, "Write a digest").click().run()
    assert not page.exception
    assert not page.error
    shown = "\n".join(text.value for text in page.text)
    assert "tram" in shown
    assert "[1] The tram near" in shown or "[1] I love the kettle" in shown
    assert "Written by" in captions(page)


def test_compare_page_shows_two_sources(page_of, account):
    """The terms are those of /themes; without documents the page says so."""
    page = page_of("compare", enter(account.username, PASSWORD)).run()
    assert not page.exception
    assert "has no documents" in page.info[0].value
    for source, subject in (("forum", "kettle"), ("shop", "tram")):
        texts = [f"The {subject} near {place} is number {i}" for i, place in enumerate(PLACES * 3)]
        account.send(*texts, source=source)
    page.radio(key="compare.kind").set_value("Sources").run()
    assert not page.exception
    chosen = [page.selectbox(key=f"compare.source.{letter}").value for letter in "AB"]
    assert sorted(chosen) == ["forum", "shop"]
    expected = account.api.themes(source=chosen[0], against=f"source:{chosen[1]}")
    numbers = page.dataframe[0].value.set_index("Number")
    assert numbers.loc["Documents"].tolist() == ["12", "12", "0"]
    tables = [frame.value for frame in page.dataframe]
    terms = [list(table["Term"]) for table in tables if "Term" in table]
    assert terms == [
        [one["term"] for one in expected["drivers"] if sign * one["z"] > 0] for sign in (1, -1)
    ]
    assert all(terms)
    assert "12 documents were read." in captions(page)


def test_sources_page_shows_counts_by_source(page_of, client, tweets):
    """The counts are those of /stats; chosen sources also appear over time."""
    page = page_of("sources").run()
    assert not page.exception
    totals = page.dataframe[0].value.set_index("Source")["Documents"]
    expected = {s["source"]: s["total"] for s in client.stats()["sources"]}
    for source in ("bluesky", "mastodon"):
        assert totals[source] == expected[source]
    assert "Counted up to 2" in captions(page)
    page.multiselect(key="sources.chosen").select("bluesky").run()
    page.radio[0].set_value("Documents").run()
    assert not page.exception
    assert any("bluesky" in table.value.columns for table in page.dataframe)


def test_sources_page_shows_other_sources(page_of, client, tweets, monkeypatch):
    """As the last row of the table, with the reason."""
    stats = client.stats(bucket="hour")
    others = {**stats["sources"][0], "total": 7}
    monkeypatch.setattr(
        "echostream_client.api.ApiClient.stats",
        lambda *_, **__: {**stats, "other_sources": others},
    )
    page = page_of("sources").run()
    assert not page.exception
    last = page.dataframe[0].value.iloc[-1]
    assert (last["Source"], last["Documents"]) == ("Other sources", 7)
    assert "first 100 sources" in captions(page)


def test_health_page_depends_on_the_user(page_of, account, tweets):
    """The demo user sees components, signals, spend and logs; others see only their own spend."""
    page = page_of("health").run()
    assert not page.exception
    # Faults of other tests may raise alarms.
    assert all(error.value.startswith("In alarm") for error in page.error)
    parts, signals, spend = (frame.value for frame in page.dataframe)
    assert set(parts["State"]) == {"up"}
    assert len(signals) > 3
    assert "Counted up to 2" in captions(page)
    assert list(spend["Scope"]) == ["Your tenant", "All tenants"]
    assert page.metric[0].value.endswith(" ms")
    assert "ingested" in page.code[0].value
    other = page_of("health", enter(account.username, PASSWORD)).run()
    assert list(other.dataframe[0].value["Scope"]) == ["Your tenant"]
    assert not other.code
    assert len(other.dataframe) == 1


@pytest.fixture
def engines_page(page_of):
    return page_of("engines")


def test_engines_page_scores_a_text_with_both_engines(engines_page):
    """Each engine scores the text; the heading names the stand-in for Comprehend."""
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


def test_engines_page_counts_agreement(engines_page, settings, tweets):
    """After a rescore, the matrix contains all documents that both engines scored."""
    rescore = run(settings.environment(), "rescore", "--engine", "comprehend")
    assert rescore.returncode == 0, rescore.stderr
    engines_page.run()
    assert not engines_page.exception
    both = int(next(m for m in engines_page.metric if "both" in m.label).value.replace(",", ""))
    assert both >= len(tweets)
    assert int(engines_page.dataframe[1].value.to_numpy().sum()) == both


def test_engines_page_without_the_companion_still_has_vader(engines_page, monkeypatch):
    """A warning says how to find the reason for the missing engine."""
    monkeypatch.setenv("COMPANION_PORT", str(free_port()))
    st.cache_resource.clear()
    engines_page.run()
    assert not engines_page.exception
    assert "**VADER**" in [markdown.value for markdown in engines_page.markdown]
    assert [metric.label for metric in engines_page.metric[:2]] == ["Sentiment", "Score"]
    assert "make status" in engines_page.warning[0].value


def fail(*_, **__):
    raise ApiFailed(None, "no_answer", "no answer")


def test_dashboard_without_a_sandbox_says_how_to_start_it(tmp_path, monkeypatch):
    """The error names the command `make up`."""
    settings = Settings(state_dir=tmp_path, emulator_port=9, dashboard_port=9)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    assert "make up" in app.error[0].value
    assert not app.exception
