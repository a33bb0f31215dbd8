"""The dashboard: its pages behind one door, one look."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard import door, parts

ICON = Path(__file__).resolve().parent.parent / "site" / "icon.svg"

st.set_page_config(page_title="EchoStream", page_icon=ICON, layout="wide")
page = st.navigation(
    [
        st.Page("live.py", title="Live", icon=":material/show_chart:", default=True),
        st.Page("explore.py", title="Explore", icon=":material/search:"),
        st.Page("sources.py", title="Sources", icon=":material/stacked_bar_chart:"),
        st.Page("engines.py", title="Engines", icon=":material/compare_arrows:"),
        st.Page("history.py", title="History", icon=":material/history:"),
        st.Page("health.py", title="Health", icon=":material/monitor_heart:"),
    ],
    position="sidebar" if door.member() else "hidden",
)
above = st.container()  # always there, so that what follows keeps its place when the door opens
if not door.is_open():
    with above:
        if not door.member():
            st.title("EchoStream", anchor=False)
        door.show()
if door.member():
    parts.sidebar()
    page.run()
