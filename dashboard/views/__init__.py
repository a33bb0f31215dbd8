"""One module a page: widgets, no computation.

Not named pages/: Streamlit runs what lies in a folder of that name without app.py and its sign-in.
"""
