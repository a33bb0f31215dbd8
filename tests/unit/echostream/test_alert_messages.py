"""Messages about alerts: as plain text, as JSON, and their ids."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.domain.alerts.alert import Subject
from echostream.domain.alerts.destinations import Kind
from echostream.domain.alerts.messages import alert_to_wire, alerts_message, trial_message
from echostream.domain.themes.corpus import mention
from tests.alerts_contract import SENTIMENT, START, VOLUME, alert
from tests.builders import NOW, scored
from tests.destinations_contract import destination

MAIL = destination(name="mail", kind=Kind.EMAIL, address="ann@example.org")
PAGE = "https://page.example/alerts"
FORUM = alert(subject=Subject("forum"))
LONG = alert(changes=(VOLUME, SENTIMENT)).with_hour(START + timedelta(hours=20), [])


def message(*alerts, documents=None, page=PAGE):
    return alerts_message(MAIL, alerts, documents or {}, page, NOW)


def test_message_says_what_is_unusual_and_when():
    """With the page that shows it, and why somebody gets it."""
    sent = message(FORUM)
    assert sent.subject == ("EchoStream: Source forum: 412 documents in an hour, about 39 expected")
    assert sent.text.split("\n") == [
        "Source forum: 412 documents in an hour, about 39 expected",
        "2026-05-20 10:00 to 11:00 UTC",
        "",
        PAGE,
        "",
        "acme sends this to its destination mail. Its admins can remove it.",
    ]


def test_message_about_several_alerts_has_their_number():
    """A period that ends on another day has its date; without a page there is no link."""
    sent = message(LONG, FORUM, page="")
    assert sent.subject == "EchoStream: 2 alerts of acme"
    assert "mean score -0.41, about +0.10 expected (within 21 hours)\n" in sent.text
    assert "\n2026-05-20 10:00 to 2026-05-21 07:00 UTC\n" in sent.text
    assert "http" not in sent.text


def test_terms_of_a_theme_are_masked():
    """Messages leave EchoStream. The same alert has its words in the API."""
    theme = replace(FORUM, subject=Subject(terms=("sluts", "shop")))
    sent = message(theme)
    assert sent.subject.startswith("EchoStream: Theme s****, shop: ")
    assert "sluts" not in sent.text
    [wire] = sent.payload["alerts"]
    assert wire["subject"]["terms"] == ["s****", "shop"]
    assert wire["text"].startswith("Theme s****, shop: ")
    assert alert_to_wire(theme)["subject"]["terms"] == ["sluts", "shop"]


def test_message_quotes_up_to_three_documents():
    """Each with its source, its time and its label."""
    texts = [mention(scored(f"d{n}", text=f"Too slow, {n}.", compound=-0.5)) for n in range(4)]
    sent = message(FORUM, documents={FORUM.id: texts})
    assert "- Too slow, 2. (forum, 2026-05-20 12:30, negative)\n" in sent.text
    assert "Too slow, 3." not in sent.text
    [wire] = sent.payload["alerts"]
    assert [one["id"] for one in wire["documents"]] == ["d0", "d1", "d2"]
    assert wire["documents"][0]["text"] == "Too slow, 0."


def test_text_of_others_stays_on_its_line():
    """A source or a document cannot write lines of its own, nor turn around what follows."""
    forged = "x\r\nSubject: y\x00\u2028\u202eevil"
    documents = [mention(scored("d", text=forged, source=forged))]
    one = alert(subject=Subject(forged))
    sent = message(one, documents={one.id: documents})
    assert len(sent.text.split("\n")) == len(message(FORUM).text.split("\n")) + 1
    assert all(character.isprintable() or character == "\n" for character in sent.text)
    assert "Source x Subject: y evil: 412" in sent.subject


def test_json_has_the_alerts_as_the_api_gives_them():
    """Numbers are rounded; without texts there are no documents."""
    sent = message(LONG)
    assert sent.payload["type"] == "alerts"
    assert sent.payload["tenant"] == "acme"
    assert sent.payload["alerts"] == [{**alert_to_wire(LONG), "documents": []}]
    assert alert_to_wire(LONG) == {
        "id": "2026-05-20T10#all",
        "subject": {"kind": "all", "source": None, "terms": []},
        "from": "2026-05-20T10:00:00Z",
        "to": "2026-05-21T07:00:00Z",
        "changes": [
            {
                "metric": "volume",
                "hour": "2026-05-20T10:00:00Z",
                "value": 412,
                "expected": 38.5,
                "deviations": 12.2,
            },
            {
                "metric": "sentiment",
                "hour": "2026-05-20T11:00:00Z",
                "value": -0.4123,
                "expected": 0.1,
                "deviations": -6.1,
            },
        ],
        "text": "All sources: 412 documents in an hour, about 39 expected; mean score -0.41, "
        "about +0.10 expected (within 21 hours)",
        "noticed_at": "2026-05-20T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (Subject("a:b"), {"kind": "source", "source": "a:b", "terms": []}),
        (
            Subject(None, ("late", "tea")),
            {"kind": "theme", "source": None, "terms": ["late", "tea"]},
        ),
    ],
)
def test_json_names_the_subject(subject, expected):
    assert alert_to_wire(alert(subject=subject))["subject"] == expected


def test_same_alerts_have_the_same_id():
    """In any order and at any time: a receiver knows a repetition. Other destinations differ."""
    one = message(LONG, FORUM)
    again = alerts_message(MAIL, [FORUM, LONG], {}, "", NOW + timedelta(hours=1))
    assert one.id == again.id
    assert one.id.startswith("msg_")
    other = alerts_message(replace(MAIL, name="b"), [FORUM, LONG], {}, "", NOW)
    assert len({one.id, other.id, message(LONG).id}) == 3


def test_trial_is_about_no_alert():
    """Each has an id of its own."""
    trial = trial_message(MAIL, PAGE, NOW)
    assert trial.subject == "EchoStream: test of the destination mail"
    assert "This is a test." in trial.text
    assert PAGE in trial.text
    assert trial.payload == {"type": "test", "tenant": "acme", "alerts": []}
    assert json.dumps(trial.payload)
    assert trial.id != trial_message(MAIL, PAGE, NOW + timedelta(seconds=1)).id
