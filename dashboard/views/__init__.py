"""One module per page: widgets, no computation.

Not named pages/: Streamlit runs a folder of that name without app.py and its sign-in.
"""
