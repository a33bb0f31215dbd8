"""The Streamlit dashboard: `app` starts it, `views` show, `data` fetches, `charts` draw."""
