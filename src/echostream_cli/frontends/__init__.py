"""The static page, the dashboard of a stage, and screenshots of both."""
