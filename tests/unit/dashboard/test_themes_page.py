"""The page Themes in Streamlit's AppTest, with an API that returns small responses."""

import pytest

from echostream_client.api import ApiFailed
from tests.unit.dashboard.theme_pages import page_of, texts
from tests.unit.dashboard.theme_responses import NO_SCORE, Api, aspects, emerging, period, theme


def test_page_shows_themes_drivers_and_new_terms():
    """The table of the chart, then those of the parts below it."""
    page = page_of(Api())
    first_columns = [frame.value.iloc[:, 0].tolist() for frame in page.dataframe]
    names = ["kettle, water, lid, heat", "tram"]
    assert first_columns == [names, names, ["kettle", "tea"], ["tram"], ["lid", "water tank"]]
    assert [header.value for header in page.header] == [
        "Digest",
        "What the documents are about",
        "What changed",
        "What is new",
        "Praised and criticised",
    ]
    assert "10 documents were read." in texts(page.caption)
    assert "at most 5% of the listed terms" in texts(page.caption)
    assert not page.info
    assert not page.markdown  # Streamlit shows a string that stands alone in a page's module


def test_comparison_is_fetched_once():
    """A choice fetches again; a rerun within a minute does not."""
    api = Api()
    page = page_of(api)
    calls = api.calls
    page.selectbox(key="themes.against").select("source:shop").run()
    assert api.parameters["against"] == "source:shop"
    assert api.calls == calls + 1
    assert "What differs" in [header.value for header in page.header]
    page.run()
    assert api.calls == calls + 1


def test_comparison_with_the_own_filter_ends():
    """If the source compared with becomes the filter, the period before is the comparison."""
    api = Api()
    page = page_of(api)
    page.selectbox(key="themes.against").select("source:shop").run()
    page.selectbox(key="filter.source").select("shop").run()
    assert not page.exception
    assert (api.parameters["source"], api.parameters["against"]) == ("shop", "previous")


def test_masking_is_a_choice_of_the_viewer():
    """Off at first; a change fetches the themes and the aspects again, with masked texts."""
    api = Api()
    page = page_of(api)
    assert [api.parameters["mask"], api.aspects_calls[-1]["mask"]] == [None, None]
    page.checkbox(key="themes.mask").check().run()
    assert [api.parameters["mask"], api.aspects_calls[-1]["mask"]] == ["true", "true"]
    assert (api.calls, len(api.aspects_calls)) == (2, 2)


def test_every_empty_part_says_why():
    """Themes, what changed, what is new, and aspects."""
    api = Api(themes=[], drivers=[], emerging=emerging())
    api.aspects_response = aspects()
    page = page_of(api)
    reasons = [info.value for info in page.info]
    assert len(reasons) == 4
    assert reasons[0].startswith("There is no theme")
    assert reasons[3].startswith("There is no aspect")
    assert not page.dataframe


def test_period_without_documents_says_so():
    """There are no other parts."""
    empty = period(19, 21, 0, **NO_SCORE)
    page = page_of(Api(period=empty, themes=[], drivers=[], emerging=emerging()))
    assert "This period has no documents." in texts(page.info)
    assert not page.header


def test_names_of_others_are_shown_as_text():
    """Neither a term nor a source is Markdown or HTML in a caption or a reason."""
    api = Api(themes=[theme("**kettle** <b>")], drivers=[])
    api.sources = ["<b>_shop_"]
    page = page_of(api)
    page.selectbox(key="themes.against").select("source:<b>_shop_").run()
    assert "<b>_shop_" not in texts([*page.caption, *page.info, *page.markdown])
    assert page.dataframe[0].value.iloc[0, 0] == "**kettle** <b>"


@pytest.mark.parametrize(("status", "text"), [(503, "HTTP 503"), (400, "rejected the filters")])
def test_failed_request_is_an_error(status, text):
    """The page says what failed, and offers to try again."""
    page = page_of(Api(error=ApiFailed(status, "oops", f"HTTP {status}: oops")))
    assert text in page.error[0].value
    assert "Try again" in [button.label for button in page.button]
