"""Reports as messages: text, Slack, HTML and JSON; what is left out without texts."""

import base64
import json
from dataclasses import replace

import pytest

from echostream.adapters.webhooks import slack_text
from echostream.domain.alerts.destinations import Kind
from echostream.domain.codec import to_json
from echostream.domain.digest.report_messages import report_message
from echostream.domain.digest.report_periods import ReportKind
from tests.destinations_contract import destination
from tests.reports import DIGEST, DOCUMENT, MONDAY, PICTURE, report, written

MAIL = destination(name="mail", kind=Kind.EMAIL, address="ann@example.org")
PAGE = "https://page.example/?a=1&b=2"
COUNTS = {1: (3, 1, 0, 0, 0.2)}


def message(to=MAIL, page=PAGE, **fields):
    return report_message(to, written(COUNTS, **fields), page, MONDAY)


def test_text_has_all_parts():
    """The numbers, the digest, a chart, a document that it cites, the page, and why it was sent."""
    parts = message().text.split("\n\n")
    assert [part.splitlines()[0] for part in parts] == [
        "Report of Sunday 2026-11-29 (UTC) for acme",
        "4 documents",
        "Half are about the battery.",
        "Documents by hour (UTC), 4 at most:",
        "- a <b>fine</b> battery ``` (forum & co, 2026-11-29T10:00:00Z, positive)",
        PAGE,
        "acme sends this to its destination mail. Its admins can remove it.",
    ]


def test_report_without_documents_is_short():
    """The digest and the chart have nothing to say."""
    empty = {**DIGEST, "documents": []}
    text = report_message(MAIL, replace(written(), report=report(digest=empty)), "", MONDAY).text
    assert text.splitlines()[:3] == [
        "Report of Sunday 2026-11-29 (UTC) for acme",
        "",
        "The day has no documents.",
    ]
    assert len(text.split("\n\n")) == 3


def test_destination_without_texts_gets_no_document():
    """Neither as text, nor in HTML, nor in JSON."""
    quiet = message(replace(MAIL, with_texts=False))
    everything = quiet.text + quiet.html + json.dumps(quiet.payload)
    for word in ("fine", "forum", "ann"):
        assert f" {word}" not in everything.replace('"', " ")
    assert quiet.payload["digest"]["documents"] == []
    assert "Half are about the battery." in quiet.text
    assert DIGEST["documents"] == [DOCUMENT]


def test_html_has_the_picture_and_escapes_texts():
    """The picture has its alternative text; nothing of a document is markup."""
    html = message().html
    assert '<img src="cid:picture" alt="Chart of &quot;documents&quot;" width="960"' in html
    assert "a &lt;b&gt;fine&lt;/b&gt; battery" in html
    assert 'href="https://page.example/?a=1&amp;b=2"' in html
    assert "<b>" not in html
    assert "▁" not in html
    assert "href" not in message(page="").html


def test_slack_gets_the_chart_in_letters_of_one_width():
    """Which a document cannot end: it comes after the chart."""
    text = slack_text(message(destination(kind=Kind.SLACK)).text)
    before, chart, *_ = text.split("```")
    assert "Half are about the battery." in before
    assert chart.startswith("\nDocuments by hour (UTC), 4 at most:\n·█")
    assert "&lt;b&gt;" in text


def test_json_has_the_digest_the_counts_and_the_picture():
    """As `GET /digest` and `GET /stats` have them."""
    payload = json.loads(to_json(message().payload))
    assert base64.b64decode(payload["picture"].pop("data")) == PICTURE.data
    assert payload == {
        "type": "report",
        "tenant": "acme",
        "period": {
            "kind": "daily",
            "from": "2026-11-29T00:00:00Z",
            "to": "2026-11-30T00:00:00Z",
        },
        "digest": DIGEST,
        "counts": [
            {
                "start": "2026-11-29T01:00:00Z",
                "total": 4,
                "positive": 3,
                "negative": 1,
                "neutral": 0,
                "mixed": 0,
                "unscored": 0,
                "mean_compound": 0.2,
            }
        ],
        "picture": {
            "content_type": "image/png",
            "width": 960,
            "height": 480,
            "alt": PICTURE.alt,
        },
    }


def test_message_that_is_sent_again_has_the_same_id():
    """A report of another period, another kind, or to another destination has another one."""
    later = MONDAY.replace(hour=9)
    one = message()
    assert report_message(MAIL, written(COUNTS), "", later).id == one.id
    others = {
        message(replace(MAIL, name="other")).id,
        message(kind=ReportKind.WEEKLY, now=MONDAY).id,
        message(now=MONDAY.replace(day=29)).id,
    }
    assert len(others | {one.id}) == 4


@pytest.mark.parametrize("kind", list(Kind))
def test_message_is_smaller_than_what_destinations_take(kind):
    """With a picture of 100 KB, which only JSON and e-mail have."""
    large = replace(written(COUNTS), picture=replace(PICTURE, data=b"x" * 100_000))
    one = report_message(destination(kind=kind), large, PAGE, MONDAY)
    assert len(one.text) < 5_000
    assert len(to_json(one.payload)) < 150_000
