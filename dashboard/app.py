"""The dashboard: its pages, one look."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

st.set_page_config(page_title="EchoStream", layout="wide")
st.navigation(
    [
        st.Page("live.py", title="Live", icon=":material/show_chart:", default=True),
        st.Page("engines.py", title="Engines", icon=":material/compare_arrows:"),
        st.Page("history.py", title="History", icon=":material/history:"),
    ]
).run()
