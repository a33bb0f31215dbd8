"""The page Import in a browser: a file from its first rows to the documents."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.e2e.dashboard.page_actions import open_view, sign_in

SOURCE = "seen-in-import"


def test_a_file_goes_from_its_first_rows_to_the_documents(open_page, account):
    """The guess and three rows come first. Then every row is accounted for, and the refused one is
    a file that can be imported again."""
    day = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    rows = ("Review Text,Stars,Date", f"I don\u2019t like this,1,{day}", f'"Great, really",5,{day}')
    content = "\n".join((*rows, f"N/A,3,{day}")).encode("utf-16")
    page = open_page()
    sign_in(page, account)
    open_view(page, "Import")
    main = page.get_by_test_id("stMain")
    main.get_by_test_id("stFileUploader").locator("input").set_input_files(
        {"name": f"{SOURCE}.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(main.get_by_text("UTF-16").first).to_be_visible()
    main.get_by_role("button", name="Import", exact=True).click()
    expect(main.get_by_text("3 rows: 2 stored, 1 refused")).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        main.get_by_role("button", name="Download the refused rows").click()
    assert download.value.suggested_filename == f"{SOURCE}.rejected.csv"
    assert "N/A" in download.value.path().read_text("utf-8-sig")
    sent = account.api.query(source=SOURCE)["documents"]
    labels = {one["rating"]: one["sentiment"] for one in sent}
    assert labels == {1: "NEGATIVE", 5: "POSITIVE"}
