"""The page Themes in Streamlit's AppTest, for a member with an API of the test."""

from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.data.auth import Member
from dashboard.sign_in import MEMBER
from echostream_cli.paths import ROOT

PAGE = ROOT / "dashboard" / "views" / "themes.py"


def page_of(api):
    session: Any = None  # the page does not use it
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    page.session_state[MEMBER] = Member(session, api)
    page.run()
    assert not page.exception
    return page


def texts(elements):
    return "\n".join(element.value for element in elements)
