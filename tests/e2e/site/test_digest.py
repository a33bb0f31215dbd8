"""The digest in the panel of themes on the page."""

from playwright.sync_api import expect

from tests.browser import TIMEOUT_MS
from tests.e2e.site.page_actions import fail_digest, replace_digest, sign_in
from tests.unit.dashboard.theme_responses import digest


def press(page):
    page.get_by_role("button", name="Write a digest").press("Enter")


def sentences(page):
    return page.locator("#digest-list > li")


def test_digest_is_written_on_request(page, account):
    """Of the documents, by the stand-in for a model."""
    for subject in ("kettle", "tram"):
        account.send(*(f"The {subject} near {place}" for place in ("Rome", "Oslo", "Bern", "Kyiv")))
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    sign_in(page, account)
    expect(page.locator("#themes-as-of")).to_contain_text("As of")
    assert not [url for url in urls if "/api/digest" in url]
    press(page)
    status = page.locator("#digest-status")
    expect(status).to_contain_text("Written by echostream-", timeout=TIMEOUT_MS)
    expect(sentences(page).first).to_be_visible()
    expect(page.locator("#digest-list")).to_contain_text("tram")


def test_sentences_open_documents_and_follow_the_filters(page, account):
    """By keyboard; the focus stays. A failure keeps the digest; a changed filter removes it."""
    replace_digest(page, digest())
    sign_in(page, account)
    page.get_by_label("Sentiment", exact=True).select_option("NEGATIVE")
    with page.expect_request("**/api/digest*") as request:
        press(page)
    assert request.value.url.endswith("&sentiment=NEGATIVE")
    status, problem = page.locator("#digest-status"), page.locator("#digest-problem")
    expect(status).to_contain_text("Written by rules. No language model is set up. As of 21 May")
    expect(page.locator("#write-digest")).to_be_focused()
    expect(sentences(page)).to_have_count(3)
    cited = sentences(page).nth(1).locator(".document")
    expect(cited.first).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(cited).to_have_count(2)
    expect(cited.first).to_be_visible()
    expect(cited.first).to_contain_text("text of d1")
    page.unroute_all()
    fail_digest(page, status=500, json={"message": "Internal Server Error"})
    press(page)
    expect(problem).to_contain_text("(HTTP 500)")
    expect(page.locator("#notice")).to_be_hidden()
    expect(sentences(page)).to_have_count(3)
    page.get_by_label("Sentiment", exact=True).select_option("POSITIVE")
    expect(sentences(page)).to_have_count(0)
    expect(status).to_have_text("The last digest belonged to other filters, and was removed.")
    expect(problem).to_be_empty()
