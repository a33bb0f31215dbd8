"""Alerts: hours whose volume or sentiment is not that of the same hours of other weeks."""
