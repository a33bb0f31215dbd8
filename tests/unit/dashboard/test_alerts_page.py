"""The page Alerts, and the notice on the page Live, in Streamlit's AppTest."""

import pytest

from dashboard import components
from dashboard.sign_in import ENDED
from echostream_client.api import ApiFailed
from tests.unit.dashboard.alert_responses import Api, alert, alerts, recent_alert
from tests.unit.dashboard.test_live import Api as LiveApi
from tests.unit.dashboard.theme_pages import page_of, texts
from tests.unit.dashboard.theme_responses import document, returned

HOSTILE = "**bold** <script>alert(1)</script> [x](http://x) $a$ :red[b]"
RENDERED = ("markdown", "caption", "subheader", "header", "info", "warning", "error")
"""Elements of AppTest whose text is Markdown."""


class ApiOfLive(LiveApi):
    """The API of the page Live, with alerts, or with an error that is raised instead."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def alerts(self, **_):
        return returned(self.answer)


def alerts_page(api):
    return page_of(api, "alerts")


def live_page(*found):
    """The page Live with alerts, after a refresh: it does not wait for them."""
    answer = found[0] if isinstance(found[0], Exception) else alerts(*found)
    page = page_of(ApiOfLive(answer), "live").run()
    assert not page.exception
    assert page.metric[0].label == "Documents"
    return page


@pytest.fixture
def select_first_alert(monkeypatch):
    """As if the viewer had selected the first row of the table of alerts: AppTest cannot."""

    def choose(_, name, *__):
        return 0 if name.startswith("Alerts") else None

    monkeypatch.setattr(components, "choose_row", choose)


def test_page_lists_alerts():
    """Newest first, as the API has them, and up to when hours were compared."""
    newest = alert("2026-05-20T20:00:00Z", source=None)
    page = alerts_page(Api(alerts(newest, alert(), complete=False)))
    assert page.title[0].value == "Alerts"
    assert list(page.dataframe[0].value["What"]) == ["All sources", "Source demo"]
    assert "Hours are compared up to 2026-05-20 23:00:00 UTC." in texts(page.caption)
    assert "The period has more alerts." in texts(page.caption)
    assert [header.value for header in page.header] == ["Destinations"]
    assert not page.markdown  # Streamlit shows a string that stands alone in a page's module


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (alerts(), "There is no alert in the last 30 days"),
        (alerts(watched_to=None), "`make alerts` compares them now."),
    ],
    ids=["no alert", "never compared"],
)
def test_empty_page_says_why(response, reason):
    """Without a table."""
    page = alerts_page(Api(response))
    assert reason in page.info[0].value
    assert not page.dataframe


def test_selected_alert_shows_its_documents(select_first_alert):
    """The terms that drove it are a table above them."""
    page = alerts_page(Api(documents=[document("d1"), document("d2", author=None)]))
    assert [header.value for header in page.header] == [
        "Documents behind the alert",
        "Destinations",
    ]
    assert [one.value for one in page.subheader] == ["What drove it", "Newest documents"]
    assert "Compared with the week before" in texts(page.caption).replace("\\", "")
    assert [one.value for one in page.text] == [
        "text of d1",
        "2026-05-20 10:00:00 UTC, Negative (-0.50), id d1, source forum, author ann",
        "text of d2",
        "2026-05-20 10:00:00 UTC, Negative (-0.50), id d2, source forum, no author",
    ]


def test_alert_of_hours_without_documents_says_so(select_first_alert):
    """There is neither a table of terms nor a list."""
    period = {**Api().response["period"], "total": 0, "documents": 0}
    page = alerts_page(Api(documents=[], period=period, drivers=[]))
    assert "There are no documents of these hours" in page.info[0].value
    assert not page.subheader


def test_failed_documents_leave_the_list(select_first_alert):
    """The page says what failed, and offers to try again."""
    page = alerts_page(Api(error=ApiFailed(503, "oops", "HTTP 503: oops")))
    assert "HTTP 503" in page.error[0].value
    assert "Hours are compared up to" in texts(page.caption)
    assert "Try again" in [button.label for button in page.button]


def test_documents_are_fetched_once(select_first_alert):
    """A refresh of the list does not read thousands of documents again."""
    api = Api()
    page = alerts_page(api)
    page.run()
    assert api.calls == 1


def test_failed_request_is_an_error():
    """The page says what failed, and offers to try again."""
    page = alerts_page(Api(ApiFailed(503, "oops", "HTTP 503: oops")))
    assert "HTTP 503" in page.error[0].value
    assert "Try again" in [button.label for button in page.button]


def test_names_of_others_are_shown_as_text(select_first_alert):
    """Neither a source nor a text is Markdown or HTML."""
    cited = [document(HOSTILE, text=HOSTILE, source=HOSTILE, author=HOSTILE)]
    one = alert(source=HOSTILE, terms=[HOSTILE], text=HOSTILE)
    page = alerts_page(Api(alerts(one), documents=cited, drivers=[]))
    assert HOSTILE in texts(page.text)
    assert HOSTILE not in rendered(page)


def rendered(page):
    return "\n".join(texts(getattr(page, kind)) for kind in RENDERED)


def test_ended_session_keeps_the_list():
    """It is not fetched again."""
    api = Api()
    page = alerts_page(api)
    page.session_state[ENDED] = True
    page.run()
    assert len(page.dataframe) == 1


def test_live_names_alerts_of_the_last_day():
    """At most three, each on a line, with a link to the page Alerts."""
    page = live_page(*(recent_alert(ago, text=f"text {ago}") for ago in (1, 3, 5, 7)))
    lines = page.warning[0].value.replace("\\", "").split("  \n")
    assert [line.split("UTC: ")[-1] for line in lines] == [
        "text 1",
        "text 3",
        "text 5",
        "and 1 other alert",
    ]
    [link] = page.get("page_link")
    assert link.proto.page == "alerts"


def test_live_without_recent_alerts_has_no_notice():
    """An alert that ended more than a day ago is none."""
    page = live_page(recent_alert(26))
    assert not page.warning
    assert not page.get("page_link")


def test_live_shows_names_of_others_as_text():
    """A source named with Markdown or HTML does not format the notice."""
    assert HOSTILE not in rendered(live_page(recent_alert(1, text=HOSTILE)))


def test_live_goes_on_without_alerts():
    """A failed request is a line below the filters; the numbers are there."""
    page = live_page(ApiFailed(503, "oops", "HTTP 503: oops"))
    assert "Alerts were not loaded." in texts(page.caption)
    assert not page.error
