"""Pages in Streamlit's AppTest, for a member with an API of the test."""

from types import SimpleNamespace
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.data.auth import Member
from dashboard.sign_in import MEMBER
from echostream_cli.paths import ROOT

VIEWS = ROOT / "dashboard" / "views"


def page_of(api, name="themes", roles=("reader",)):
    session: Any = SimpleNamespace(roles=frozenset(roles))
    page = AppTest.from_file(str(VIEWS / f"{name}.py"), default_timeout=60)
    page.session_state[MEMBER] = Member(session, api)
    page.run()
    assert not page.exception
    return page


def texts(elements):
    return "\n".join(element.value for element in elements)
