"""The panel of themes on the page."""

import pytest
from playwright.sync_api import expect

from tests.browser import TIMEOUT_MS
from tests.e2e.site.page_actions import (
    fail_themes,
    refresh,
    replace_digest,
    replace_themes,
    sign_in,
    texts,
)
from tests.unit.dashboard.theme_responses import (
    NO_SCORE,
    digest,
    document,
    driver,
    emerging,
    period,
    response,
    sentence,
    theme,
)

HOSTILE = "<img src=x onerror=\"document.title='run'\">\u202e" + "x" * 300


def themes(page):
    return page.locator("#theme-list > li")


def requests_for_themes(page):
    """The addresses of the requests for themes from now on."""
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    return lambda: [url for url in urls if "/api/themes" in url]


def test_themes_are_those_of_the_documents(page, account):
    """Those of /themes, each with its documents; without earlier documents nothing changed."""
    places = ("Rome", "Oslo", "Bern", "Kyiv")
    for subject in ("kettle", "tram"):
        account.send(*(f"The {subject} near {place}" for place in places))
    sign_in(page, account)
    expected = account.api.themes(limit=8)["themes"]
    expect(themes(page)).to_have_count(len(expected), timeout=TIMEOUT_MS)
    assert themes(page).locator("summary bdi").all_text_contents() == [
        ", ".join(one["terms"][:4]) for one in expected
    ]
    expect(page.locator("#themes-read")).to_contain_text("8 documents were read.")
    expect(page.locator("#no-driver")).to_contain_text("no documents to compare with")
    expect(page.locator("#nothing-new")).to_contain_text("no term can be new")


def test_theme_opens_its_documents(page, account):
    """By keyboard, with text, source, author, time and sentiment of each."""
    replace_themes(page, response())
    sign_in(page, account)
    row = themes(page).first
    expect(row).to_contain_text("kettle, water, lid, heat")
    for text in (
        "40.0% of the documents",
        "4 documents",
        "30.0 percentage points more than before",
    ):
        expect(row).to_contain_text(text)
    expect(row).to_contain_text("mean score +0.25")
    cited = row.locator(".document")
    expect(cited).to_be_hidden()
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(cited).to_be_visible()
    for text in ("about kettle", "forum", "ann", "20 May 2026, 10:00:00 UTC", "Negative"):
        expect(cited).to_contain_text(text)
    expect(cited).not_to_contain_text("scored by")


def test_terms_open_their_documents(page, account):
    """By keyboard; those that changed have a direction in words, and the false-discovery rate."""
    drivers = [driver("kettle", 4.2, 0.4, 0.1), driver("tea", -3.1, 0.05, 0.3)]
    replace_themes(page, response(drivers=drivers))
    sign_in(page, account)
    summaries = page.locator("#drivers summary")
    expect(summaries).to_have_text(
        [
            "kettlemore frequent40.0% of the documents10.0% before",
            "tealess frequent5.0% of the documents30.0% before",
        ]
    )
    cited = page.locator("#drivers .document").first
    expect(cited).to_be_hidden()
    summaries.first.focus()
    page.keyboard.press("Enter")
    expect(cited).to_be_visible()
    expect(cited).to_contain_text("with kettle")
    expect(page.locator("#driver-documents")).to_contain_text("are those compared with")
    expect(page.locator("#compared")).to_contain_text("Compared with the 2 days before")
    expect(page.locator("#emerging summary")).to_have_text("tram8 documents1.5 expected")
    expect(page.locator("#discoveries")).to_contain_text("at most 5% of the listed terms")


NO_DOCUMENTS = period(19, 21, 0, **NO_SCORE)
SAMPLE = period(19, 21, 12_345, complete=False, positive=4_000)


@pytest.mark.parametrize(
    ("changes", "id_", "text"),
    [
        ({"period": NO_DOCUMENTS, "themes": []}, "themes-empty", "This period has no documents"),
        ({"themes": []}, "themes-empty", "at least three documents that share a term"),
        ({"drivers": []}, "no-driver", "more or less frequent than in the 2 days before"),
        ({"emerging": emerging()}, "nothing-new", "at least twice as frequent"),
        (
            {"drivers": [], "against": period(17, 19, 0, **NO_SCORE)},
            "no-driver",
            "no documents to compare with",
        ),
        ({"period": SAMPLE}, "themes-read", "a sample: 4,000 documents of about 12,345 were read"),
    ],
    ids=["no documents", "no theme", "no change", "nothing new", "no comparison", "sample"],
)
def test_empty_part_has_a_reason(page, account, changes, id_, text):
    """So has a part that is about a sample."""
    replace_themes(page, response(**changes))
    sign_in(page, account)
    expect(page.locator(f"#{id_}")).to_contain_text(text)
    expect(page.locator("#theme-changes")).to_be_visible(visible="period has" not in text)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": 500, "json": {"message": "Internal Server Error"}}, "(HTTP 500)"),
        ({"status": 200, "json": {"surprise": []}}, "that this page cannot read"),
    ],
    ids=["500", "other json"],
)
def test_failed_themes_leave_the_other_panels(page, account, answer, message):
    """The panel says why; a button loads the themes again."""
    account.send("I love it")
    fail_themes(page, **answer)
    sign_in(page, account)
    problem = page.locator("#themes-problem")
    expect(problem).to_contain_text(message)
    expect(texts(page)).to_have_text(["I love it"])
    expect(page.locator("#total")).to_have_text("1")
    expect(page.locator("#notice")).to_be_hidden()
    page.unroute_all()
    replace_themes(page, response())
    page.get_by_role("button", name="Load the themes again").click()
    expect(themes(page)).to_have_count(2)
    expect(problem).to_be_empty()


def test_themes_follow_the_filters(page, account):
    """A changed filter fetches them; an update of the other panels does not."""
    replace_themes(page, response())
    sign_in(page, account)
    expect(themes(page)).to_have_count(2)
    requests = requests_for_themes(page)
    with page.expect_response("**/api/stats*"):
        refresh(page)
    assert requests() == []
    page.get_by_label("Sentiment", exact=True).select_option("NEGATIVE")
    page.get_by_label("Channel", exact=True).fill("tea")
    page.get_by_label("Channel", exact=True).press("Enter")
    expect(page.locator("#themes-as-of")).to_contain_text("As of")
    assert "sentiment=NEGATIVE&channel=tea&limit=8" in requests()[-1]


@pytest.mark.parametrize("id_", ["theme-list", "emerging"])
def test_themes_do_not_change_while_one_is_open(page, account, id_):
    """They are fetched once a minute, but not while the user reads documents of a theme or term."""
    page.clock.install()
    replace_themes(page, response())
    page.reload()
    sign_in(page, account)
    expect(themes(page)).to_have_count(2)
    row = page.locator(f"#{id_} > li").first
    row.locator("summary").click()
    requests = requests_for_themes(page)
    with page.expect_response("**/api/stats*"):
        page.clock.fast_forward(70_000)
    assert requests() == []
    row.locator("summary").click()
    page.get_by_label("Period").focus()
    with page.expect_response("**/api/themes*"):
        page.clock.fast_forward(10_000)


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_hostile_terms(open_page, account, width):
    """Terms, texts and authors are shown unchanged, run no code, and do not widen the page."""
    cited = [document(HOSTILE, text=HOSTILE, source=HOSTILE, author=HOSTILE)]
    content = response(
        themes=[theme(HOSTILE, examples=cited)],
        drivers=[driver(HOSTILE, 4.2, 0.4, 0.1)],
        emerging=emerging(HOSTILE),
    )
    page = open_page(viewport={"width": width, "height": 900})
    replace_themes(page, content)
    replace_digest(page, digest(sentences=[sentence(HOSTILE, HOSTILE)], documents=cited))
    sign_in(page, account)
    page.get_by_role("button", name="Write a digest").click()
    for part in (themes(page), page.locator("#digest-list")):
        part.locator("summary").click()
        expect(part.locator(".document p.text")).to_have_text(HOSTILE)
    for id_ in ("digest-list", "drivers", "emerging"):
        expect(page.locator(f"#{id_} summary > bdi")).to_have_text(HOSTILE)
    assert page.title() == "EchoStream"
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
