"""Counts, documents and filters on the page."""

import re

import pytest
from playwright.sync_api import expect

from tests.accounts import PASSWORD
from tests.browser import TIMEOUT_MS
from tests.e2e.site.page_actions import refresh, replace_stats, sign_in, texts


def test_page_shows_counts_and_new_documents(page, account):
    """After sign-in by SRP it shows the numbers of /stats and, within seconds, a new document."""
    account.send("I love it", "I hate it", "It is a chair")
    bodies = []
    page.on("request", lambda request: bodies.append(request.post_data or ""))
    sign_in(page, account)
    assert any("SRP_A" in body for body in bodies)
    assert not any(PASSWORD in body for body in bodies)
    buckets = account.api.stats()["buckets"]
    total = sum(bucket["total"] for bucket in buckets)
    expect(page.locator("#total")).to_have_text(str(total))
    expect(page.locator("#positive")).to_have_text("33.3%")
    expect(texts(page)).to_have_text(["It is a chair", "I hate it", "I love it"])
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile("positive 1,"))
    expect(page.locator("#engines")).to_contain_text("vader")
    account.send("Arrived while you looked")
    expect(texts(page).first).to_have_text("Arrived while you looked", timeout=TIMEOUT_MS)
    expect(page.locator("#total")).to_have_text(str(total + 1))


def test_charts_follow_the_counts(page, account):
    """While counts are behind the page says so; they appear although no new document comes."""
    account.send("I love it")
    behind = {"buckets": [], "counted_to": "2026-01-02T03:04:05Z"}
    replace_stats(page, {**account.api.stats(), **behind})
    sign_in(page, account)
    expect(texts(page)).to_have_text(["I love it"])
    counted = page.locator("#counted")
    expect(counted).to_contain_text("Counted up to 2 Jan 2026, 03:04:05 UTC.")
    expect(counted).to_contain_text("The newest documents are not in the numbers and charts yet.")
    expect(page.locator("#total")).to_have_text("0")
    page.unroute_all()
    expect(page.locator("#total")).to_have_text("1", timeout=TIMEOUT_MS)
    expect(counted).not_to_contain_text("newest documents")
    expect(counted).to_contain_text("Counted up to")
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile("positive 1,"))


def test_other_sources_are_a_row_with_the_reason(page, account):
    """The last row of the sources; none without other sources."""
    account.send("I love it", source="forum")
    sign_in(page, account)
    rows = page.locator("#sources tr")
    note = page.locator("#other-sources-note")
    expect(rows).to_have_count(1)
    expect(note).to_be_hidden()
    stats = account.api.stats()
    others = {**stats["buckets"][0], "total": 1200, "mean_compound": -0.25}
    replace_stats(page, {**stats, "other_sources": others})
    refresh(page)
    expect(rows).to_have_count(2, timeout=TIMEOUT_MS)
    expect(rows.last).to_contain_text("Other sources1,200")
    expect(rows.last).to_contain_text("-0.25")
    expect(note).to_contain_text("first 100 sources")
    expect(page.get_by_label("Source", exact=True).get_by_role("option")).to_have_count(2)


def test_text_in_another_language_has_no_score(page, account):
    """It is a part of its own, in no share and no mean; the filter finds it."""
    german = "Die App ist leider super schlecht, nie wieder"
    account.send("I love it", "I hate it", german)
    sign_in(page, account)
    expect(texts(page)).to_have_count(3)
    expect(page.locator("#list")).to_contain_text("Not scored: German")
    expect(page.locator("#positive")).to_have_text("50.0%", timeout=TIMEOUT_MS)
    expect(page.locator("#unscored-note")).to_contain_text("Not scored: 1 document (33.3%)")
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile("not scored 1;"))
    page.get_by_label("Sentiment", exact=True).select_option("UNSCORED")
    expect(texts(page)).to_have_text([german])
    expect(page.locator("#total")).to_have_text("1")
    page.get_by_label("Sentiment", exact=True).select_option("NEUTRAL")
    expect(page.locator("#empty")).to_contain_text("No document matches these filters")


def test_account_without_documents_shows_a_hint(page, account):
    """The page says that there are no documents, and how to send some."""
    sign_in(page, account)
    expect(page.locator("#empty")).to_contain_text("appear here within seconds")
    expect(page.locator("#total")).to_have_text("0")
    expect(page.locator("#sources-note")).to_be_visible()
    expect(page.locator("#counted")).to_have_text("No received document is counted yet.")


def test_filters_narrow_numbers_and_documents(page, account):
    """Source and sentiment apply to both; without a match the page says so."""
    account.send("I love it", "I hate it", source="forum")
    account.send("I adore it", "It is a chair", source="shop")
    sign_in(page, account)
    page.get_by_label("Source", exact=True).select_option("shop")
    expect(texts(page)).to_have_text(["It is a chair", "I adore it"])
    expect(page.locator("#total")).to_have_text("2")
    page.get_by_label("Sentiment", exact=True).select_option("POSITIVE")
    expect(texts(page)).to_have_text(["I adore it"])
    expect(page.locator("#total")).to_have_text("1")
    page.get_by_label("Sentiment", exact=True).select_option("NEGATIVE")
    expect(page.locator("#empty")).to_contain_text("No document matches these filters")
    page.get_by_role("button", name="Clear the filters").click()
    expect(texts(page)).to_have_count(4)


def test_channel_narrows_the_documents(page, account):
    """A channel is named whole; the numbers stay those of all channels."""
    account.send("I love it", channel="tea")
    account.send("I hate it", channel="teapots")
    sign_in(page, account)
    expect(texts(page)).to_have_count(2)
    channel = page.get_by_label("Channel", exact=True)
    channel.fill(" tea ")
    channel.press("Enter")
    expect(texts(page)).to_have_text(["I love it"])
    expect(page.locator("#total")).to_have_text("2")
    channel.fill("coffee")
    channel.press("Enter")
    expect(page.locator("#empty")).to_contain_text("No document matches these filters")
    page.get_by_role("button", name="Clear the filters").click()
    expect(texts(page)).to_have_count(2)
    expect(channel).to_have_value("")


def test_rating_and_attribute_narrow_the_documents(page, account):
    """Each document shows its own; attributes of the listed documents are offered as a filter."""
    account.send("I love it", rating=1.5, attributes={"app: version": "2.1", "country": "DE"})
    account.send("I hate it", rating=1, attributes={"country": "FR"})
    account.send("It is a kettle")
    sign_in(page, account)
    expect(texts(page)).to_have_count(3)
    loved = page.locator("#list .document").filter(has_text="I love it")
    expect(loved.locator(".rating")).to_have_text("rated 1.5 of 5")
    expect(loved.locator(".small")).to_contain_text("country: DE")
    offered = page.locator("#attributes option")
    assert [one.get_attribute("value") for one in offered.all()] == [
        r"app\: version:2.1",
        "country:DE",
        "country:FR",
    ]
    attribute = page.get_by_label("Attribute", exact=True)
    attribute.fill(r"app\: version:2.1")
    attribute.press("Enter")
    expect(texts(page)).to_have_text(["I love it"])
    page.get_by_role("button", name="Clear the filters").click()
    expect(texts(page)).to_have_count(3)
    rating = page.get_by_label("Rating", exact=True)
    rating.select_option("Rating disagrees with score")
    expect(texts(page)).to_have_text(["I love it"])
    rating.select_option("1 star")
    expect(texts(page)).to_have_text(["I hate it"])
    attribute.fill("country")
    attribute.press("Enter")
    expect(page.locator("#notice")).to_contain_text("a name, a colon and a value")


def test_invalid_period_is_refused(page, account):
    """The error appears beside the fields, the data stays, and no request goes out."""
    account.send("I love it")
    sign_in(page, account)
    page.get_by_label("Period").select_option("custom")
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.locator("#to").fill("2026-01-01T00:00")
    page.locator("#from").fill("2026-01-02T00:00")
    expect(page.locator("#period-problem")).to_have_text("The period ends before it begins.")
    expect(page.locator("#from")).to_have_attribute("aria-invalid", "true")
    expect(texts(page)).to_have_count(1)
    expect(page.locator("#as-of")).to_contain_text("As of")
    assert not [url for url in requests if "/api/" in url]
    page.locator("#to").fill("")
    expect(page.locator("#period-problem")).to_be_empty()
    expect(page.locator("#from")).to_have_attribute("aria-invalid", "false")


def test_older_documents_load_page_by_page(page, account):
    """Each document appears once; the search covers the loaded documents."""
    account.send(*(f"number {index}." for index in range(120)))
    sign_in(page, account)
    expect(texts(page)).to_have_count(50)
    for loaded in (100, 120):
        page.get_by_role("button", name="Load older documents").click()
        expect(texts(page)).to_have_count(loaded)
    expect(page.locator("#older")).to_be_hidden()
    assert texts(page).all_text_contents() == [f"number {n}." for n in range(119, -1, -1)]
    page.get_by_label("Search the loaded documents").fill("NUMBER 11.")
    expect(texts(page)).to_have_text(["number 11."])
    expect(page.locator("#showing")).to_have_text("1 of 120 loaded documents")
    page.get_by_label("Search the loaded documents").fill("nowhere")
    expect(page.locator("#empty")).to_contain_text("None of the 120 loaded documents")


def test_new_documents_do_not_move_the_list(page, account):
    """While the user reads, new documents wait behind a button and the list keeps its position."""
    account.send(*(f"number {index}" for index in range(40)))
    sign_in(page, account)
    expect(texts(page)).to_have_count(40)
    expect(page.locator("#themes-as-of")).to_contain_text("As of", timeout=TIMEOUT_MS)
    row = page.get_by_text("number 20", exact=True)
    row.scroll_into_view_if_needed()
    before = row.bounding_box()["y"]
    account.send("the newest")
    button = page.get_by_role("button", name="Show 1 new document")
    expect(button).to_be_visible(timeout=TIMEOUT_MS)
    assert abs(row.bounding_box()["y"] - before) < 2
    expect(texts(page)).to_have_count(40)
    button.click()
    expect(texts(page).first).to_have_text("the newest")
    expect(button).to_be_hidden()


HOSTILE = [
    "<script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">",
    "\u202eevil right to left \u2067and back",
    "a\u200db\u200bc" * 500,
    "x" * 10_000,
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f" * 300,
    "line\n" * 2_000,
    "${alert(1)} {{7*7}} %00 &amp; </p></li>",
]


@pytest.mark.parametrize("width", [320, 1440])
def test_hostile_texts(open_page, account, width):
    """The page shows them unchanged, runs no code and keeps its width, on a phone and a desktop."""
    account.send(*HOSTILE, source="<b>" + "s" * 120, author="\u202e" + "a" * 250)
    account.send("linked", url="https://example.org/?q=<script>")
    page = open_page(viewport={"width": width, "height": 900})
    sign_in(page, account)
    expect(texts(page)).to_have_count(len(HOSTILE) + 1)
    assert texts(page).all_text_contents()[1:] == HOSTILE[::-1]
    assert page.title() == "EchoStream"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("main script, main img, main b").count() == 0
    tallest = page.evaluate("Math.max(...[...document.querySelectorAll('#list > li')]"
                            ".map((d) => d.offsetHeight))")  # fmt: skip
    assert tallest < 600
    page.get_by_role("button", name="Show the whole text").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    link = page.get_by_role("link", name="original")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_paused_updates_resume(page, account):
    """The pause button stops updates; a second click fetches at once."""
    sign_in(page, account)
    pause = page.get_by_role("button", name="Pause updates")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#as-of")).to_contain_text("Paused.")
    pause.click()
    account.send("after the pause")
    expect(texts(page)).to_have_text(["after the pause"], timeout=TIMEOUT_MS)
