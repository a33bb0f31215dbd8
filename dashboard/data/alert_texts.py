"""What the pages Alerts and Live say about alerts."""

from collections.abc import Sequence

from dashboard.data.alert_details import NEWEST, Details
from dashboard.data.alerts import MOST, Alert, History, period
from dashboard.data.formatting import moment
from dashboard.data.messages import LABELS, OWN_TEXTS, TEXTS, plural

LISTED = 3
"""Alerts of which the page Live shows the text."""


def watched_text(history: History) -> str:
    """Up to when hours were compared; empty if none was."""
    if history.watched_to is None:
        return ""
    return TEXTS["watched_to"].format(time=moment(history.watched_to))


def no_alert(history: History) -> str:
    """Why no alert is shown, in Markdown; empty if one is."""
    if history.alerts:
        return ""
    if history.watched_to is None:
        return f"{TEXTS['never_compared']} {OWN_TEXTS['compare_now']}"
    return TEXTS["no_alert"].format(days=history.days)


def more_text(history: History) -> str:
    """That the period has more alerts; empty if all are shown."""
    return "" if history.is_complete else TEXTS["more_alerts"].format(number=MOST)


def notice_lines(alerts: Sequence[Alert]) -> list[str]:
    """A line for each of the first alerts, and one for the others. They are not escaped."""
    lines = [f"{period(one)} UTC: {one.text}" for one in alerts[:LISTED]]
    others = len(alerts) - LISTED
    return [*lines, f"and {plural(others, 'other alert')}"] if others > 0 else lines


def no_details(details: Details) -> str:
    """Why nothing is shown of the hours of an alert; empty if documents were read."""
    return "" if details.overview.read or details.documents else OWN_TEXTS["alert_no_documents"]


def documents_text(details: Details) -> str:
    """Which documents are shown: those of a sentiment, if the mean score was unusual."""
    if details.sentiment is None:
        return OWN_TEXTS["alert_newest"].format(number=NEWEST)
    name = "alert_newest_of" if details.documents else "alert_no_match"
    return OWN_TEXTS[name].format(number=NEWEST, sentiment=LABELS[details.sentiment])


def theme_text(alert: Alert) -> str:
    """That the documents are not only those of the theme; empty without a theme."""
    return OWN_TEXTS["alert_of_theme"] if alert.subject.terms else ""
