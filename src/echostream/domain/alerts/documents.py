"""The documents behind an alert, for messages that quote some."""

from dataclasses import replace
from datetime import datetime

from echostream.domain.alerts.alert import Alert
from echostream.domain.alerts.deviations import Metric
from echostream.domain.alerts.messages import MAX_DOCUMENTS
from echostream.domain.model import Sentiment
from echostream.domain.query import Question
from echostream.domain.themes.corpus import Mention, mention, speaker
from echostream.domain.themes.report import report
from echostream.domain.themes.sampling import TakeSample

SAMPLE = 1_000
"""Documents that are read, about, if there are more."""


def question_of(alert: Alert) -> Question:
    """The documents of an alert; if the mean score changed, of its new sentiment."""
    sentiment = next(
        (
            Sentiment.POSITIVE if change.deviations > 0 else Sentiment.NEGATIVE
            for change in alert.changes
            if change.metric is Metric.SENTIMENT
        ),
        None,
    )
    return Question(alert.start, alert.end, alert.subject.source, sentiment)


def documents_behind(take: TakeSample, alert: Alert, since: datetime) -> list[Mention]:
    """One document of each of the largest themes, then the newest, each of another author.

    None is older than `since`. Raises `TryAgain`.
    """
    question = question_of(alert)
    question = replace(question, start=max(question.start, since))
    mentions = list(map(mention, take(question, SAMPLE).scored))
    if alert.subject.terms:
        mentions = [one for one in mentions if set(one.terms) & {*alert.subject.terms}]
    themes = report(mentions, (), (), MAX_DOCUMENTS).themes
    typical = [theme.examples[0] for theme in themes if theme.examples]
    newest = sorted(mentions, key=lambda one: one.created_at, reverse=True)
    of_authors: dict[object, Mention] = {}
    for one in (*typical, *newest):
        of_authors.setdefault(speaker(one), one)
    return list(of_authors.values())[:MAX_DOCUMENTS]
