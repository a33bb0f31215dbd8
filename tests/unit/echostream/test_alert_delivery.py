"""What is sent to which destination and when, and what a failure leaves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from echostream.domain.alerts.alert import Subject
from echostream.domain.alerts.delivery import MAX_ALERTS, NOT_SENT, Delivery, Senders, send_trial
from echostream.domain.alerts.destinations import Kind
from echostream.domain.alerts.deviations import HOUR
from echostream.domain.errors import CallRefused, Conflict, DestinationFailed, TryAgain
from echostream.domain.themes.corpus import mention
from tests.alerts_contract import START, alert
from tests.builders import scored
from tests.destinations_contract import destination
from tests.memory_alerts import MemoryAlerts, MemoryDestinations, MemoryMail, MemorySender

NOW = START + 3 * HOUR
CHAT = replace(destination(), added_at=START, with_texts=False)
HOOK = replace(CHAT, name="hook", kind=Kind.WEBHOOK)
MAIL = replace(CHAT, name="mail", kind=Kind.EMAIL, subscription="arn:mail", with_texts=True)


class Deployment:
    """A tenant with some destinations, whose alert was noticed after they were added."""

    def __init__(self, *destinations):
        self.log, self.destinations = MemoryAlerts(), MemoryDestinations()
        self.chat, self.hook, self.mail = MemorySender(), MemorySender(), MemoryMail()
        self.asked = []
        senders: Senders = {Kind.SLACK: self.chat, Kind.WEBHOOK: self.hook, Kind.EMAIL: self.mail}
        self.delivery = Delivery(self.log, self.destinations, senders, self.documents_of)
        self.log.save("acme", alert())
        for one in destinations or (CHAT,):
            self.destinations.add(one)

    def documents_of(self, tenant, one):
        self.asked.append((tenant, one.id))
        return [mention(scored("d", text="Too slow."))]

    def deliver(self, now=NOW):
        done = self.delivery.deliver("acme", now)
        return {one.destination.name: one.alerts for one in done}

    def state(self, name):
        [one] = [one for one in self.destinations.all("acme") if one.destination.name == name]
        return one.state, one.error


def ids(sender):
    return [[one["id"] for one in sent.payload["alerts"]] for _, sent in sender.sent]


def test_destination_for_reports_gets_no_alerts():
    """Only one that sends alerts, too."""
    deployment = Deployment(
        replace(CHAT, sends=frozenset({"daily", "weekly"})),
        replace(HOOK, sends=frozenset({"alerts", "daily"})),
    )
    assert deployment.deliver() == {"hook": 1}


def test_alert_is_sent_once_to_each_destination():
    """And stays sent when it gets another hour."""
    deployment = Deployment(CHAT, HOOK)
    assert deployment.deliver() == {"chat": 1, "hook": 1}
    deployment.log.save("acme", alert().with_hour(START + HOUR, []))
    assert deployment.deliver(NOW + HOUR) == {}
    assert ids(deployment.chat) == ids(deployment.hook) == [[alert().id]]
    assert deployment.state("chat") == ("ok", "")


def test_alerts_are_in_one_message():
    """Oldest first; a later one has a message of its own."""
    deployment = Deployment()
    forum = alert(subject=Subject("forum"))
    deployment.log.save("acme", forum)
    assert deployment.deliver() == {"chat": 2}
    later = alert(START + HOUR)
    deployment.log.save("acme", later)
    deployment.log.save("globex", alert(START + HOUR))
    assert deployment.deliver() == {"chat": 1}
    assert ids(deployment.chat) == [[alert().id, forum.id], [later.id]]


def test_many_alerts_are_in_several_messages():
    """One for each run; none is lost."""
    deployment = Deployment()
    for number in range(MAX_ALERTS):
        deployment.log.save("acme", alert(subject=Subject(f"s{number:02}")))
    assert deployment.deliver() == {"chat": MAX_ALERTS}
    assert deployment.deliver() == {"chat": 1}
    assert deployment.deliver() == {}


def test_alert_that_ended_a_day_ago_is_not_sent():
    """It is no news; one that began long ago, and has just ended, is."""
    deployment = Deployment()
    assert deployment.deliver(START + HOUR + timedelta(days=1)) == {}
    long = alert().with_hour(START + timedelta(days=5), [])
    deployment.log.save("acme", long)
    assert deployment.deliver(START + timedelta(days=6)) == {"chat": 1}


def test_destination_gets_no_alert_of_before_it_was_added():
    """But one that is noticed afterwards, whenever it began."""
    deployment = Deployment(replace(CHAT, added_at=START + 2 * HOUR + timedelta(seconds=1)))
    assert deployment.deliver() == {}
    late = replace(alert(subject=Subject("forum")), noticed_at=NOW)
    deployment.log.save("acme", late)
    assert deployment.deliver() == {"chat": 1}
    assert ids(deployment.chat) == [[late.id]]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DestinationFailed("hooks.example: HTTP 500"), "hooks.example: HTTP 500"),
        (TryAgain("messages: throttled in arn:aws"), NOT_SENT),
        (CallRefused("secrets: not authorized"), NOT_SENT),
    ],
)
def test_destination_that_fails_does_not_stop_the_others(error, reason):
    """It has the reason, without details of the deployment, and gets the alerts later."""
    deployment = Deployment(CHAT, HOOK)
    deployment.chat.error = error
    assert [(one.alerts, one.error) for one in deployment.delivery.deliver("acme", NOW)] == [
        (0, str(error)),
        (1, ""),
    ]
    assert deployment.state("chat") == ("failing", reason)
    deployment.chat.error = None
    assert deployment.deliver(NOW + HOUR) == {"chat": 1}
    assert deployment.state("chat")[0] == "ok"


def test_message_is_repeated_after_a_crash():
    """The mark comes after the message: it may arrive twice, with one id, and is never lost."""
    deployment = Deployment()
    mark, deployment.log.mark_sent = deployment.log.mark_sent, _raise  # type: ignore[method-assign]
    with pytest.raises(TryAgain):
        deployment.deliver()
    deployment.log.mark_sent = mark  # type: ignore[method-assign]
    assert deployment.deliver(NOW + HOUR) == {"chat": 1}
    [(_, first), (_, second)] = deployment.chat.sent
    assert first.id == second.id


def _raise(*_):
    raise TryAgain("table: throttled")


def test_alert_whose_message_fails_is_not_marked():
    deployment = Deployment()
    deployment.chat.error = DestinationFailed("hooks.slack.com: HTTP 410")
    assert deployment.deliver() == {"chat": 0}
    [sent] = deployment.log.sent("acme", START, NOW)
    assert sent.destinations == frozenset()


def test_address_that_has_not_confirmed_gets_nothing_yet():
    """Then it gets what has happened meanwhile; waiting is no failure."""
    deployment = Deployment(MAIL)
    assert deployment.deliver() == {"mail": 0}
    assert deployment.state("mail") == ("new", "")
    deployment.mail.confirmed.add("arn:mail")
    assert deployment.deliver() == {"mail": 1}


def test_documents_are_read_for_destinations_with_texts_only():
    """After the destination is known to be ready."""
    deployment = Deployment(CHAT, MAIL)
    deployment.deliver()
    assert deployment.asked == []
    deployment.mail.confirmed.add("arn:mail")
    deployment.deliver()
    assert deployment.asked == [("acme", alert().id)]
    [(_, sent)] = deployment.mail.sent
    assert "Too slow." in sent.text
    [(_, without)] = deployment.chat.sent
    assert "Too slow." not in without.text


def test_tenant_without_destinations_reads_no_alerts():
    deployment = Deployment()
    deployment.destinations.remove(CHAT)
    deployment.log.sent = _raise  # type: ignore[method-assign]
    assert deployment.deliver() == {}


def test_trial_shows_whether_a_destination_works():
    """It has the result; no alert is sent."""
    deployment = Deployment(CHAT, MAIL)
    senders = deployment.delivery.senders
    deployment.chat.error = DestinationFailed("hooks.slack.com: HTTP 404")
    with pytest.raises(DestinationFailed, match="HTTP 404"):
        send_trial(deployment.destinations, senders, CHAT, "", NOW)
    assert deployment.state("chat") == ("failing", "hooks.slack.com: HTTP 404")
    deployment.chat.error = None
    send_trial(deployment.destinations, senders, CHAT, "", NOW + HOUR)
    assert deployment.state("chat")[0] == "ok"
    assert ids(deployment.chat) == [[]]
    with pytest.raises(Conflict, match=r"hooks\.slack\.com must confirm first"):
        send_trial(deployment.destinations, senders, MAIL, "", NOW)
    assert deployment.state("mail") == ("new", "")
