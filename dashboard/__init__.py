"""The Streamlit dashboard: `app` lays out the page, `data` asks the API, `charts` draws."""
