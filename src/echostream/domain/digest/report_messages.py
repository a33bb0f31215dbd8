"""A report as a message: plain text, HTML with the picture, and JSON.

A destination without texts gets no text of a document: themes and numbers only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from echostream.domain.alerts.destinations import Destination, Kind
from echostream.domain.alerts.messages import PICTURE, Message, message_id, one_line, reason
from echostream.domain.codec import count_to_wire, time_to_wire
from echostream.domain.digest import report_texts
from echostream.domain.digest.report import PeriodReport
from echostream.domain.model import Count, in_words, label_of
from echostream.domain.picture import Picture

MAX_DOCUMENTS = 3
"""Documents that a text quotes."""
_PAGE = "font-family:sans-serif;font-size:15px;line-height:1.5;color:#1f2328;max-width:960px"


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report with its picture."""

    report: PeriodReport
    picture: Picture


def report_message(
    destination: Destination, written: WrittenReport, page: str, at: datetime
) -> Message:
    """The message to a destination. `page` is the address of the page; may be empty."""
    report, why = written.report, reason(destination)
    quoted = quotations(report) if destination.with_texts else []
    parts = text_parts(report, quoted, page, why)
    if destination.kind is Kind.SLACK:
        parts["chart"] = _fenced(parts["chart"])
    return Message(
        message_id(destination, report.period.kind, time_to_wire(report.period.end)),
        at,
        report_texts.subject(report),
        _joined(parts),
        report_to_wire(written, with_texts=destination.with_texts),
        html_of(written, quoted, page, why),
        written.picture,
    )


def text_of(report: PeriodReport, page: str) -> str:
    """The plain text of a report that no destination gets, with documents."""
    return _joined(text_parts(report, quotations(report), page, ""))


def text_parts(report: PeriodReport, quoted: Sequence[str], page: str, why: str) -> dict[str, str]:
    """The parts of a plain text, in order; some may be empty."""
    return {
        "heading": report_texts.heading(report),
        "numbers": "\n".join(report_texts.numbers(report)),
        "digest": report_texts.digest_sentences(report) if report.total.total else "",
        "chart": "\n".join(report_texts.chart(report)),
        "documents": "\n".join(quoted),
        "page": page,
        "reason": why,
    }


def html_of(written: WrittenReport, quoted: Sequence[str], page: str, why: str) -> str:
    """The report as HTML, with the picture in place of the chart of characters."""
    report, picture = written.report, written.picture
    parts = text_parts(report, quoted, page, why)
    shown = [
        f'<h1 style="font-size:20px">{escape(parts["heading"])}</h1>',
        _paragraph(parts["numbers"]),
        f'<p><img src="{PICTURE}" alt="{escape(picture.alt)}" width="{picture.width}"'
        ' style="max-width:100%;height:auto"></p>',
        _paragraph(parts["digest"]),
        _paragraph(parts["documents"]),
        f'<p><a href="{escape(page)}">Open EchoStream</a></p>' if page else "",
        _paragraph(why),
    ]
    body = "\n".join(filter(None, shown))
    return f'<!doctype html>\n<html lang="en"><body style="{_PAGE}">\n{body}\n</body></html>\n'


def report_to_wire(written: WrittenReport, *, with_texts: bool) -> dict[str, Any]:
    """A report as webhooks get it."""
    report = written.report
    digest = report.digest if with_texts else {**report.digest, "documents": []}
    return {
        "type": "report",
        "tenant": report.tenant,
        "period": {
            "kind": report.period.kind.value,
            "from": time_to_wire(report.period.start),
            "to": time_to_wire(report.period.end),
        },
        "digest": digest,
        "counts": list(map(_count_to_wire, report.counts)),
        "picture": written.picture.to_wire(),
    }


def quotations(report: PeriodReport) -> list[str]:
    """Documents that the digest cites, a line each."""
    return [_quotation(one) for one in report.digest["documents"][:MAX_DOCUMENTS]]


def _joined(parts: Mapping[str, str]) -> str:
    return "\n\n".join(filter(None, parts.values()))


def _quotation(one: Mapping[str, Any]) -> str:
    label = in_words(label_of(one["sentiment"], one.get("unscored")))
    return f"- {one_line(one['text'])} ({one_line(one['source'])}, {one['created_at']}, {label})"


def _count_to_wire(count: Count) -> dict[str, Any]:
    return {"start": time_to_wire(count.hour), **count_to_wire(count)}


def _fenced(chart: str) -> str:
    """A chart in Slack, in letters of the same width."""
    return f"```\n{chart}\n```" if chart else ""


def _paragraph(text: str) -> str:
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>" if text else ""
