"""The dashboard: one sign-in for all pages."""

from pathlib import Path

import streamlit as st

from dashboard import components, sign_in

ICON = Path(__file__).resolve().parent.parent / "site" / "icon.svg"

st.set_page_config(page_title="EchoStream", page_icon=ICON, layout="wide")
page = st.navigation(
    [
        st.Page("views/live.py", title="Live", icon=":material/show_chart:", default=True),
        st.Page("views/explore.py", title="Explore", icon=":material/search:"),
        st.Page("views/themes.py", title="Themes", icon=":material/topic:"),
        st.Page("views/alerts.py", title="Alerts", icon=":material/notifications:"),
        st.Page("views/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("views/sources.py", title="Sources", icon=":material/stacked_bar_chart:"),
        st.Page("views/imports.py", title="Import", icon=":material/upload_file:"),
        st.Page("views/engines.py", title="Engines", icon=":material/compare_arrows:"),
        st.Page("views/history.py", title="History", icon=":material/history:"),
        st.Page("views/tenant.py", title="Tenant", icon=":material/group:"),
        st.Page("views/health.py", title="Health", icon=":material/monitor_heart:"),
    ],
    position="sidebar" if sign_in.member() else "hidden",
)
above = st.container()  # always there: elements after it keep their position after a sign-in
if not sign_in.is_open():
    with above:
        if not sign_in.member():
            st.title("EchoStream", anchor=False)
        sign_in.show()
if sign_in.member():
    components.sidebar()
    page.run()
